"""Transcripts as text, JSON lines and subtitles."""

import json

import pytest

from plion.transcription.formats import FORMATS, Spoken, separator


def spoken(*texts: str, start: float = 0.0) -> list[Spoken]:
    """Segments of 1.5 s, a second apart."""
    return [
        Spoken("a.wav", start + 2.5 * n, start + 2.5 * n + 1.5, "English", text, f"raw {text}")
        for n, text in enumerate(texts)
    ]


def written(format: str, segments: list[Spoken]) -> str:
    return "".join(FORMATS[format](segments))


@pytest.mark.parametrize(
    ("texts", "line"),
    [
        (("one two", "three"), "one two three"),
        (("今天", "老师。", "我们"), "今天老师。我们"),
        (("hello", "老师", "hello"), "hello 老师 hello"),
        (("நான்", "பழம்"), "நான் பழம்"),
        (("안녕", "하세요"), "안녕 하세요"),
        (("one", "", "  ", "two\n three "), "one two three"),
        ((), ""),
    ],
)
def test_text_is_joined_as_its_script_is_written(texts: tuple[str, ...], line: str) -> None:
    assert written("txt", spoken(*texts)) == f"{line}\n"


def test_nothing_is_joined_by_nothing() -> None:
    assert separator("", "one") == separator("one", "") == ""


def test_json_lines_have_every_segment_as_the_model_said_it() -> None:
    lines = written("jsonl", spoken("ஒன்று ", "")).splitlines()
    assert "ஒன்று" in lines[0]
    assert [json.loads(line) for line in lines] == [
        {
            "file": "a.wav",
            "start": start,
            "end": start + 1.5,
            "language": "English",
            "text": text,
            "raw": f"raw {text}",
        }
        for start, text in ((0.0, "ஒன்று "), (2.5, ""))
    ]


def test_name_that_is_no_unicode_is_read_from_json_as_it_is() -> None:
    said = Spoken("a\udce9.wav", 0.0, 1.0, None, "one", "raw")
    line = written("jsonl", [said])
    assert line.encode() and json.loads(line)["file"] == "a\udce9.wav"


def test_subrip_counts_the_cues_that_say_something() -> None:
    assert written("srt", spoken("one", " ", "two\nlines", start=3599.0)) == (
        "1\n00:59:59,000 --> 01:00:00,500\none\n\n2\n01:00:04,000 --> 01:00:05,500\ntwo lines\n\n"
    )


def test_webvtt_escapes_what_it_would_read_as_its_own() -> None:
    assert written("vtt", spoken("a --> b", "", "<b> & c")) == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:01.500\na --&gt; b\n"
        "\n00:00:05.000 --> 00:00:06.500\n&lt;b&gt; &amp; c\n"
    )


def test_times_are_rounded_to_milliseconds() -> None:
    one = Spoken("a.wav", 35_999.9996, 36_000.5004, None, "one", "one")
    assert "10:00:00,000 --> 10:00:00,500" in written("srt", [one])


def test_long_segment_is_several_cues_of_lines_that_fit() -> None:
    said = Spoken("a.wav", 0.0, 27.9, None, "one two three four " * 20 + "& <five>", "raw")
    for format, end in (("srt", "& <five>\n\n"), ("vtt", "&amp; &lt;five&gt;\n")):
        blocks = written(format, [said]).removeprefix("WEBVTT\n\n").strip().split("\n\n")
        assert len(blocks) > 4 and written(format, [said]).endswith(end)
    assert [block.splitlines()[0] for block in written("srt", [said]).strip().split("\n\n")] == [
        str(number + 1) for number in range(len(blocks))
    ]


def test_silence_is_an_empty_transcript() -> None:
    assert [written(name, []) for name in ("txt", "jsonl", "srt", "vtt")] == [
        "\n", "", "", "WEBVTT\n",
    ]  # fmt: skip
