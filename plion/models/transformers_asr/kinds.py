"""Model types of the library that generate transcripts token by token. Without torch."""

SEQUENCES = ("moonshine", "speech_to_text")
