"""`plion transcribe`: transcripts of recordings."""

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
    verb = group.add_parser("transcribe", help="transcribe recordings with any model")
    verb.add_argument(
        "model", metavar="MODEL", help="run folder, model folder, `mini`, or cached hub id"
    )
    verb.add_argument("audio", nargs="+", metavar="AUDIO", help="file or folder; - for stdin")
    verb.add_argument(
        "--language",
        metavar="KEY",
        help="language spoken, such as en; default: the model decides",
    )
    verb.add_argument("--format", choices=["txt", "jsonl", "srt", "vtt"], default="txt")
    verb.add_argument(
        "--max-seconds",
        type=float,
        default=30,
        metavar="S",
        help="longest segment without a pause; default: 30",
    )
    verb.add_argument(
        "--out",
        type=Path,
        metavar="FOLDER",
        help="write a file per recording to FOLDER, replacing earlier ones",
    )
    like(verb)
    context(verb)
    overrides(verb)
    verb.set_defaults(verb=transcribe)


def transcribe(args: Namespace) -> int:
    from plion.transcription.recordings import recordings

    words = [*args.audio, *args.overrides]  # in any order on the command line
    settings = [word for word in words if "=" in word and not os.path.exists(word)]
    audio = [word for word in words if word not in settings]
    # SIGTERM also removes the copy of standard input and unfinished transcripts.
    with handled({signal.SIGTERM: leave}), TemporaryDirectory(prefix="plion-") as spool:
        found = recordings(audio, Path(spool))
        # Comes first, so that errors about files do not wait for torch.
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
        with redirect_stdout(sys.stderr):  # keeps what libraries print out of stdout
            listening.transcribe(request, stream)
    return 0
