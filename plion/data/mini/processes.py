"""Run every job in a new process of its own.

The standard library's pools wait forever if one of their processes is killed.
"""

import multiprocessing
import signal
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, TypeVar

from plion.errors import Failed, InputError

_CONTEXT = multiprocessing.get_context("spawn")
Job = TypeVar("Job")
Result = TypeVar("Result")


def fresh_processes(
    work: Callable[[Job], Result], jobs: Sequence[Job], at_once: int
) -> Iterator[Result]:
    """Yield the results of `work` for all jobs as they finish, each from a process of its own.

    Passes on InputError and OSError; raises Failed if a process was killed by a signal, and
    RuntimeError if it failed in any other way. Any of these stops the jobs still running.
    """
    waiting = list(reversed(jobs))
    running: dict[Connection, tuple[Job, BaseProcess]] = {}
    try:
        while waiting or running:
            while waiting and len(running) < at_once:
                job = waiting.pop()
                answer, process = _start(work, job)
                running[answer] = (job, process)
            wait(list(running))
            for answer in [one for one in running if one.poll()]:
                yield _result(answer, *running.pop(answer))
    finally:
        for _, process in running.values():
            process.terminate()
            process.join()


def _start(work: Callable[[Job], Result], job: Job) -> tuple[Connection, BaseProcess]:
    ours, theirs = _CONTEXT.Pipe(duplex=False)
    process = _CONTEXT.Process(target=_answer, args=(theirs, work, job), daemon=True)
    process.start()
    theirs.close()  # so that the pipe ends when the process dies
    return ours, process


def _answer(caller: Connection, work: Callable[[Job], Result], job: Job) -> None:
    try:
        caller.send(work(job))
    except (InputError, OSError) as error:
        caller.send(error)


def _result(answer: Connection, job: Any, process: BaseProcess) -> Any:
    try:
        result = answer.recv()
    except EOFError:
        process.join()
        status = process.exitcode or 0
        if status >= 0:  # with a traceback of its own
            raise RuntimeError(f"a process ended with status {status}") from None
        name = signal.Signals(-status).name
        memory = ", as a system does that is out of memory" if name == "SIGKILL" else ""
        raise Failed(
            f"the process that made {job} was ended by {name}{memory}; give the same command "
            "again, with fewer other programs beside it"
        ) from None
    process.join()
    if isinstance(result, Exception):
        raise result
    return result
