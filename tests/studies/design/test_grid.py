"""Ablation files: which cells they come to, and how mistakes are told."""

from pathlib import Path

import pytest
from designed import FILE, read, refusal


def test_the_cells_are_the_product_of_axes_and_seeds_in_order(tmp_path: Path) -> None:
    assert [cell.exp.name for cell in read(tmp_path).cells] == [
        "study-balanced-none-s0",
        "study-balanced-none-s1",
        "study-balanced-predict-s0",
        "study-balanced-predict-s1",
        "study-temperature-3-none-s0",
        "study-temperature-3-none-s1",
        "study-temperature-3-predict-s0",
        "study-temperature-3-predict-s1",
    ]


def test_a_cell_has_the_settings_of_its_labels_and_seed(tmp_path: Path) -> None:
    cell = read(tmp_path).cells[5]
    assert (cell.labels, cell.seed) == ({"sampler": "temperature-3", "tag.train": "none"}, 1)
    assert (cell.exp.sampler.name, cell.exp.sampler.temperature.T) == ("temperature", 3.0)
    assert (cell.exp.tag.train, cell.exp.seed) == ("none", 1)


def test_every_cell_has_the_base_experiment_under_the_ablations_hold(tmp_path: Path) -> None:
    ablation = read(tmp_path)
    assert {cell.exp.optim.lr for cell in ablation.cells} == {0.5}
    held = {(cell.exp.hold.quantity, cell.exp.hold.amount) for cell in ablation.cells}
    assert held == {("utterances", 500.0)}


def test_the_axes_keep_their_labels_in_order(tmp_path: Path) -> None:
    assert read(tmp_path).axes == {
        "sampler": ["balanced", "temperature-3"],
        "tag.train": ["none", "predict"],
    }


def test_the_base_row_is_the_base_experiment_called_base(tmp_path: Path) -> None:
    base = read(tmp_path).base
    assert (base.name, base.optim.lr, base.data.suite) == ("base", 0.5, "mini12")


def test_a_label_may_stand_for_a_plain_value(tmp_path: Path) -> None:
    text = FILE.replace("[none, predict]", "{silent: none, named: predict}")
    cells = read(tmp_path, text).cells
    assert [(c.labels["tag.train"], c.exp.tag.train) for c in cells[1:3]] == [
        ("silent", "none"),
        ("named", "predict"),
    ]


def test_numbers_can_be_the_values_of_an_axis(tmp_path: Path) -> None:
    text = FILE.replace("tag.train: [none, predict]", "optim.lr: [1e-3, 0.5]")
    assert [cell.exp.optim.lr for cell in read(tmp_path, text).cells[1:3]] == [0.001, 0.5]


def test_an_override_changes_the_base_experiment(tmp_path: Path) -> None:
    ablation = read(tmp_path, FILE, "optim.lr=0.25")
    assert {cell.exp.optim.lr for cell in ablation.cells} == {0.25} == {ablation.base.optim.lr}


