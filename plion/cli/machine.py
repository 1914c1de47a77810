"""`plion doctor`: checks of the installation and the machine."""

from argparse import Namespace

from plion.cli.shared import Group


def add_machine(group: Group) -> None:
    verb = group.add_parser("doctor", help="what is installed, what would fail and why")
    verb.set_defaults(verb=doctor)


def doctor(args: Namespace) -> int:
    from plion.doctor.examine import examine

    text, status = examine()
    print(text)
    return status
