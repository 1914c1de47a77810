"""The sections "Training data" and "Licence" of a model card."""

from plion.publishing.finished import Finished
from plion.publishing.origins import TrainedCorpus
from plion.text.languages import Languages
from plion.typesetting.formats import tabulated

_UNKNOWN = "see the publisher"
_HEADER = ["corpus", "language", "licence", "utterances", "hours"]
_SEEN = ["utterances seen", "hours seen", "share, %"]


def data_section(run: Finished) -> str:
    """The training corpora with their sizes, licences and consumed amounts, also by language."""
    total = sum(one.consumed["hours"] for one in run.corpora if one.consumed)
    header = [*_HEADER, *(_SEEN if total else [])]
    rows = [[*_row(run, one), *(_seen(one, total) if total else [])] for one in run.corpora]
    parts = ["## Training data", tabulated(header, rows, words=3, style="github")]
    if total:
        parts.append(
            "Utterances and hours describe the training set; seen is the amount trained on, "
            "including repeats; the share is of all hours seen."
        )
    else:
        parts.append("The amount of each corpus that the run was trained on was not recorded.")
    if spoken := run.record.consumed:
        parts += ["By language:", _languages(spoken, run.known)]
    return "\n\n".join(parts)


def licence_section(run: Finished, licence: str | None) -> str:
    """The licences of the base model and the corpora, as far as known."""
    base = run.base.shown
    of_base = (
        f"The base model, {base}, is under {licence.upper() if licence == 'mit' else licence}."
        if licence
        else (f"The licence of the base model, {base}, is not known here: see its publisher.")
    )
    if run.synthetic:
        return f"## Licence\n\n{of_base} The training audio is synthetic."
    terms = [
        "This card does not decide whether the corpora's licences apply to the weights. The table "
        "above lists each licence as its publisher states it, or says that it is unknown. Some "
        "require attribution (CC BY), some the same terms (CC BY-SA)."
    ]
    links = [
        f"- {one.published.title}: {one.published.publisher}"
        for one in run.corpora
        if one.published and one.published.publisher
    ]
    return "\n\n".join(["## Licence", of_base, *terms, "\n".join(links)])


def _row(run: Finished, one: TrainedCorpus) -> list[str]:
    known, synthetic = one.published, run.synthetic
    return [
        f"`{one.key}`" + (f" {known.title}" if known and not synthetic else ""),
        run.known[one.language].name,
        "synthetic" if synthetic else (known and known.licence) or _UNKNOWN,
        f"{one.utterances:,}",
        f"{one.hours:,.2f}",
    ]


def _seen(one: TrainedCorpus, total: float) -> list[str]:
    seen = one.consumed
    if seen is None:
        return [""] * len(_SEEN)
    share = 100 * seen["hours"] / total
    return [f"{seen['utterances']:,.0f}", f"{seen['hours']:,.2f}", f"{share:.1f}"]


def _languages(spoken: dict[str, dict[str, float]], known: Languages) -> str:
    total = sum(own["hours"] for own in spoken.values())
    rows = [
        [
            known[key].name,
            f"{own['utterances']:,.0f}",
            f"{own['hours']:,.2f}",
            f"{100 * own['hours'] / total:.1f}" if total else "",
            f"{own['supervised_tokens']:,.0f}",
        ]
        for key, own in spoken.items()
    ]
    header = ["language", "utterances seen", "hours seen", "share of hours, %", "supervised tokens"]
    return tabulated(header, rows, style="github")
