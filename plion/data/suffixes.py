"""Which files are audio, by their suffixes in lower case."""

# What libsndfile decodes, and the container that the suffix promises.
CONTAINERS = {
    ".wav": "WAV",
    ".wave": "WAV",
    ".flac": "FLAC",
    ".mp3": "MP3",
    ".ogg": "Ogg",
    ".oga": "Ogg",
    ".opus": "Ogg",
}
AUDIO = frozenset({*CONTAINERS, ".m4a", ".sph"})
