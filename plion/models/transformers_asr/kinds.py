"""The library's words for recognisers that say a transcript token by token. Free of torch."""

SEQUENCES = ("moonshine", "speech_to_text")
