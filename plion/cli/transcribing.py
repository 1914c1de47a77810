"""`plion transcribe`: text of any recording."""

import os
import signal
import sys
from argparse import Namespace
from contextlib import redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory

from plion.cli.shared import Group, context, like, overrides, torch_module
from plion.system.signals import handled, leave


def add_transcribing(group: Group) -> None:
    verb = group.add_parser("transcribe", help="text of any recording, with any model")
    verb.add_argument(
        "model", metavar="MODEL", help="run folder, model folder, `mini`, or cached hub id"
    )
    verb.add_argument("audio", nargs="+", metavar="AUDIO", help="file or folder; - for stdin")
    verb.add_argument(
        "--language",
        choices=["en", "zh", "ta", "ms"],
        help="what is spoken; default: the model says",
    )
    verb.add_argument("--format", choices=["txt", "jsonl", "srt", "vtt"], default="txt")
    verb.add_argument(
        "--max-seconds",
        type=float,
        default=30,
        metavar="S",
        help="of a segment, where nobody pauses; default: 30",
    )
    verb.add_argument(
        "--out",
        type=Path,
        metavar="FOLDER",
        help="a file there for each recording, in the place of an earlier one",
    )
    like(verb)
    context(verb)
    overrides(verb)
    verb.set_defaults(verb=transcribe)


def transcribe(args: Namespace) -> int:
    from plion.transcription.recordings import recordings

    words = [*args.audio, *args.overrides]  # which may stand among each other
    settings = [word for word in words if "=" in word and not os.path.exists(word)]
    audio = [word for word in words if word not in settings]
    # The copy of standard input and a transcript that is half written do not stay.
    with handled({signal.SIGTERM: leave}), TemporaryDirectory(prefix="plion-") as spool:
        found = recordings(audio, Path(spool))
        # What is not there is told before torch is waited for.
        listening = torch_module("plion.transcription.transcribe")
        request = listening.Request(
            args.model,
            found,
            args.language,
            args.format,
            args.max_seconds,
            args.out,
            settings,
            args.like,
            args.context,
        )
        stream = sys.stdout
        with redirect_stdout(sys.stderr):  # libraries talk; what is asked for is the text
            listening.transcribe(request, stream)
    return 0
