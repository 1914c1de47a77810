"""`plion report`: what a paper has to say of a study."""

from argparse import Namespace
from pathlib import Path

from plion.cli.shared import Group


def add_reporting(group: Group) -> None:
    verb = group.add_parser("report", help="answer a publisher's checklist from a study's records")
    verb.add_argument(
        "study", type=Path, metavar="STUDY", help="folder of an ablation, a sweep or a run"
    )
    verb.add_argument(
        "--checklist",
        action="store_true",
        required=True,
        help="the items on experiments of the ACL and NeurIPS checklists",
    )
    verb.add_argument("--format", choices=["table", "md"], default="table")
    verb.set_defaults(verb=report)


def report(args: Namespace) -> int:
    from plion.report.dossier import dossier

    text, status = dossier(args.study, args.format)
    print(text)
    return status
