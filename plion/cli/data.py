"""`plion data`: prepare, synthesise, check and audit corpora."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from plion.cli.shared import known_rows, languages, writable_file
from plion.errors import InputError


def add_data(parser: ArgumentParser) -> None:
    group = parser.add_subparsers(metavar="WHAT", required=True)
    verb = group.add_parser("prepare", help="manifests of a corpus as its publisher ships it")
    verb.add_argument("key", metavar="KEY", help="librispeech, nsc, ... fleurs_ms")
    verb.add_argument("source", type=Path, metavar="SOURCE", help="the corpus's folder or archive")
    verb.add_argument("--out", type=Path, required=True, metavar="DIR", help="writes DIR/KEY")
    verb.add_argument(
        "--split",
        default="ratio",
        metavar="ratio|speaker|paper|A:B:C",
        help="how to draw splits that the publisher does not define; see README",
    )
    verb.add_argument("--max-seconds", type=float, metavar="S", help="leave out longer utterances")
    verb.add_argument(
        "--skip-broken",
        type=int,
        metavar="N",
        help="leave out up to N broken rows, and up to N with missing or damaged audio; "
        "default: 10 broken rows, and one in a hundred of either",
    )
    verb.add_argument(
        "--text-column", metavar="NAME", help="column of the transcripts in a dataset of the hub"
    )
    verb.set_defaults(verb=data_prepare)

    verb = group.add_parser("mini", help="synthesise mini12, twelve small corpora")
    verb.add_argument("--out", type=Path, required=True, metavar="DIR")
    verb.add_argument("--base", action="store_true", help="the corpora of the packaged base model")
    verb.add_argument("--seed", type=int, default=0)
    verb.set_defaults(verb=data_mini)

    verb = group.add_parser("check", help="decode everything and list problems")
    verb.add_argument("manifests", type=Path, nargs="+", metavar="MANIFEST")
    languages(verb)
    verb.set_defaults(verb=data_check)

    verb = group.add_parser("audit", help="overlaps and oddities between and within splits")
    verb.add_argument("manifests", type=Path, nargs="+", metavar="MANIFEST")
    languages(verb)
    verb.add_argument("--json", type=Path, metavar="FILE", help="write all findings as JSON")
    verb.set_defaults(verb=data_audit)


def data_mini(args: Namespace) -> int:
    try:
        from plion.data.mini.build import make_mini
    except ModuleNotFoundError as missing:
        raise InputError(
            f"synthesis needs {missing.name}, of the extra `demo`: pip install 'plion[demo]'"
        ) from missing

    print(make_mini(args.out, args.seed, base=args.base))
    return 0


def data_prepare(args: Namespace) -> int:
    from plion.data.preparing.prepare import prepare
    from plion.data.preparing.prepared import render_prepared

    report = prepare(
        args.key,
        args.source,
        args.out,
        args.split,
        max_seconds=args.max_seconds,
        skip_broken=args.skip_broken,
        text_column=args.text_column,
    )
    print(render_prepared(report))
    return 0


def data_check(args: Namespace) -> int:
    from plion.data.checking.check import check_audio, render_check

    found = check_audio(args.manifests, known_rows(args.languages))
    print(render_check(found))
    return 1 if found.problems else 0


def data_audit(args: Namespace) -> int:
    from plion.data.audit.audit import as_json, audit
    from plion.data.audit.table import render_audit
    from plion.system.files import atomic_write

    writable_file("--json", args.json)
    found = audit(args.manifests, known_rows(args.languages))
    print(render_audit(found))
    if args.json:
        atomic_write(args.json, as_json(found))
    return 0
