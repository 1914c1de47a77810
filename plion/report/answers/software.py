"""Code, libraries, and how transcripts were normalised and scored."""

from collections.abc import Iterator

from plion.errors import listed
from plion.report.answers.answer import Answer
from plion.report.records.facts import Facts, distinct
from plion.results.reading.study import Run
from plion.results.tables.notes import profile_notes
from plion.runs.folder import RunFolder
from plion.typesetting.table import Table


def answer_software(facts: Facts) -> Answer:
    """Versions, plion's commit, the profile, and settings of decoding that were not varied."""
    versions: dict[str, list[str]] = {}
    for run in facts.trained:
        for name, number in (run.record.versions or {}).items():
            if number not in versions.setdefault(name, []):
                versions[name].append(number)
    rows = [[name, ", ".join(numbers)] for name, numbers in versions.items()]
    tables = [Table("Packages", ["package", "version"], rows, words=2)] if rows else []
    missing = [
        *facts.lacking("versions of packages", facts.trained, "versions"),
        *facts.lacking("plion's source", facts.trained, "source"),
        *_changed(facts),
    ]
    return Answer([*_code(facts), *profile_notes(facts.study)], tables, missing)


def _code(facts: Facts) -> Iterator[str]:
    commits = distinct(run.record.commit for run in facts.trained)
    sources = distinct(run.record.source for run in facts.trained)
    if commits:
        yield f"plion's commit: {', '.join(commits)} (source hash {', '.join(sources)})."
    else:
        yield f"plion was installed without its repository (source hash {', '.join(sources)})."
    if kept := [run.name for run in facts.trained if run.record.dirty and _patched(run)]:
        yield f"Its changes to that commit are in patch.diff of {listed(kept)}."
    if len(sources) > 1:
        yield "Runs of the study were made with different code."


def _changed(facts: Facts) -> Iterator[str]:
    """Runs of code that no commit has and that was not kept either."""
    lost = [run.name for run in facts.trained if run.record.dirty and not _patched(run)]
    if lost:
        yield f"the code of {listed(lost)}: no commit has it, and the run's folder no patch.diff"


def _patched(run: Run) -> bool:
    return run.folder is not None and RunFolder(run.folder).patch.is_file()
