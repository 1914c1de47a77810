"""Axes that apply in some combinations only: by `when`, or as others leave them without effect."""

from pathlib import Path

import pytest
from designed import FILE, combinations, read, refusal

AXES = """
axes:
  sampler.name: [proportional, temperature]
  sampler.temperature.T: {when: {sampler.name: temperature}, values: [2, 5]}
"""
STUDY = FILE[: FILE.index("axes:")] + AXES + FILE[FILE.index("seeds") :]
CELLS = [("proportional",), ("temperature", "2"), ("temperature", "5")]
WHEN = "when: {sampler.name: temperature}"
WITHOUT = AXES.replace("{when: {sampler.name: temperature}, values: [2, 5]}", "[2, 5]")
UNSAID = STUDY.replace(AXES, WITHOUT)


def test_an_axis_has_one_cell_where_its_condition_does_not_hold(tmp_path: Path) -> None:
    ablation = read(tmp_path, STUDY)
    assert combinations(ablation) == CELLS and not ablation.notes
    assert ablation.cells[0].labels == {"sampler.name": "proportional"}
    assert [cell.exp.name for cell in ablation.cells[1:3]] == [
        "study-proportional-s1",
        "study-temperature-2-s0",
    ]
    assert [cell.exp.sampler.temperature.T for cell in ablation.cells[2:]] == [2, 2, 5, 5]


@pytest.mark.parametrize(
    ("axis", "cells"),
    [
        ("{sampler.name: temperature}", 2),
        ("{sampler: hot}", 2),  # a label of an axis, or the setting that it comes to
        ("{sampler: [hot, cold]}", 4),
        ("{sampler: hot, tag.train: none}", 0),  # the base has `predict`
        ("{optim.lr: 0.5}", 4),
        ("{optim.lr: [1, 0.5], batch.per_step: 1}", 4),
        ("{optim.ema: null}", 4),
    ],
)
def test_a_condition_is_on_labels_above_and_on_settings(
    tmp_path: Path, axis: str, cells: int
) -> None:
    sampler = "sampler: {cold: {}, hot: {sampler.name: temperature}}"
    text = STUDY.replace("sampler.name: [proportional, temperature]", sampler)
    text = text.replace("sampler.temperature.T:", "optim.warmup:").replace("[2, 5]", "[0.1, 0.2]")
    text = text.replace(WHEN, f"when: {axis}")
    if not cells:
        assert "axis 'optim.warmup' applies nowhere, as there is no comb" in refusal(tmp_path, text)
    else:
        found = combinations(read(tmp_path, text))
        assert sum(len(labels) == 2 for labels in found) == cells


def test_an_axis_below_one_that_does_not_apply_does_not_either(tmp_path: Path) -> None:
    more = "  optim.lr: {when: {sampler.temperature.T: 5}, values: [0.1, 0.2]}\nseeds"
    assert combinations(read(tmp_path, STUDY.replace("seeds", more))) == [
        *CELLS[:2],
        ("temperature", "5", "0.1"),
        ("temperature", "5", "0.2"),
    ]


@pytest.mark.parametrize(
    ("when", "message"),
    [
        ("when: {sampler.nam: temperature}", "'sampler.nam' is neither an axis above this one"),
        ("when: {sampler.nam: temperature}", "(did you mean 'sampler.name'?)"),
        ("when: {samplr.name: temperature}", "(did you mean 'sampler.name'?)"),
        ("when: {sampler.name: temperatur}", "has no 'temperatur' (did you mean 'temperature'?)"),
        ("when: {tag.train: non}", "`when`: tag.train cannot be 'non'"),
        ("when: {sampler.name: []}", "`when` needs a value of sampler.name"),
        ("when: temperature", "`when` must be {axis or setting: value}, not 'temperature'"),
        ("when: {}", "`when` must be {axis or setting: value}"),
        ("when: {sampler.temperature.T: 2}", "write 'sampler.temperature.T' above it"),
        ("when: {optim.lr: 7}", "applies nowhere, as there is no combination in which optim.lr"),
        ("when: {seed: 0}, other: 1", "beside `when` there must be `values`, and nothing else"),
    ],
)
def test_a_wrong_condition_is_refused(tmp_path: Path, when: str, message: str) -> None:
    told = refusal(tmp_path, STUDY.replace(WHEN, when))
    assert "axis 'sampler.temperature.T'" in told and message in told


