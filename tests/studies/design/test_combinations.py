"""Combinations left out of the product of axes and put in beside it, and variants."""

from pathlib import Path

import pytest
from designed import FILE, combinations, read, refusal

PRODUCT = [
    ("balanced", "none"),
    ("balanced", "predict"),
    ("temperature-3", "none"),
    ("temperature-3", "predict"),
]
MORE = "include:\n- "
VARIANTS = """
variants:
  paper: {sampler.name: balanced, optim.lr: 0.1}
  plain: {}
"""


def test_what_matches_an_entry_is_left_out(tmp_path: Path) -> None:
    out = "exclude: [{sampler: balanced, tag.train: none}, {sampler: temperature-3}]"
    assert combinations(read(tmp_path, FILE + out)) == [("balanced", "predict")]


def test_an_entry_may_name_several_labels_of_an_axis(tmp_path: Path) -> None:
    out = "exclude: [{sampler: [balanced, temperature-3], tag.train: none}]"
    assert combinations(read(tmp_path, FILE + out)) == [PRODUCT[1], PRODUCT[3]]


def test_a_label_without_a_cell_is_none_of_its_axis(tmp_path: Path) -> None:
    ablation = read(tmp_path, FILE + "exclude: [{sampler: temperature-3}]")
    assert ablation.axes["sampler"] == ["balanced"]


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ("[{samler: balanced}]", "entry 1: there is no axis 'samler' (did you mean 'sampler'?)"),
        ("[{sampler: balance}]", "axis 'sampler' has no 'balance' (did you mean 'balanced'?)"),
        ("[{tag.train: []}]", "exclude, entry 1 matches no combination of the axes"),
        ("[{tag.train: [none, predict]}]", "exclude leaves no combination of the axes"),
        ("[balanced]", "exclude, entry 1: expected {axis: label}, not 'balanced'"),
        ("[{}]", "exclude, entry 1: expected {axis: label}, not {}"),
        ("{sampler: balanced}", "exclude must be a list"),
    ],
)
def test_a_wrong_exclude_is_refused(tmp_path: Path, entries: str, message: str) -> None:
    assert message in refusal(tmp_path, f"{FILE}exclude: {entries}")


def test_an_entry_that_the_condition_of_an_axis_rules_out_matches_nothing(tmp_path: Path) -> None:
    axis = "  optim.lr: {when: {sampler: balanced}, values: [0.1, 0.2]}\nseeds:"
    text = FILE.replace("seeds:", axis) + "exclude: [{sampler: temperature-3, optim.lr: 0.1}]"
    assert "exclude, entry 1 matches no combination" in refusal(tmp_path, text)


def test_what_is_put_in_comes_after_the_product(tmp_path: Path) -> None:
    ablation = read(tmp_path, f"{FILE}{MORE}{{sampler: balanced, tag.train: absent}}")
    assert combinations(ablation) == [*PRODUCT, ("balanced", "absent")]
    assert ablation.axes["tag.train"] == ["none", "predict", "absent"]
    last = ablation.cells[-1]
    assert (last.exp.name, last.exp.tag.train) == ("study-balanced-absent-s1", "absent")


def test_a_new_value_may_have_a_label_and_be_used_again(tmp_path: Path) -> None:
    text = (
        f"{FILE}{MORE}{{sampler: {{T5: {{sampler.name: temperature, sampler.temperature.T: 5}}}}, "
        "tag.train: none}\n- {sampler: T5, tag.train: {named: predict}}\n"
    )
    ablation = read(tmp_path, text)
    assert combinations(ablation)[4:] == [("T5", "none"), ("T5", "named")]
    assert {cell.exp.sampler.temperature.T for cell in ablation.cells[-4:]} == {5.0}
    assert ablation.axes["sampler"] == ["balanced", "temperature-3", "T5"]


