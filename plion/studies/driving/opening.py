"""An engine that is open for a study: what interrupts the study stops its jobs in order."""

import signal
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from types import FrameType

from plion.studies.engines.engine import Engine
from plion.system import signals, slurm


@contextmanager
def opened(engine: Engine) -> Iterator[Engine]:
    """An engine for any number of calls of `drive`; leaving stops what still runs, in order.

    So do an interruption, SIGTERM, and a terminal that closes: its jobs save their checkpoints
    first. On SIGUSR1 in a SLURM job, whose time is nearly up, they get all remaining time for it,
    and the SLURM job is requeued, even if a job does not end in time and SLURM then kills this
    process.
    """
    warned = False
    with _signals_as_exits():
        try:
            with engine:
                try:
                    yield engine
                except (KeyboardInterrupt, SystemExit) as stop:
                    told = "plion: stopping; what runs saves a checkpoint first"
                    with suppress(OSError):  # the terminal may be gone
                        print(told, file=sys.stderr)
                    if isinstance(stop, _Warned):
                        warned = True
                        engine.patience = None
                    raise
        finally:
            if warned:
                slurm.requeue()


class _Warned(SystemExit):
    """Exit after SLURM's signal that the job's time is nearly up."""


def _signals_as_exits() -> AbstractContextManager[None]:
    """Makes these signals exit this process with status 128 + signal: SIGTERM, SIGHUP unless it is
    ignored (`nohup`), and SIGUSR1 in a SLURM job.
    """

    def heed(number: int, _: FrameType | None) -> None:
        signal.signal(number, signal.SIG_IGN)  # only the first counts
        raise _Warned(128 + number)

    def hang_up(number: int, _: FrameType | None) -> None:
        signal.signal(number, signal.SIG_IGN)  # a shell and its terminal both send it
        raise signals.Stopped(number)

    warned = {signal.SIGUSR1: heed} if slurm.in_job() else {}
    ignored = signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    closed = {} if ignored else {signal.SIGHUP: hang_up}
    return signals.handled({signal.SIGTERM: signals.leave, **closed, **warned})
