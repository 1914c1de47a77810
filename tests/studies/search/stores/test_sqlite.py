"""A sweep's database that is damaged, foreign, in use or without room: a sentence, nothing lost."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from optuna.distributions import FloatDistribution
from optuna.trial import TrialState, create_trial
from swept import Runs

from plion.errors import InputError
from plion.studies.engines.engine import Job
from plion.studies.search.stores import sqlite as store
from plion.studies.search.sweep import Asked, sweep

DATABASE = Path("runs/search/study.db")


@contextmanager
def opened() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(DATABASE)) as connection, connection:
        yield connection


def sql(statement: str) -> None:
    with opened() as connection:
        connection.execute(statement)


def overwritten(page: int) -> None:
    content = bytearray(DATABASE.read_bytes())
    content[4096 * page : 4096 * (page + 1)] = b"\xff" * 4096
    DATABASE.write_bytes(content)


def another_program() -> None:
    DATABASE.unlink()
    sql("CREATE TABLE trials (number)")


def in_a_folder() -> None:
    DATABASE.unlink()
    DATABASE.mkdir()


def linked() -> None:
    DATABASE.unlink()
    DATABASE.symlink_to("gone/study.db")


# What became of the database, and what is said of it.
SITUATIONS: dict[str, tuple[Callable[[], object], str]] = {
    "half of it": (lambda: DATABASE.write_bytes(DATABASE.read_bytes()[:60_000]), "is damaged"),
    "its first bytes": (lambda: DATABASE.write_bytes(DATABASE.read_bytes()[:100]), "is damaged"),
    "a first page of noise": (lambda: overwritten(0), "is not a database"),
    "a page of noise": (lambda: overwritten(1), "is damaged|is not a database"),
    "a text": (lambda: DATABASE.write_text("trials\n" * 1000), "is not a database"),
    "a link to nowhere": (linked, "cannot be opened"),
    "a folder": (in_a_folder, "is a folder, not the database"),
    "another program's": (another_program, "is not a database of a sweep's trials"),
    "an older Optuna's": (
        lambda: sql("UPDATE alembic_version SET version_num = 'v3.0.0.a'"),
        "was made by another version of Optuna",
    ),
    "a later Optuna's": (
        lambda: sql("UPDATE alembic_version SET version_num = 'v99.0.0.a'"),
        "was made by another version of Optuna",
    ),
    "without a table": (
        lambda: sql("DROP TABLE trial_params"),
        "is not a database of a sweep's trials",
    ),
    "a state of its own": (
        lambda: sql("UPDATE trials SET state = 'LOST'"),
        "is not a database of a sweep's trials",
    ),
    "a space that is none": (
        lambda: sql("UPDATE trial_params SET distribution_json = '{'"),
        "is not a database of a sweep's trials",
    ),
    "attributes that are none": (
        lambda: sql("UPDATE study_user_attributes SET value_json = 'x'"),
        "is not a database of a sweep's trials",
    ),
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A database with a trial that is done and one that runs."""
    path = tmp_path_factory.mktemp("store") / "study.db"
    made = store.create(path, "search")
    made.set_user_attr("definition", "[]")
    space = {"optim.lr": FloatDistribution(0, 1)}
    for state, value in ((TrialState.COMPLETE, 1.0), (TrialState.RUNNING, None)):
        made.add_trial(
            create_trial(state=state, value=value, params={"optim.lr": 0.5}, distributions=space)
        )
    return path.read_bytes()


