"""`plion card`: writes the model card (README.md) of a finished run."""

from collections.abc import Sequence
from math import prod
from pathlib import Path

from safetensors import SafetensorError, safe_open

from plion.errors import InputError
from plion.publishing.finished import Finished, finished
from plion.publishing.limits import limits_section
from plion.publishing.metadata import front_matter, licence
from plion.publishing.rates import rates_section
from plion.publishing.recipe import cost_section, recipe_section
from plion.publishing.sources import data_section, licence_section
from plion.publishing.usage import usage_section

_WARNING = (
    "> **Synthetic.** This model was trained and tested only on espeak-ng's voices, which say a "
    "few dozen words per language. The corpora have the names and layouts of real ones but are "
    "synthetic: these figures say nothing about recognising people."
)


def card(
    path: Path,
    layout: str = "hf",
    repository: str | None = None,
    weights: Path | None = None,
) -> str:
    """The README.md of a finished run's model: YAML for the hub, then Markdown.

    `layout`: that of the published weights. `repository`: `owner/name` on the hub; None names the
    card after the run. `weights`: the folder to publish if it is not the run's export. Raises
    InputError as `finished` does.
    """
    run = finished(path)
    sections = [
        front_matter(run, layout),
        f"# {(repository or run.name).rpartition('/')[2]}",
        _introduction(run, layout, weights or run.folder.export),
        _WARNING if run.synthetic else "",
        rates_section(run),
        usage_section(run, layout, repository or run.name),
        data_section(run),
        recipe_section(run, layout),
        cost_section(run),
        limits_section(run),
        licence_section(run, licence(run)),
    ]
    return "\n\n".join(section.strip() for section in sections if section) + "\n"


def parameters(folder: Path) -> int:
    """Number of parameters in a folder, from the headers of its safetensors files."""
    total = 0
    for file in sorted(folder.glob("*.safetensors")):
        try:
            with safe_open(file, framework="numpy") as tensors:
                names = tensors.keys()  # not a dict: cannot be iterated over
                total += sum(prod(tensors.get_slice(name).get_shape()) for name in names)
        except SafetensorError as error:
            raise InputError(f"{file} is not an intact safetensors file: {error}") from error
    return total


def _introduction(run: Finished, layout: str, weights: Path) -> str:
    size = f"{parameters(weights) / 1e6:,.1f} M parameters"
    what = (
        f"LoRA's updates of {size} for {run.base.shown}, trained"
        if run.alone(layout)
        else f"{run.family.title} with {size}, fine-tuned from {run.base.shown}"
    )
    spoken = _listed([run.known[key].name for key in run.languages])
    hours = run.training.audio_hours_trained
    amount = f"{hours:,.0f}" if hours >= 1000 else f"{hours:.3g}"
    return f"{what} on {amount} h of audio in {spoken}, with plion."


def _listed(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]