def test_values_without_a_condition_are_a_list(tmp_path: Path) -> None:
    told = refusal(tmp_path, STUDY.replace(WHEN, "").replace("{, values", "{values"))
    assert "`values` needs `when` beside it; else list the values alone" in told


def test_a_condition_on_a_setting_of_an_axis_below_is_refused(tmp_path: Path) -> None:
    text = STUDY.replace(WHEN, "when: {tag.train: none}")
    text = text.replace("seeds", "  tag: {a: {tag.train: none}, b: {}}\nseeds")
    assert "axis 'tag' sets tag.train; write that one above it" in refusal(tmp_path, text)


def test_what_is_put_in_has_a_value_where_the_axis_applies_only(tmp_path: Path) -> None:
    more = "include:\n- {sampler.name: temperature, sampler.temperature.T: 9}\n"
    assert combinations(read(tmp_path, STUDY + more))[3:] == [("temperature", "9")]
    told = refusal(tmp_path, STUDY + more.replace("temperature,", "balanced,"))
    assert "'sampler.temperature.T' does not apply here: it does where sampler.name is te" in told


def test_an_axis_without_effect_is_folded_and_this_is_said(tmp_path: Path) -> None:
    said, unsaid = read(tmp_path, STUDY), read(tmp_path, UNSAID)
    assert unsaid.cells == said.cells and unsaid.axes == said.axes
    assert unsaid.notes == [
        "axis 'sampler.temperature.T' counts only where sampler.name is temperature: one cell "
        "instead of 2 in the others (sampler.name proportional)"
    ]


def test_lora_without_parts_is_folded(tmp_path: Path) -> None:
    axes = "axes:\n  model.lora.parts: [[], [projector]]\n  model.lora.rank: [4, 8]\n"
    ablation = read(tmp_path, FILE[: FILE.index("axes:")] + axes + FILE[FILE.index("seeds") :])
    assert combinations(ablation) == [("[]",), ("['projector']", "4"), ("['projector']", "8")]
    assert "counts only where model.lora.parts is set" in ablation.notes[0]


@pytest.mark.parametrize(
    ("axes", "where"),
    [
        ("sampler: {flat: {sampler.name: balanced, sampler.temperature.T: 3}}",
         "axis 'sampler', flat"),
        ("{sampler.name: [balanced, proportional], sampler.temperature.T: [3, 5]}",
         "axis 'sampler.temperature.T', 3"),
        ("{sampler.name: [balanced, temperature]}\nvariants: {v: {sampler.temperature.T: 3}}",
         "variant, v"),
    ],
)  # fmt: skip
def test_a_value_that_is_nowhere_in_effect_is_refused(
    tmp_path: Path, axes: str, where: str
) -> None:
    told = refusal(tmp_path, STUDY.replace(AXES, f"axes:\n  {axes}\n"))
    assert told.endswith(
        f"study.yaml: {where}: sampler.temperature.T counts only where sampler.name is "
        "temperature, as in no cell with this value; leave it out, or set that too"
    )


def test_an_override_without_effect_is_refused_and_one_with_some_is_said(tmp_path: Path) -> None:
    override = "sampler.balanced.pass_size=literal"
    assert refusal(tmp_path, STUDY, override) == (
        f"override '{override}' has no effect: sampler.balanced.pass_size counts only where "
        "sampler.name is balanced, as in no cell of this study; leave it out"
    )
    [note] = read(tmp_path, FILE, override).notes
    assert note.endswith("counts only where sampler.name is balanced: in 2 of 4 combinations")
    assert not read(tmp_path, FILE, "optim.lr=0.1").notes
