"""The chart of models between two: what it draws, and against what."""

from pathlib import Path

from plion.results.plots.all import plot_studies
from plion.results.plots.weights import has_weights, weights_chart
from plion.results.reading.collect import read_studies

WEIGHTS = ("0", "0.5", "1")
# Wrong tokens of five, by language and weight: Tamil and Malay are weak at 0.
WRONG = {"en": (0, 0, 1), "zh": (0, 1, 1), "ta": (5, 3, 1), "ms": (3, 2, 2)}


def written(runs) -> Path:
    languages = {"librispeech": "en", "aishell1": "zh", "slr65": "ta", "mesolitica": "ms"}
    runs.keys = list(languages)
    for place, weight in enumerate(WEIGHTS):
        runs.write(f"w{weight}", lambda key, _, p=place: WRONG[languages[key]][p])
    cells = {f"w{weight}": {"weight": weight} for weight in WEIGHTS}
    return Path(runs.ablation({"weight": list(WEIGHTS)}, cells, base=None))


def test_weak_languages_stand_against_the_others_in_order_of_the_weights(runs) -> None:
    (study,) = read_studies([written(runs)])
    figure, caption = weights_chart(study)
    assert figure is not None
    above, below = figure.axes
    lines = {line.get_label(): line.get_ydata().tolist() for line in above.get_lines()}
    assert lines == {key: [20.0 * one for one in wrong] for key, wrong in WRONG.items()}
    (curve,) = below.get_lines()
    assert curve.get_xdata().tolist() == [0, 10, 20]  # English and Mandarin
    assert curve.get_ydata().tolist() == [80, 50, 30]  # Tamil and Malay
    assert [text.get_text() for text in below.texts] == list(WEIGHTS)
    assert "mean error of Tamil and Malay against that of English and Chinese" in caption


def test_it_is_drawn_for_such_a_study_alone(runs, tmp_path) -> None:
    study, other = read_studies([written(runs), runs.write("single", 1)])
    assert has_weights(study) and not has_weights(other)
    plot_studies([study], tmp_path, "plion results")
    assert {"mini-weights.pdf", "mini-weights.png"} <= {path.name for path in tmp_path.iterdir()}


def test_one_weight_alone_is_no_curve(runs) -> None:
    runs.write("w1", 1)
    folder = runs.ablation({"weight": ["1"]}, {"w1": {"weight": "1"}}, base=None)
    (study,) = read_studies([folder])
    figure, caption = weights_chart(study)
    assert figure is None and caption.startswith("not drawn")
