"""Reads an ablation file into its cells: each combination under every seed, an experiment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from plion.config.experiment import trained_tag
from plion.config.layers import Layer
from plion.config.overlay import Overlay
from plion.config.schema import Experiment
from plion.studies.budgets.trunks import Labelled, branched
from plion.studies.design.ablation_file import AblationFile, wrong_value
from plion.studies.design.combinations import Combination
from plion.studies.design.layout import read_layout
from plion.studies.design.study_file import read_study_file, refuse_replaced


@dataclass(frozen=True)
class Cell:
    """One combination of axis values, or one variant, with one seed.

    `labels` maps axes to labels, without axes that do not apply; a variant has its name alone, as
    label of `variant`. settings: the layers of its values. ready: whether they are all known; not
    before its arm is tuned (`per_arm`).
    """

    labels: dict[str, str]
    seed: int
    exp: Experiment
    settings: Sequence[Layer] = ()
    ready: bool = True


@dataclass(frozen=True)
class Ablation:
    """A study: its question, its cells in order, and the base model that they are compared with.

    axes: the labels of each axis. variants: names of cells beside those of the axes. notes: what a
    user should be told of the file, a sentence each. retries: of a failed cell. margin: points
    below which a difference counts as none. path: of its file. below: what is under the settings
    of every cell. per_arm: as in the file, see `plion.studies.tuning.arms`.
    """

    name: str
    question: str
    path: Path
    below: Overlay
    axes: dict[str, list[str]]
    seeds: list[int]
    base: Experiment
    cells: list[Cell]
    variants: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    retries: int = 0
    margin: float | None = None
    pilot: str = ""
    per_arm: Mapping[str, Any] = field(default_factory=dict)

    @property
    def labelled(self) -> list[Labelled]:
        """The labels and the experiment of each cell."""
        return [(cell.labels, cell.exp) for cell in self.cells]


def read_ablation(path: str | Path, overrides: Sequence[str] = ()) -> Ablation:
    """Reads an ablation file (form: `ablation_file`); the ablation is named by the file's stem.

    Overrides change the base experiment, or with the prefix `ablation.` the file itself. Raises
    InputError for an invalid file or experiment, for an override of a setting that every cell
    replaces, and for a value or an override that is in effect in no cell.
    """
    path = Path(path)
    study = read_study_file(
        path,
        overrides,
        AblationFile,
        "ablation",
        varied="axes",
        instead="variants",
        dotted="per_arm",
        check=wrong_value,
    )
    refuse_replaced(study.overrides, dict.fromkeys(study.file.per_arm, "per_arm"))
    layout, file = read_layout(path, study), study.file
    overlay = Overlay(layout.below)
    seeds = [Layer(f"seed {seed}", {"seed": seed}) for seed in file.seeds]
    drawn = [(one, seed) for one in layout.combinations for seed in seeds]
    exps = [_experiment(path.stem, overlay, one, seed) for one, seed in drawn]
    base, *exps = _force_too([_base(overlay), *exps])
    if file.budgets:
        labels = [one.labels for one, _ in drawn]
        exps = branched(str(path), list(zip(labels, exps, strict=True)))
    return Ablation(
        name=path.stem,
        question=file.question,
        path=path,
        below=overlay,
        axes=layout.axes,
        seeds=file.seeds,
        base=base,
        cells=[
            Cell(dict(one.labels), exp.seed, exp, one.settings)
            for (one, _), exp in zip(drawn, exps, strict=True)
        ],
        variants=layout.variants,
        notes=layout.notes,
        retries=file.retries,
        margin=file.margin,
        pilot=file.pilot,
        per_arm=file.per_arm,
    )


def _base(overlay: Overlay) -> Experiment:
    """The untrained base, decoded as the cells are; its tag is that of its own training."""
    base = overlay.named([], "base")
    return replace(base, tag=replace(base.tag, train=trained_tag(base.model.name)))


def _force_too(exps: Sequence[Experiment]) -> Sequence[Experiment]:
    """If any cell trains with `condition`, also decodes all that take a tag as `forced`.

    Otherwise only `condition` would be given the language. Does nothing if the ablation varies
    `tag.decode`.
    """
    conditioned = any(exp.tag.train == "condition" for exp in exps)
    if not conditioned or len({exp.tag.decode for exp in exps}) > 1:
        return exps
    return [replace(exp, evaluate=replace(exp.evaluate, forced=exp.tag.takes_one)) for exp in exps]


def _experiment(study: str, overlay: Overlay, one: Combination, seed: Layer) -> Experiment:
    return overlay.named([*one.settings, seed], f"{study}-{one.name}-s{seed.values['seed']}")