def test_what_was_left_out_can_be_put_in_again(tmp_path: Path) -> None:
    text = f"{FILE}exclude: [{{sampler: balanced}}]\n{MORE}{{sampler: balanced, tag.train: none}}"
    assert combinations(read(tmp_path, text)) == [*PRODUCT[2:], PRODUCT[0]]


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("{sampler: balanced}", "entry 1 has no value of axis 'tag.train'"),
        ("{sampler: balanced, tag: none, tag.train: none}", "there is no axis 'tag'"),
        ("{sampler: balance, tag.train: none}", "axis 'sampler' has no 'balance' (did you mean"),
        ("{sampler: balanced, tag.train: non}", "axis 'tag.train', non: tag.train cannot be 'non'"),
        ("{sampler: balanced, tag.train: none}", "sampler balanced, tag.train none is there"),
        (
            "{sampler: {balanced: {}}, tag.train: none}",
            "axis 'sampler' has a value 'balanced' already",
        ),
        ("{sampler: {a: {}, b: {}}, tag.train: none}", "expected a value or one {label:"),
        ("{sampler: {new: {seed: 3}}, tag.train: none}", "new: seed is set by the ablation"),
        ("{sampler: {new: plain}, tag.train: none}", "axis 'sampler' is a group of settings"),
        ("balanced", "include, entry 1: expected {axis: value}, not 'balanced'"),
    ],
)
def test_a_wrong_include_is_refused(tmp_path: Path, entry: str, message: str) -> None:
    assert message in refusal(tmp_path, f"{FILE}{MORE}{entry}")


def test_variants_are_cells_beside_the_product_with_every_seed(tmp_path: Path) -> None:
    ablation = read(tmp_path, FILE + VARIANTS)
    cells = ablation.cells[-4:]
    assert [cell.exp.name for cell in cells] == [
        "study-paper-s0",
        "study-paper-s1",
        "study-plain-s0",
        "study-plain-s1",
    ]
    assert [cell.labels for cell in cells[1:3]] == [{"variant": "paper"}, {"variant": "plain"}]
    assert [(cell.exp.sampler.name, cell.exp.optim.lr) for cell in cells[1:3]] == [
        ("balanced", 0.1),
        ("proportional", 0.5),
    ]
    assert ablation.variants == ["paper", "plain"] and list(ablation.axes) == [
        "sampler",
        "tag.train",
    ]


def test_a_study_may_have_variants_alone(tmp_path: Path) -> None:
    ablation = read(tmp_path, FILE[: FILE.index("axes:")] + VARIANTS + FILE[FILE.index("seeds") :])
    assert combinations(ablation) == [("paper",), ("plain",)]
    assert ablation.axes == {"variant": ["paper", "plain"]} and not ablation.variants


@pytest.mark.parametrize(
    ("variants", "message"),
    [
        ("{paper: balanced}", "variant 'paper' must be {key: value}, not 'balanced'"),
        ("{paper: {seed: 1}}", "variant, paper: seed is set by the ablation itself"),
        ("{paper: {sampler.nme: balanced}}", "variant, paper: unknown key 'sampler.nme'"),
        ("{a/b: {}, a+b: {}}", "variants: labels 'a/b' and 'a+b' both become 'a-b'"),
        ("{balanced-none: {}}", "sampler balanced, tag.train none and variant balanced-none would"),
    ],
)
def test_a_wrong_variant_is_refused(tmp_path: Path, variants: str, message: str) -> None:
    assert message in refusal(tmp_path, f"{FILE}variants: {variants}")


def test_an_axis_may_not_be_called_variant_beside_variants(tmp_path: Path) -> None:
    told = refusal(tmp_path, FILE.replace("sampler:\n", "variant:\n") + VARIANTS)
    assert "an axis cannot be named 'variant' beside `variants`" in told


def test_a_study_varies_something(tmp_path: Path) -> None:
    text = FILE[: FILE.index("axes:")] + "axes: {}\n" + FILE[FILE.index("seeds") :]
    assert "`axes` is empty, and there are no `variants`" in refusal(tmp_path, text)


def test_two_combinations_may_not_have_one_name(tmp_path: Path) -> None:
    text = FILE.replace("[none, predict]", "{none: none, 3-none: predict}")
    text = text.replace("    balanced:", "    temperature: {}\n    balanced:")
    told = refusal(tmp_path, text)
    assert "would both be named 'temperature-3-none'; rename a label" in told


def test_two_axes_may_not_set_one_setting(tmp_path: Path) -> None:
    text = FILE.replace("seeds", "  other: {a: {sampler.name: unimax}, b: {}}\nseeds")
    told = refusal(tmp_path, text)
    assert "axes 'sampler' and 'other' both set sampler.name, as in sampler balanced" in told
    apart = f"{text}exclude: [{{other: a}}]\n"
    assert len(combinations(read(tmp_path, apart))) == 4  # in no cell both


def test_a_sweep_file_is_no_ablation(tmp_path: Path) -> None:
    text = FILE.replace("axes:", "space:")
    assert "it is a file for `plion sweep`" in refusal(tmp_path, text)


def test_seeds_are_whole_numbers(tmp_path: Path) -> None:
    told = refusal(tmp_path, FILE.replace("[0, 1]", "[0, first]"))
    assert "each of seeds must be a whole number, not as in [0, 'first']" in told
