"""The command line: parses arguments, runs a verb, returns its exit status."""

import argparse
import os
import select
import signal
import sys
from collections.abc import Sequence

from plion import __version__
from plion.cli import (
    averaging,
    data,
    machine,
    publishing,
    reporting,
    scoring,
    settings,
    studies,
    training,
    transcribing,
)
from plion.cli.shared import Parser
from plion.errors import Failed, InputError, printable, system_sentence
from plion.system.printing import any_text


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one verb; returns 0 done, 1 the work found or left something wrong, 2 a wrong request.

    A signal returns 128 + its number. Errors of the request are printed as one sentence.
    """
    escapes = any_text()
    try:
        args = _parse(arguments)
        status: int = args.verb(args)
        sys.stdout.flush()
        if note := escapes.note():
            print(f"plion: {note}", file=sys.stderr)
    except InputError as error:
        print(f"plion: {error}", file=sys.stderr)
        return 2
    except Failed as error:
        print(f"plion: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except BrokenPipeError:
        if not _unread():
            raise
        return 128 + signal.SIGPIPE
    except OSError as error:
        sentence = system_sentence(error)
        if sentence is None:
            raise
        _end_of_output()
        print(f"plion: {printable(sentence)}", file=sys.stderr)
        return 2
    return status


def _unread() -> bool:
    """Whether the reader of the output has gone, as `head` does; then discards the rest."""
    output = sys.stdout.fileno()
    state = select.poll()
    state.register(output, select.POLLOUT)
    broken = any(event & select.POLLERR for _, event in state.poll(0))
    if broken:
        _drop_the_rest()
    return broken


def _end_of_output() -> None:
    """Flushes the output, or discards it if it cannot be written."""
    try:
        sys.stdout.flush()
    except OSError:
        _drop_the_rest()


def _drop_the_rest() -> None:
    """Discards buffered output, which Python would otherwise fail to write at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Parses arguments; overrides may stand among the options, which argparse's `*` forbids."""
    parser = _parser()
    args, rest = parser.parse_known_args(arguments)
    unknown = [text for text in rest if text.startswith("-") or not args.overridable]
    if unknown:
        args.asked.unknown(unknown[0])
    args.overrides = rest
    return args


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="plion",
        description="Ablations of multilingual speech recognition with Qwen3-ASR.",
    )
    parser.set_defaults(overridable=False)
    parser.add_argument("--version", action="version", version=f"plion {__version__}")
    group = parser.add_subparsers(metavar="VERB", required=True)

    data.add_data(group.add_parser("data", help="prepare, make and examine corpora"))
    training.add_training(group)
    scoring.add_scoring(group)
    averaging.add_averaging(group)
    studies.add_studies(group)
    reporting.add_reporting(group)
    transcribing.add_transcribing(group)
    publishing.add_publishing(group)
    settings.add_settings(group)
    machine.add_machine(group)
    return parser
