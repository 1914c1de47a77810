"""A model's folder that is replaced: one of both is always there."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from plion.models.folders.drafts import drafted
from plion.runs.claims import alone
from plion.runs.folder import RunFolder


class Killed(BaseException):
    """Ends a process where it stands: nothing in the package catches it."""


def write(folder: Path, content: str) -> None:
    with drafted(folder) as draft:
        draft.mkdir(parents=True)
        (draft / "weights").write_text(content)


def test_a_folder_replaces_the_earlier_one_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    for content in ("one", "two"):
        write(tmp_path / "export", content)
        assert (tmp_path / "export" / "weights").read_text() == content
        assert [path.name for path in tmp_path.iterdir()] == ["export"]


def test_the_earlier_folder_is_there_until_the_new_one_is_whole(tmp_path: Path) -> None:
    write(tmp_path / "export", "one")
    with drafted(tmp_path / "export") as draft:
        draft.mkdir()
        assert (tmp_path / "export" / "weights").read_text() == "one"


def test_one_that_another_process_put_there_meanwhile_is_replaced(tmp_path: Path) -> None:
    with drafted(tmp_path / "export") as draft:
        for folder, content in ((draft, "one"), (tmp_path / "export", "other")):
            folder.mkdir()
            (folder / "weights").write_text(content)
    assert (tmp_path / "export" / "weights").read_text() == "one"


@pytest.mark.parametrize("moment", range(5))
def test_a_kill_at_any_moment_leaves_a_whole_export(tmp_path: Path, moment: int) -> None:
    run = RunFolder(tmp_path / "a-0123abcd")
    write(run.export, "one")
    left = iter(range(moment))

    def dying(method: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            if next(left, None) is None:
                raise Killed
            return method(*args, **kwargs)

        return wrapped

    with (
        pytest.MonkeyPatch.context() as patch,
        pytest.raises(Killed),
        drafted(run.export) as draft,
    ):
        draft.mkdir()
        (draft / "weights").write_text("two")
        patch.setattr(Path, "rename", dying(Path.rename))
        patch.setattr(shutil, "rmtree", dying(shutil.rmtree))
    with alone(run.path):
        assert (run.export / "weights").read_text() == ("two" if moment == 4 else "one")
        assert [path.name for path in run.checkpoints.iterdir()] == ["export"]
