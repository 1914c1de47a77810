"""Sources opened again: what was unpacked is kept, comes back, or stands in the way."""

import contextlib
import itertools
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from packing import WAVE, Content, open_all, packed_tar, packed_zip, put, refusal, unpacked

from plion.data.unpacking import draft
from plion.errors import InputError


def forbid_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "plion.data.unpacking.unpack.unpack_archive", lambda *_: pytest.fail("read again")
    )


NESTED: Content = {
    "x/text.txt": b"text",
    "x/wav/S1.tar": packed_tar({"S1/a.wav": WAVE, "S1/b.wav": WAVE}),
    "x/wav/S2.tar": packed_tar({"S2/c.wav": WAVE}),
}


@pytest.mark.parametrize("name", ["x/text.txt", "x/wav/S1/b.wav", "x/wav/S2/c.wav"])
def test_a_file_that_was_deleted_comes_back(source: Path, work: Path, name: str) -> None:
    put(source / "a.zip", packed_zip(NESTED))
    open_all(source, work)
    whole = unpacked(work)
    (work / name).unlink()
    open_all(source, work)
    assert unpacked(work) == whole


def test_a_file_that_another_archive_has_too_is_not_missed(
    source: Path, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b"):
        put(source / f"{name}.zip", packed_zip({"x/README": b"same", f"x/{name}/1.wav": WAVE}))
    open_all(source, work)
    forbid_reading(monkeypatch)
    open_all(source, work)


@pytest.mark.parametrize("content", ["", "{", '{"archive": "a.zip", "files": 1}'])
def test_a_stamp_that_is_damaged_or_of_another_version_is_no_stamp(
    content: str, source: Path, work: Path
) -> None:
    put(source / "a.zip", packed_zip({"a/text.txt": b"text"}))
    open_all(source, work)
    for path in (work / ".unpacked").glob("[0-9a-f]*.json"):
        path.write_text(content)
    open_all(source, work)
    assert unpacked(work) == {"a/text.txt": b"text"}


def test_a_damaged_note_of_the_source_is_written_anew_or_named(source: Path, work: Path) -> None:
    put(source / "a.zip", packed_zip({"a/text.txt": b"text"}))
    open_all(source, work)
    note = work / ".unpacked" / "source.json"
    before = note.read_text()
    note.write_text("")
    open_all(source, work)
    assert note.read_text() == before
    note.write_text("")
    for path in (work / ".unpacked").glob("[0-9a-f]*.json"):
        path.write_text("")
    with pytest.raises(InputError, match=f"its record {note} is damaged.: remove {work}, or"):
        open_all(source, work)


def test_damage_within_an_archive_names_the_one_to_fetch_again(source: Path, work: Path) -> None:
    put(source / "data.zip", packed_zip({"x/wav/S1.tar": NESTED["x/wav/S1.tar"][:700]}))
    with pytest.raises(InputError) as error:
        open_all(source, work)
    shown = f"{source / 'data.zip'} (in it x/wav/S1.tar) is truncated or damaged"
    assert str(error.value).startswith(shown)


def test_a_folder_that_was_moved_goes_on(
    source: Path, work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(source / "a.zip", packed_zip(NESTED))
    open_all(source, work)
    moved = tmp_path / "disk/corpus"
    shutil.copytree(source, moved)
    shutil.rmtree(source)
    forbid_reading(monkeypatch)
    for _ in range(2):
        assert open_all(moved, work).audio_files == 3


def test_an_archive_that_was_renamed_goes_on(
    source: Path, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = put(source / "a.zip", packed_zip({"text.txt": b"text"}))
    open_all(archive, work)
    renamed = archive.rename(source / "b.zip")
    forbid_reading(monkeypatch)
    assert open_all(renamed, work).files == ["b/a/text.txt"]


def test_a_moved_folder_may_have_more_archives(source: Path, work: Path, tmp_path: Path) -> None:
    put(source / "a.zip", packed_zip({"a/text.txt": b"a"}))
    open_all(source, work)
    moved = source.rename(tmp_path / "moved")
    put(moved / "b.zip", packed_zip({"b/text.txt": b"b"}))
    open_all(moved, work)
    assert unpacked(work) == {"a/text.txt": b"a", "b/text.txt": b"b"}


def test_another_archive_of_the_same_name_is_another_source(
    source: Path, work: Path, tmp_path: Path
) -> None:
    put(source / "a.zip", packed_zip({"a/text.txt": b"a"}))
    open_all(source, work)
    other = tmp_path / "other"
    put(other / "a.zip", packed_zip({"b/text.txt": b"others"}))
    with pytest.raises(InputError, match=r"has files unpacked from .*downloads: remove .*--out"):
        open_all(other, work)
    shutil.rmtree(work)
    open_all(other, work)
    assert unpacked(work) == {"b/text.txt": b"others"}


def test_what_cannot_be_read_is_named(
    source: Path, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, *_: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    put(source / "a.zip", packed_zip({"a/text.txt": b"a"}))
    monkeypatch.setattr("plion.data.unpacking.unpack.unpack_archive", refuse)
    message = refusal(source, work)
    assert message == f"{source / 'a.zip'} cannot be read or written: Permission denied"


# Interrupted, changed, another


def test_a_finished_archive_is_not_read_again(
    source: Path, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = packed_zip({"b/c.txt": b"c"})
    put(source / "a.zip", packed_zip({"a/a.txt": b"a", "a/inner.zip": inner}))
    first = open_all(source, work).files
    forbid_reading(monkeypatch)
    assert open_all(source, work).files == first


def test_an_archive_that_changed_replaces_what_it_brought(source: Path, work: Path) -> None:
    archive = put(source / "a.zip", packed_zip({"a/text.txt": b"old"}))
    open_all(source, work)
    put(archive, packed_zip({"a/text.txt": b"newer"}))
    open_all(source, work)
    assert unpacked(work) == {"a/text.txt": b"newer"}


def test_what_was_removed_by_hand_is_unpacked_again(source: Path, work: Path) -> None:
    put(source / "a.zip", packed_zip({"a/text.txt": b"text"}))
    open_all(source, work)
    shutil.rmtree(work / "a")
    open_all(source, work)
    assert unpacked(work) == {"a/text.txt": b"text"}


class Killed(BaseException):
    """What cannot be caught."""


def survives(source: Path, work: Path, steps: int) -> bool:
    """Whether opening a source takes no more steps; else nothing is done after so many."""
    clock = itertools.count()

    def dying(function: Callable[..., object]) -> Callable[..., object]:
        def step(*arguments: object, **named: object) -> object:
            if next(clock) >= steps:
                raise Killed
            return function(*arguments, **named)

        return step

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(draft.shutil, "rmtree", dying(shutil.rmtree))
        patch.setattr(draft.os, "replace", dying(os.replace))
        patch.setattr(draft.Draft, "add", dying(draft.Draft.add))
        patch.setattr(Path, "unlink", dying(Path.unlink))
        patch.setattr(Path, "rename", dying(Path.rename))
        with contextlib.suppress(Killed):
            open_all(source, work)
    return next(clock) <= steps


def test_killed_at_any_moment_and_repeated_it_ends_the_same(source: Path, work: Path) -> None:
    for name in ("a", "b"):
        inner = packed_tar({f"wav/{name}1.wav": WAVE, f"wav/{name}2.wav": WAVE})
        files = {"x/README": b"same", f"x/{name}.txt": b"text", f"x/{name}.tar": inner}
        put(source / f"{name}.zip", packed_zip(files))
    open_all(source, work)
    whole = unpacked(work)
    for steps in itertools.count():
        shutil.rmtree(work)
        if survives(source, work, steps):
            break
        open_all(source, work)
        assert unpacked(work) == whole
    assert steps > 20


def test_files_of_another_source_are_not_mixed_in(tmp_path: Path, work: Path) -> None:
    official, hub = tmp_path / "official.zip", tmp_path / "hub.zip"
    put(official, packed_zip({"a/text.txt": b""}))
    put(hub, packed_zip({"b/text.txt": b""}))
    open_all(official, work)
    with pytest.raises(InputError, match=r"has files unpacked from .*official\.zip"):
        open_all(hub, work)
    assert open_all(work, work, r"(?!)", "text.txt").files == ["audio/a/text.txt"]


def test_a_source_that_was_refused_does_not_stand_in_the_way(tmp_path: Path, work: Path) -> None:
    refusal(put(tmp_path / "first.zip", b"cut"), work)
    open_all(put(tmp_path / "second.zip", packed_zip({"a/text.txt": b"a"})), work)
    assert unpacked(work) == {"a/text.txt": b"a"}
