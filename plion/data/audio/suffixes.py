"""Recognise audio files by suffix (in lower case) and by their first bytes."""

# Suffixes that libsndfile decodes, and the container that each stands for.
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
# Suffixes that PyAV decodes; libsndfile tries .au, .caf, .mp2, .sph and .w64 first.
FOREIGN = frozenset([
    ".3gp", ".aac", ".ac3", ".amr", ".ape", ".asf", ".au", ".avi", ".caf", ".dts", ".eac3", ".flv",
    ".m4a", ".m4b", ".m4v", ".mka", ".mkv", ".mov", ".mp2", ".mp4", ".mpeg", ".mpg", ".mpga",
    ".oma", ".ogv", ".ogx", ".ra", ".rm", ".spx", ".sph", ".tta", ".voc", ".w64", ".weba", ".webm",
    ".wma", ".wmv", ".wv",
])  # fmt: skip
AUDIO = frozenset({*CONTAINERS, *FOREIGN})
SOME = ".wav, .flac, .mp3, .ogg, .m4a or another suffix of audio"  # for messages

START = 16  # bytes that `container` needs

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
_RIFF = {"WAV": (b"WAVE",), "AIFF": (b"AIFF", b"AIFC")}  # forms that these name at byte 8


def container(start: bytes) -> str | None:
    """The container of a file by its first START bytes: `WAV`, `FLAC`, `MP3`, `Ogg`, `MP4`, ...

    None for unknown ones. A file that begins with an ID3 tag is taken for MP3.
    """
    if start[4:8] == b"ftyp":
        return None if start[8:12] in _PICTURES else "MP4"
    if start[:1] == b"\xff" and start[1:2] >= b"\xe0":
        # The two layer bits: 0 is AAC (ADTS); 6, layer I, is more likely UTF-16 text than audio.
        return {0: "AAC", 6: None}.get(start[1] & 6, "MP3")
    kind = "MP3" if start[:3] == b"ID3" else _MAGIC.get(start[:4])
    return kind if kind not in _RIFF or start[8:12] in _RIFF[kind] else None


def suffix(start: bytes) -> str | None:
    """The suffix for a file by its first START bytes; None if it is not known audio."""
    return _SUFFIXES.get(container(start) or "")
