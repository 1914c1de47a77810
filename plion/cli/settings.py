"""`plion settings`: prints every setting with its default, bounds, unit and meaning."""

from argparse import Namespace

from plion.cli.shared import Group


def add_settings(group: Group) -> None:
    verb = group.add_parser(
        "settings", help="every setting of an experiment: default, bounds, unit, meaning"
    )
    verb.add_argument("key", metavar="KEY", nargs="?", default="", help="a setting, or a group")
    verb.add_argument("--markdown", action="store_true", help="as experiments/settings.md has it")
    verb.set_defaults(verb=settings)


def settings(args: Namespace) -> int:
    from plion.config.reference import settings_markdown, settings_text

    print((settings_markdown if args.markdown else settings_text)(args.key))
    return 0
