"""`plion convert`, `card` and `push`: layouts, model cards, publishing."""

from argparse import Namespace
from pathlib import Path

from plion.cli.shared import Group, like, torch_module, writable_file

LAYOUTS = ("hf", "qwen-asr")  # of all families; their modules take longer to import than help


def add_publishing(group: Group) -> None:
    verb = group.add_parser("convert", help="convert a model's folder to another layout")
    verb.add_argument("source", metavar="SOURCE", help="run folder, model folder, or cached hub id")
    verb.add_argument("target", type=Path, metavar="TARGET", help="a new folder")
    verb.add_argument(
        "--layout",
        choices=LAYOUTS,
        required=True,
        help="hf: transformers; qwen-asr: vLLM and the package qwen-asr",
    )
    instead = "read pytorch_model*.bin instead of *.safetensors"
    verb.add_argument("--pickle", action="store_true", help=instead)
    like(verb)
    verb.set_defaults(verb=convert)

    verb = group.add_parser("card", help="print a run's model card for the hub")
    verb.add_argument("run", type=Path, metavar="RUN", help="folder of a finished run")
    verb.add_argument("--out", type=Path, metavar="FILE", help="write it to FILE instead")
    verb.set_defaults(verb=card)

    verb = group.add_parser("push", help="publish a run's model with its card")
    verb.add_argument("run", type=Path, metavar="RUN", help="folder of a finished run")
    verb.add_argument("repository", metavar="REPO", help="owner/name on the hub")
    verb.add_argument("--layout", choices=LAYOUTS, default=LAYOUTS[0])
    verb.add_argument("--public", action="store_true", help="make it public; default: private")
    verb.add_argument("--dry-run", action="store_true", help="list what would be published")
    verb.set_defaults(verb=push)


def convert(args: Namespace) -> int:
    converting = torch_module("plion.models.converting")
    made = converting.convert(
        args.source, args.target, args.layout, pickle=args.pickle, like=args.like
    )
    print(made)
    return 0


def card(args: Namespace) -> int:
    from plion.publishing.card import card
    from plion.system.files import atomic_write

    writable_file("--out", args.out)
    text = card(args.run)
    if args.out:
        atomic_write(args.out, text)
    else:
        print(text, end="")
    return 0


def push(args: Namespace) -> int:
    from plion.publishing.push import push

    if args.layout != LAYOUTS[0]:
        torch_module("plion.models.converting")  # reports a broken torch first
    print(push(args.run, args.repository, args.layout, public=args.public, dry_run=args.dry_run))
    return 0
