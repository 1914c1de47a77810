"""The library's words for recognisers that say a transcript token by token. Free of torch."""

WHISPER = "whisper"
SEQUENCES = (WHISPER, "moonshine", "speech_to_text")
WINDOW = 30.0  # seconds that Whisper hears at a time, and to which it pads what is shorter