def test_an_override_with_the_prefix_changes_the_ablation(tmp_path: Path) -> None:
    ablation = read(tmp_path, FILE, "ablation.hold.amount=7", "ablation.seeds=[3]")
    assert {(cell.exp.hold.amount, cell.seed) for cell in ablation.cells} == {(7.0, 3)}


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("hold.amount=7", "the ablation itself sets hold.amount"),
        ("data.suite=sg12", "the ablation itself sets data.suite"),
        ("sampler.name=balanced", "axis 'sampler' sets sampler.name"),
        ("seed=4", "the ablation itself sets seed"),
    ],
)
def test_an_override_that_the_ablation_would_replace_is_refused(
    tmp_path: Path, override: str, message: str
) -> None:
    told = refusal(tmp_path, FILE, override)
    assert told.startswith(f"override '{override}' would be replaced") and message in told


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("question:", "qestion:", "unknown key 'qestion' (did you mean 'question'?)"),
        ("sampler.name: balanced}", "sampler.nme: balanced}", "unknown key 'sampler.nme'"),
        ("sampler.name: balanced}", "sampler.name: balancd}", "(did you mean 'balanced'?)"),
        ("[none, predict]", "[none, predit]", "axis 'tag.train', predit: tag.train cannot be"),
        ("[none, predict]", "[none, none]", "axis 'tag.train' has the same value twice"),
        ("[none, predict]", "[]", "axis 'tag.train' has no values"),
        ("[none, predict]", "none", "axis 'tag.train' has no values"),
        (
            "tag.train",
            "tag.trian",
            "axis 'tag.trian' names no setting (did you mean 'tag.train'?); list plain values "
            "under the name of a setting only; under any other name write `label: {key: value}`",
        ),
        ("seeds: [0, 1]", "seeds: [1, 1]", "seeds must be different whole numbers"),
        ("amount: 500", "amount: 0", "hold.amount must be above 0"),
        ("quantity: utterances", "quantity: hours", "hold.quantity cannot be 'hours'"),
        ("suite: mini12", "", "'suite' is missing"),
        ("small.yaml", "gone.yaml", "ablations/study.yaml: base "),
        ("small.yaml", "gone.yaml", "experiments/gone.yaml: no such file"),
        ("sampler.name: balanced}", "3: balanced}", "axis 'sampler', balanced: '3' cannot be set"),
        ("[none, predict]", "[a/b, a+b]", "labels 'a/b' and 'a+b' both become 'a-b'"),
    ],
)
def test_a_mistake_in_the_file_is_told_where_it_is(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    assert message in refusal(tmp_path, FILE.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("seeds: [0, 1]", "seeds:", "study.yaml: seeds must be a list, not null"),
        ("seeds: [0, 1]", "variants:", "variants must be `key: value` pairs, not null"),
        ("balanced: {s", "null: {s", "study.yaml cannot be read as YAML: line 7: a key is null"),
        ("{sampler.name: balanced}", "", "sampler', balanced sets nothing: write `balanced: {key:"),
        (
            "[none, predict]",
            "[null, predict]",
            "axis 'tag.train', null: tag.train cannot be 'None'",
        ),
    ],
)
def test_what_is_missing_in_the_file_is_named_in_plain_words(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    assert told in refusal(tmp_path, FILE.replace(old, new))


@pytest.mark.parametrize("key", ["name", "seed", "data.suite", "hold.quantity", "hold.amount"])
def test_an_axis_may_not_set_what_is_the_ablations_own(tmp_path: Path, key: str) -> None:
    told = refusal(tmp_path, FILE.replace("sampler.name: balanced}", f"{key}: 1}}"))
    assert f"axis 'sampler', balanced: {key} is set by the ablation itself" in told


@pytest.mark.parametrize("axis", ["run", "metric", "tag_decode", "price.per_hour"])
def test_an_axis_may_not_have_the_name_of_another_column(tmp_path: Path, axis: str) -> None:
    told = refusal(tmp_path, FILE.replace("sampler:\n", f"{axis}:\n"))
    name = axis.replace(".", "_")
    assert f"axis '{axis}' would be column '{name}' of results.csv" in told
    assert "the name of a fixed column" in told


def test_two_axes_may_not_be_one_column(tmp_path: Path) -> None:
    told = refusal(tmp_path, FILE.replace("sampler:\n", "tag_train:\n"))
    assert "axis 'tag.train' would be column 'tag_train' of results.csv" in told
    assert "the name of axis" in told


def test_decoding_can_be_an_axis(tmp_path: Path) -> None:
    text = FILE.replace("tag.train: [none, predict]", "tag.decode: [free, forced]")
    assert [cell.exp.tag.decode for cell in read(tmp_path, text).cells[1:3]] == ["free", "forced"]


def test_the_held_amount_can_be_an_axis_of_its_own_name(tmp_path: Path) -> None:
    text = FILE.replace("tag.train: [none, predict]", "hold.amount: {half: 250, whole: 500}")
    ablation = read(tmp_path, text.replace(", amount: 500", ""))
    assert [cell.exp.hold.amount for cell in ablation.cells[1:3]] == [250.0, 500.0]
    assert {cell.exp.hold.quantity for cell in ablation.cells} == {"utterances"}
    assert ablation.axes["hold.amount"] == ["half", "whole"]


def test_the_held_amount_is_varied_in_no_other_axis(tmp_path: Path) -> None:
    told = refusal(tmp_path, FILE.replace("sampler.name: balanced}", "hold.amount: 1}"))
    assert told.endswith("set by the ablation itself; vary it by an axis named hold.amount")


def test_a_failed_cell_is_run_again_as_often_as_the_file_says(tmp_path: Path) -> None:
    assert read(tmp_path).retries == 0
    assert read(tmp_path, f"{FILE}retries: 2").retries == 2
    assert "retries must be 0 or more, not -1" in refusal(tmp_path, f"{FILE}retries: -1")


def test_a_margin_is_above_zero_and_none_if_not_given(tmp_path: Path) -> None:
    assert read(tmp_path).margin is None
    assert read(tmp_path, f"{FILE}margin: 0.5").margin == 0.5
    assert "margin must be above 0, not 0" in refusal(tmp_path, f"{FILE}margin: 0")
    assert "margin" in refusal(tmp_path, f"{FILE}margin: wide")


def test_hub_ids_paths_and_lists_are_told_apart_in_the_names_of_runs(tmp_path: Path) -> None:
    text = FILE.replace("tag.train: [none, predict]", "model.name: [Qwen/Qwen3-ASR-0.6B-hf, ../m]")
    text = text.replace("  sampler:\n", "  data.exclude: [[], [nsc, slr65]]\n  sampler:\n")
    names = [cell.exp.name for cell in read(tmp_path, text, "ablation.seeds=[0]").cells]
    assert (names[0], names[-1]) == (
        "study-empty-balanced-Qwen-Qwen3-ASR-0.6B-hf-s0",
        "study-nsc-slr65-temperature-3-..-m-s0",
    )


def test_a_label_stays_as_it_is_whatever_a_runs_name_makes_of_it(tmp_path: Path) -> None:
    text = FILE.replace("tag.train: [none, predict]", "model.name: [a/b, c/d]")
    ablation = read(tmp_path, text)
    assert ablation.axes["model.name"] == ["a/b", "c/d"]
    assert ablation.cells[0].labels["model.name"] == ablation.cells[0].exp.model.name == "a/b"


def test_an_axis_written_with_dots_can_be_overridden(tmp_path: Path) -> None:
    ablation = read(tmp_path, FILE, "ablation.axes.tag.train=[absent]")
    assert ablation.axes["tag.train"] == ["absent"]
    assert {cell.exp.tag.train for cell in ablation.cells} == {"absent"}


def test_an_override_takes_the_place_of_all_of_an_axis(tmp_path: Path) -> None:
    one = "ablation.axes.sampler={whole: {sampler.name: proportional}}"
    assert read(tmp_path, FILE, one).axes["sampler"] == ["whole"]


def test_an_override_can_add_an_axis(tmp_path: Path) -> None:
    assert read(tmp_path, FILE, "ablation.axes.optim.lr=[0.1, 0.2]").axes["optim.lr"] == [
        "0.1",
        "0.2",
    ]


def test_decoding_that_an_axis_varies_is_left_as_it_says(tmp_path: Path) -> None:
    axes = "tag.train: [condition, predict]\n  tag.decode: [free, forced]"
    ablation = read(tmp_path, FILE.replace("tag.train: [none, predict]", axes))
    assert not any(cell.exp.evaluate.forced for cell in ablation.cells)


def test_the_base_is_decoded_as_it_was_trained_and_not_as_the_cells_are(tmp_path: Path) -> None:
    (tmp_path / "experiments" / "small.yaml").write_text("tag: {train: condition}\n")
    ablation = read(tmp_path, FILE.replace("  tag.train: [none, predict]\n", ""))
    assert ablation.base.tag.decoding == "free" and ablation.base.evaluate.forced
    assert {cell.exp.tag.decoding for cell in ablation.cells} == {"forced"}
