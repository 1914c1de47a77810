"""Tests run the same from wherever they are started."""

import signal
import subprocess
import sys
from pathlib import Path

SENT = ("SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1")


def ignored() -> None:
    """As in the background of a shell that has no jobs, and below nohup."""
    for name in SENT:
        signal.signal(signal.Signals[name], signal.SIG_IGN)


def test_signals_that_are_ignored_where_tests_are_started_are_not_in_tests() -> None:
    names = ", ".join(f"signal.{name}" for name in SENT)
    ask = f"import conftest, signal; print(*map(signal.getsignal, ({names})))"
    here = Path(__file__).parent
    told = subprocess.run(
        [sys.executable, "-c", ask], cwd=here, preexec_fn=ignored, capture_output=True, text=True
    )
    assert told.returncode == 0, told.stderr
    assert "default_int_handler" in told.stdout and "SIG_IGN" not in told.stdout
