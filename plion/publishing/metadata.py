"""The YAML front matter of a model card, which the hub reads."""

import yaml

from plion.publishing.finished import Finished
from plion.text.metrics import METRICS

_HUB_METRICS = ("wer", "cer")  # metrics that the hub knows


def front_matter(run: Finished, layout: str) -> str:
    """The card's metadata between lines of `---`.

    Has no `model-index`: the hub's tables compare figures of a data set whatever their
    normalisation, while these hold only under the profile that the card names.
    """
    base = run.base.hub_id
    tags = [run.family.card.tag, "speech", "plion", *(["synthetic-data"] if run.synthetic else [])]
    kinds = dict.fromkeys(row.metric for row in run.benchmarks if row.key in run.run.scores)
    metrics = [kind for kind in METRICS if kind in kinds and kind in _HUB_METRICS]
    fields: dict[str, object] = {
        "language": run.languages,
        **_licence(run),
        "library_name": "peft" if run.alone(layout) else run.family.card.library(layout),
        "pipeline_tag": "automatic-speech-recognition",
        "base_model": base,
        "base_model_relation": base and ("adapter" if run.alone(layout) else "finetune"),
        "datasets": _datasets(run),
        "metrics": metrics,
        "tags": tags,
    }
    known = {name: value for name, value in fields.items() if value}
    return f"---\n{yaml.safe_dump(known, sort_keys=False, allow_unicode=True)}---\n"


def licence(run: Finished) -> str | None:
    """The licence of the base model as the hub names it; None if unknown."""
    if run.base.name == "mini":
        return "mit"
    return run.family.card.licence(run.base.hub_id or "")


def _licence(run: Finished) -> dict[str, str]:
    """The weights have no licence of their own: states the base model's.

    The card lists the licences of the corpora.
    """
    known = licence(run)
    if known:
        return {"license": known}
    return {"license": "other", "license_name": "see-this-card", "license_link": "README.md"}


def _datasets(run: Finished) -> list[str]:
    """Hub ids of the training corpora; empty for synthetic ones."""
    if run.synthetic:
        return []
    ids = [one.published.hub for one in run.corpora if one.published]
    return list(dict.fromkeys(filter(None, ids)))
