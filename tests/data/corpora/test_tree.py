"""Folders laid over each other: what is found, under which name, and what is not."""

from pathlib import Path

import pytest

from plion.data.corpora.tree import Tree
from plion.errors import InputError


def put(path: Path, content: bytes = b"") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_paths_begin_with_the_name_of_the_tree(tmp_path: Path) -> None:
    put(tmp_path / "train.tsv")
    put(tmp_path / "audio/notes.txt")
    assert Tree("ta_in", [tmp_path]).files == ["ta_in/audio/notes.txt", "ta_in/train.tsv"]


def test_the_first_folder_counts_where_two_have_a_path(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    put(first / "a.txt", b"first")
    put(second / "a.txt", b"second")
    put(second / "b.wav")
    tree = Tree("x", [first, second])
    assert list(tree.lines("x/a.txt")) == [(1, "first")]
    assert tree.path("x/a.txt") == first / "a.txt"
    assert tree.path("x/b.wav") == second / "b.wav"


def test_a_folder_that_is_not_there_is_empty(tmp_path: Path) -> None:
    put(tmp_path / "a.txt")
    assert Tree("x", [tmp_path, tmp_path / "none"]).files == ["x/a.txt"]


def test_a_folder_below_another_is_seen_once_as_itself(tmp_path: Path) -> None:
    put(tmp_path / "a.txt")
    put(tmp_path / "out/audio/b.txt")
    put(tmp_path / "out/audio/c.wav")
    tree = Tree("x", [tmp_path, tmp_path / "out/audio"])
    assert tree.files == ["x/a.txt", "x/b.txt"]
    assert tree.audio_files == 1


def test_folders_may_be_left_out(tmp_path: Path) -> None:
    put(tmp_path / "a.txt")
    put(tmp_path / "out/b.txt")
    assert Tree("x", [tmp_path], without=[tmp_path / "out"]).files == ["x/a.txt"]


def test_what_another_source_was_unpacked_to_is_left_out(tmp_path: Path) -> None:
    put(tmp_path / "a.txt")
    for folder in ("out/x/audio", "own"):
        put(tmp_path / folder / ".unpacked/source.json")
        put(tmp_path / folder / "b/b.txt")
    tree = Tree("x", [tmp_path, tmp_path / "own"])
    assert tree.files == ["x/a.txt", "x/b/b.txt"]


def test_audio_is_counted_and_not_listed(tmp_path: Path) -> None:
    for name in ("a.wav", "b.WAV", "c.flac", "d.mp3", "e.txt"):
        put(tmp_path / name)
    tree = Tree("x", [tmp_path])
    assert tree.audio_files == 4
    assert tree.files == ["x/e.txt"]


def test_names_that_begin_with_a_dot_are_not_seen(tmp_path: Path) -> None:
    put(tmp_path / ".unpacked/a.json")
    put(tmp_path / "._a.txt")
    put(tmp_path / "._a.wav")
    tree = Tree("x", [tmp_path])
    assert (tree.files, tree.audio_files, tree.folders) == ([], 0, set())


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("content.txt", ["x/test/content.txt", "x/train/content.txt"]),
        ("train/content.txt", ["x/train/content.txt"]),
        ("t*/CON*.TXT", ["x/test/content.txt", "x/train/content.txt"]),
        ("x/train/*", ["x/train/content.txt", "x/train/mycontent.txt"]),
        ("tent.txt", []),
        ("*/none.txt", []),
    ],
)
def test_patterns_fit_the_end_of_a_path(tmp_path: Path, pattern: str, found: list[str]) -> None:
    for name in ("train/content.txt", "test/content.txt", "train/mycontent.txt"):
        put(tmp_path / name)
    assert Tree("x", [tmp_path]).glob(pattern) == found


@pytest.mark.parametrize(
    "path", ["x/../../outside.wav", "/etc/hostname", "y/a.wav", "x", "x/none.wav", "x/sub"]
)
def test_no_path_leads_out_of_the_tree(tmp_path: Path, path: str) -> None:
    put(tmp_path / "outside.wav")
    put(tmp_path / "root/sub/a.wav")
    assert Tree("x", [tmp_path / "root"]).path(path) is None


def test_a_path_may_go_up_within_the_tree(tmp_path: Path) -> None:
    put(tmp_path / "a.wav")
    put(tmp_path / "data/b.txt")
    assert Tree("x", [tmp_path]).path("x/data/train/../../a.wav") == tmp_path / "a.wav"


def test_folders_are_listed_by_their_paths(tmp_path: Path) -> None:
    put(tmp_path / "a/b/c.txt")
    assert Tree("x", [tmp_path]).folders == {"x/a", "x/a/b"}


def test_links_to_folders_are_followed(tmp_path: Path) -> None:
    put(tmp_path / "disk/train/a.txt")
    (tmp_path / "root").mkdir()
    (tmp_path / "root/train").symlink_to(tmp_path / "disk/train")
    assert Tree("x", [tmp_path / "root"]).files == ["x/train/a.txt"]


def test_a_folder_with_a_link_beside_is_seen_once_under_its_own_name(tmp_path: Path) -> None:
    put(tmp_path / "train/a.txt")
    (tmp_path / "latest").symlink_to(tmp_path / "train")
    (tmp_path / "train/loop").symlink_to(tmp_path)
    assert Tree("x", [tmp_path]).files == ["x/train/a.txt"]


def test_lines_are_numbered_and_without_their_ends(tmp_path: Path) -> None:
    put(tmp_path / "a.txt", "\ufeffone\r\n\tஇரண்டு\u2028same line\n\nend".encode())
    lines = list(Tree("x", [tmp_path]).lines("x/a.txt"))
    assert lines == [(1, "one"), (2, "\tஇரண்டு\u2028same line"), (3, ""), (4, "end")]


@pytest.mark.parametrize(("content", "line"), [(b"\xff\xfeo\0n\0", 1), (b"one\ntw\xe9\n", 2)])
def test_what_is_not_utf8_is_named_with_its_line(tmp_path: Path, content: bytes, line: int) -> None:
    put(tmp_path / "a.txt", content)
    with pytest.raises(InputError, match=rf"^x/a\.txt:{line}: not UTF-8"):
        list(Tree("x", [tmp_path]).lines("x/a.txt"))


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.txt").symlink_to(tmp_path / "gone")
    with pytest.raises(InputError, match=r"x/a\.txt cannot be read \(No such file"):
        list(Tree("x", [tmp_path]).lines("x/a.txt"))


def test_a_folder_that_cannot_be_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(path: str) -> None:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr("os.scandir", refused)
    with pytest.raises(InputError, match=r"cannot be read \(Permission denied\)"):
        Tree("x", [tmp_path])