@pytest.fixture
def stored(whole: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """That database where a sweep has it, and no patience."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(store, "_PATIENCE", 0.05)
    DATABASE.parent.mkdir(parents=True)
    DATABASE.write_bytes(whole)
    return DATABASE


@pytest.mark.parametrize("situation", SITUATIONS)
def test_what_is_wrong_is_said_with_what_to_do(stored: Path, situation: str) -> None:
    spoil, said = SITUATIONS[situation]
    spoil()
    for ask in (store.create, store.read_study):
        with pytest.raises(InputError, match=f"^{stored} ({said}).*the same command") as error:
            ask(stored, "search")
        assert "\n" not in str(error.value)


def test_what_is_whole_is_read_and_gone_on_with(stored: Path) -> None:
    for ask in (store.create, store.read_study):
        found = ask(stored, "search")
        assert found is not None
        assert [trial.state.name for trial in found.trials] == ["COMPLETE", "RUNNING"]


def test_reading_writes_nothing(stored: Path) -> None:
    sql("DELETE FROM study_user_attributes")
    before = stored.read_bytes(), stored.stat().st_mtime_ns
    assert store.read_study(stored, "search") and store.read_study(stored, "other") is None
    assert before == (stored.read_bytes(), stored.stat().st_mtime_ns)
    assert list(stored.parent.iterdir()) == [stored]


def test_a_database_left_by_a_killed_process_is_put_right_by_the_sweep(stored: Path) -> None:
    before = stored.read_bytes()
    with closing(sqlite3.connect(stored, isolation_level=None)) as writing:
        writing.execute("PRAGMA cache_size = 1")  # pages go to the file before they are whole
        writing.execute("BEGIN IMMEDIATE")
        writing.execute("CREATE TABLE half AS SELECT zeroblob(1000000) AS bytes")
        journal = stored.with_name("study.db-journal")
        left = stored.read_bytes(), journal.read_bytes()
    stored.write_bytes(left[0])
    journal.write_bytes(left[1])
    with pytest.raises(InputError, match="a process that was killed .* without --status"):
        store.read_study(stored, "search")
    assert (stored.read_bytes(), journal.read_bytes()) == left
    assert len(store.create(stored, "search").trials) == 2
    assert not journal.exists() and len(stored.read_bytes()) == len(before)


def test_an_empty_database_is_a_new_one(stored: Path) -> None:
    stored.write_bytes(b"")
    assert store.read_study(stored, "search") is None and not stored.read_bytes()
    assert store.create(stored, "search").trials == []


def test_a_database_in_use_is_told(stored: Path) -> None:
    with opened() as other:
        other.execute("BEGIN EXCLUSIVE")
        for ask in (store.create, store.read_study):
            with pytest.raises(InputError, match="is in use by another process"):
                ask(stored, "search")


def full(path: Path, mode: str) -> sqlite3.Connection:
    """A connection to a disk that takes no further page."""
    connection = sqlite3.connect(path)
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages}")
    return connection


def read_only(path: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)


@pytest.mark.parametrize(
    ("seam", "said"), [(full, "no space left on the disk"), (read_only, "is read-only")]
)
def test_a_database_that_cannot_be_written_to_is_told_when_it_is_opened(
    stored: Path, monkeypatch: pytest.MonkeyPatch, seam: Callable[..., object], said: str
) -> None:
    before = stored.read_bytes()
    monkeypatch.setattr(store, "_connected", seam)
    with pytest.raises(InputError, match=f"study.db .*{said}.* give the same command again"):
        store.create(stored, "search")
    assert stored.read_bytes() == before


def test_what_cannot_be_recorded_after_the_work_loses_no_run(
    search: Path, runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "_PATIENCE", 0.05)
    locks: list[sqlite3.Connection] = []
    record = runs.finish

    def locked(job: Job) -> None:
        record(job)
        locks.append(sqlite3.connect(DATABASE))
        locks[0].execute("BEGIN EXCLUSIVE")

    runs.finish = locked
    with pytest.raises(InputError, match=r"is in use .*no result is lost"):
        sweep(search, ["sweep.trials=1"])
    runs.finish = record
    locks[0].close()
    overwritten(0)
    with pytest.raises(InputError, match="move it away and give the same command again"):
        sweep(search, ["sweep.trials=1"])
    DATABASE.unlink()
    assert sweep(search, ["sweep.trials=1"]) == 0
    assert len(runs.trained) == 1


@pytest.mark.parametrize("name", ["50%20off", "what?now", "a{b}#c&d=[e] 100%"])
def test_a_folder_of_any_name_holds_its_own_database(tmp_path: Path, name: str) -> None:
    path = tmp_path / name / "study.db"
    path.parent.mkdir()
    store.create(path, "search")
    assert list(tmp_path.rglob("*")) == [path.parent, path]
    assert store.read_study(path, "search")


def test_a_sweep_stays_in_its_folder(
    search: Path, runs: Runs, capsys: pytest.CaptureFixture[str]
) -> None:
    before = set(Path().iterdir())
    request = ["trainer.runs=50%20off/what?now", "sweep.trials=1"]
    assert sweep(search, request) == 0
    assert set(Path().iterdir()) - before == {Path("50%20off")}
    assert Path("50%20off/what?now/search/study.db").stat().st_size
    assert sweep(search, request, asked=Asked(status=True)) == 0
