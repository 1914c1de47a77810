"""Which files are audio: by their suffixes in lower case, and by their first bytes."""

# What libsndfile decodes, and the container that the suffix promises.
CONTAINERS = {
    ".wav": "WAV",
    ".wave": "WAV",
    ".flac": "FLAC",
    ".mp3": "MP3",
    ".ogg": "Ogg",
    ".oga": "Ogg",
    ".opus": "Ogg",
    ".aiff": "AIFF",
    ".aif": "AIFF",
    ".aifc": "AIFF",
}
# What PyAV decodes; of these libsndfile tries .au, .caf, .mp2, .sph and .w64 first.
FOREIGN = frozenset([
    ".3gp", ".aac", ".ac3", ".amr", ".ape", ".asf", ".au", ".avi", ".caf", ".dts", ".eac3", ".flv",
    ".m4a", ".m4b", ".m4v", ".mka", ".mkv", ".mov", ".mp2", ".mp4", ".mpeg", ".mpg", ".mpga",
    ".oma", ".ogv", ".ogx", ".ra", ".rm", ".spx", ".sph", ".tta", ".voc", ".w64", ".weba", ".webm",
    ".wma", ".wmv", ".wv",
])  # fmt: skip
AUDIO = frozenset({*CONTAINERS, *FOREIGN})
SOME = ".wav, .flac, .mp3, .ogg, .m4a or another suffix of audio"  # for messages

START = 16  # bytes that `container` looks at

_MAGIC = {
    b"RIFF": "WAV",
    b"RIFX": "WAV",
    b"RF64": "WAV",
    b"fLaC": "FLAC",
    b"OggS": "Ogg",
    b"FORM": "AIFF",
    b"\x1aE\xdf\xa3": "Matroska",
    b"0&\xb2u": "ASF",
    b"#!AM": "AMR",
    b".snd": "AU",
    b"caff": "CAF",
    b"riff": "W64",
}
_SUFFIXES = {
    "WAV": ".wav",
    "FLAC": ".flac",
    "Ogg": ".ogg",
    "MP3": ".mp3",
    "AIFF": ".aiff",
    "AAC": ".aac",
    "MP4": ".m4a",
    "Matroska": ".mka",
    "ASF": ".wma",
    "AMR": ".amr",
    "AU": ".au",
    "CAF": ".caf",
    "W64": ".w64",
}
_PICTURES = (b"heic", b"heix", b"mif1", b"avif")  # brands of MP4 for photographs
_RIFF = {"WAV": (b"WAVE",), "AIFF": (b"AIFF", b"AIFC")}  # which name what they hold at byte 8


def container(start: bytes) -> str | None:
    """`WAV`, `FLAC`, `MP3`, `Ogg`, `AIFF`, `MP4`, `Matroska`, `ASF`, `AAC`, `AMR`, `AU` and more.

    By a file's first START bytes; None for what is none of them. What begins with an ID3 tag is
    taken for MP3.
    """
    if start[4:8] == b"ftyp":
        return None if start[8:12] in _PICTURES else "MP4"
    if start[:1] == b"\xff" and start[1:2] >= b"\xe0":
        # The two bits of the layer: none is AAC's ADTS, I rather a text in UTF-16 than audio.
        return {0: "AAC", 6: None}.get(start[1] & 6, "MP3")
    kind = "MP3" if start[:3] == b"ID3" else _MAGIC.get(start[:4])
    return kind if kind not in _RIFF or start[8:12] in _RIFF[kind] else None


def suffix(start: bytes) -> str | None:
    """The suffix of a file by its first START bytes; None for what is no known audio."""
    return _SUFFIXES.get(container(start) or "")
