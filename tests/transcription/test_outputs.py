"""Where transcripts go."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from plion.errors import InputError
from plion.transcription.formats import Spoken
from plion.transcription.outputs import output
from plion.transcription.recordings import Recording

ONE, OTHER = (Recording(f"in/{name}.wav", Path(f"in/{name}.wav"), Path(name)) for name in "ab")
SAID = [Spoken("in/a.wav", 0.0, 1.0, None, "one two", "raw")]


def test_text_of_one_recording_is_printed_alone() -> None:
    stream = io.StringIO()
    output(None, stream, "txt", [ONE]).write(ONE, SAID)
    assert stream.getvalue() == "one two\n"


def test_texts_of_several_follow_their_names() -> None:
    stream = io.StringIO()
    out = output(None, stream, "txt", [ONE, OTHER])
    out.write(ONE, SAID)
    out.write(OTHER, [])
    assert stream.getvalue() == "in/a.wav\tone two\nin/b.wav\t\n"


def test_any_name_stays_in_its_column() -> None:
    odd = Recording("a\tb\nc\\d\x1b\udce9.wav", Path("odd"), Path("odd"))
    stream = io.StringIO()
    output(None, stream, "txt", [ONE, odd]).write(odd, SAID)
    assert stream.getvalue() == r"a\tb\nc\\d\x1b\udce9.wav" + "\tone two\n"


@pytest.mark.parametrize("format", ["srt", "vtt"])
def test_subtitles_of_several_need_a_folder(format: str) -> None:
    output(None, io.StringIO(), format, [ONE])
    with pytest.raises(InputError, match=f"--format {format} for 2 recordings needs --out FOLDER"):
        output(None, io.StringIO(), format, [ONE, OTHER])


def test_each_recording_has_a_file_in_the_folder(tmp_path: Path) -> None:
    deep = Recording("sub/x.y.wav", Path("sub/x.y.wav"), Path("sub/x.y"))
    out = output(tmp_path / "new", io.StringIO(), "txt", [ONE, deep])
    out.write(ONE, SAID)
    out.write(deep, [])
    assert (tmp_path / "new" / "a.txt").read_text() == "one two\n"
    assert (tmp_path / "new" / "sub" / "x.y.txt").read_text() == "\n"


def test_earlier_file_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("earlier")

    def broken() -> Iterator[Spoken]:
        yield from SAID
        raise KeyboardInterrupt

    out = output(tmp_path, io.StringIO(), "txt", [ONE])
    with pytest.raises(KeyboardInterrupt):
        out.write(ONE, broken())
    assert [path.read_text() for path in tmp_path.iterdir()] == ["earlier"]
    out.write(ONE, SAID)
    assert (tmp_path / "a.txt").read_text() == "one two\n"


def test_folder_that_cannot_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "a.txt").mkdir()
    with pytest.raises(InputError, match="cannot be created or written to"):
        output(tmp_path / "file" / "new", io.StringIO(), "txt", [ONE])
    with pytest.raises(InputError, match="a.txt is a folder"):
        output(tmp_path, io.StringIO(), "txt", [ONE])


def test_folder_that_may_not_be_written_to_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.access", lambda *_: False)  # as anybody but root would be told
    with pytest.raises(InputError, match="is not writable"):
        output(tmp_path, io.StringIO(), "txt", [ONE])
