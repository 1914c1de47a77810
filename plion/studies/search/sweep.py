"""`plion sweep`: an Optuna study over an experiment's settings, by validation error alone."""

import json
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import optuna

from plion.errors import InputError
from plion.runs.claims import alone
from plion.studies.driving.opening import opened
from plion.studies.engine_choice import engine_of
from plion.studies.engines.choice import LOCAL, Choice
from plion.studies.engines.engine import Engine
from plion.studies.search.proposals import next_round
from plion.studies.search.report import report, write_best, write_listing
from plion.studies.search.rounds import Round
from plion.studies.search.stores.store import DATABASE, Store, store_of
from plion.studies.search.sweep_file import Sweep, read_sweep

_DEFINITION = "definition"  # attribute of a study that identifies its sweep


@dataclass(frozen=True)
class Asked:
    """What is asked of a sweep beside its trials.

    `status`: prints them and starts nothing. `store`: URL of a database other than study.db in the
    sweep's folder. `plot`: folder for charts.
    """

    status: bool = False
    store: str | None = None
    plot: Path | None = None


TRIALS_ONLY = Asked()


def sweep(
    path: str | Path,
    overrides: Sequence[str] = (),
    engine: Choice = LOCAL,
    asked: Asked = TRIALS_ONLY,
) -> int:
    """Runs the trials of a sweep that are not done and writes `best.yaml`; returns 0, or 1 if a
    trial failed.

    A trial that is refused or fails is recorded with its reason and passed over. Raises InputError
    for an invalid file or option, a database that cannot be used, a full disk, and if every trial
    of the first round is refused; trials that were not told are run by the next call.
    """
    search = read_sweep(path, overrides)
    folder = Path(search.base.trainer.runs) / search.name
    store = store_of(asked.store, folder)
    if asked.plot:  # checked before the work
        from plion.results.plots.all import check_plot_folder  # matplotlib takes its time

        check_plot_folder(asked.plot)
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    if asked.status:
        return _status(store, search, asked)
    if engine.workers > search.parallel:
        print(
            f"{search.name} proposes {search.parallel} at a time, so no more than that run at once "
            "(`parallel` in its file)",
            file=sys.stderr,
        )
    jobs = engine_of(engine)
    with alone(folder), _only_driver(store, search, folder), store.explained():
        study = _open(store, search)
        _run(study, search, jobs, folder)
        outcome = report(study.get_trials(), search)
        write_best(study, search, folder)
        _plot(study, search, asked)
    return outcome


def _run(study: optuna.Study, search: Sweep, engine: Engine, folder: Path) -> None:
    with opened(engine):
        while trials := next_round(study, search):
            here = Round.of(study, search, trials)
            here.run(engine, lambda running: write_listing(folder, study, search, running))
            here.tell(study)
    write_listing(folder, study, search, {})


def _only_driver(store: Store, search: Sweep, folder: Path) -> AbstractContextManager[None]:
    """The lock of the store, where it is not that of the sweep's folder, which is held already."""
    return nullcontext() if store.place == str(folder / DATABASE) else store.alone(search.name)


def _status(store: Store, search: Sweep, asked: Asked) -> int:
    """Prints the trials without writing to the database; returns 0 if all are done, else 1."""
    study = store.read(search.name)
    if study is None:
        print(f"{search.name}: no trial yet")
        return 1
    _refuse_another(study, store, search)
    with store.explained():
        outcome = report(study.get_trials(), search)
        _plot(study, search, asked)
    return outcome


def _plot(study: optuna.Study, search: Sweep, asked: Asked) -> None:
    if asked.plot:
        from plion.studies.search.charts import plot_search

        plot_search(study, search, asked.plot)


def _open(store: Store, search: Sweep) -> optuna.Study:
    """Opens or creates the study; raises InputError if it belongs to another sweep."""
    study = store.create(search.name, len(search.objectives))
    _refuse_another(study, store, search)
    if _DEFINITION not in study.user_attrs:
        study.set_user_attr(_DEFINITION, _definition(search))
    return study


def _refuse_another(study: optuna.Study, store: Store, search: Sweep) -> None:
    """Says what differs between the study's sweep and this one."""
    theirs = study.user_attrs.get(_DEFINITION)
    if theirs in (None, _definition(search)):
        return
    known, own = _parsed(theirs), json.loads(_definition(search))
    differing = [key for key in own if known.get(key) != own[key]] if known else ["its version"]
    raise InputError(
        f"{store.place} has a sweep '{search.name}' that differs in {', '.join(differing)}; move "
        "it away or rename this sweep's file"
    )


def _parsed(definition: object) -> dict[str, object]:
    """A recorded definition; empty if it has another form, as those of earlier versions."""
    try:
        found = json.loads(str(definition))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _definition(search: Sweep) -> str:
    return json.dumps(search.definition())
