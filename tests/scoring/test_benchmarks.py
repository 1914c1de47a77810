import pytest

from plion.errors import InputError
from plion.scoring.benchmarks import Benchmark, find_benchmark, suite
from plion.text.shipped import SHIPPED

KEYS = [
    "librispeech",
    "nsc",
    "commonvoice_zh",
    "aishell1",
    "aishell3",
    "fleurs_zh",
    "commonvoice_ta",
    "slr65",
    "slr127",
    "fleurs_ta",
    "mesolitica",
    "fleurs_ms",
]


@pytest.mark.parametrize("name", ["sg12", "mini12"])
def test_packaged_suite_has_the_twelve_in_the_papers_order(name):
    assert [row.key for row in suite(name)] == KEYS


def test_both_packaged_suites_are_scored_alike():
    assert suite("sg12") == suite("mini12")


def test_every_benchmark_has_its_languages_metric():
    assert all(row.metric == SHIPPED[row.language].metric for row in suite("sg12"))


def test_manifest_is_the_test_split_under_the_key():
    assert find_benchmark("slr65", suite("sg12")).manifest == "slr65/test.jsonl"


def test_suite_file_of_a_user_is_read_by_its_path(tmp_path):
    path = tmp_path / "own.yaml"
    path.write_text("- {key: seame, language: zh, metric: cer, manifest: seame/test.jsonl}\n")
    assert suite(str(path)) == [Benchmark("seame", SHIPPED["zh"], "cer", "seame/test.jsonl")]


def test_file_wins_over_a_packaged_name(tmp_path, monkeypatch):
    (tmp_path / "sg12").write_text("- {key: own, language: en, metric: wer, manifest: own.jsonl}\n")
    monkeypatch.chdir(tmp_path)
    assert [row.key for row in suite("sg12")] == ["own"]


def test_folder_does_not_hide_a_packaged_name(tmp_path, monkeypatch):
    (tmp_path / "mini12").mkdir()
    monkeypatch.chdir(tmp_path)
    assert len(suite("mini12")) == 12


def test_unknown_suite_names_the_nearest():
    with pytest.raises(InputError, match=r"'mini21'.*did you mean 'mini12'"):
        suite("mini21")


def test_unknown_benchmark_names_the_nearest():
    with pytest.raises(InputError, match=r"'librispech'.*did you mean 'librispeech'"):
        find_benchmark("librispech", suite("sg12"))


GOOD = "{key: own, language: en, metric: wer, manifest: own/test.jsonl}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("key: own", "expected a list"),
        ("[]", "expected a list"),
        ("- {key: [", "cannot be read as YAML"),
        ("- own", "row 1: expected a mapping with the keys"),
        ("- {key: own, language: en, metric: wer}", "row 1: 'manifest' is missing"),
        (f"- {GOOD}\n- {GOOD.replace('metric', 'metrik')}", "row 2: unknown key 'metrik'"),
        (f"- {GOOD.replace('wer', 'wre')}", "unknown metric 'wre' .*did you mean 'wer'"),
        (f"- {GOOD.replace('en,', 'xx,')}", "row 1: unknown language 'xx'"),
        (f"- {GOOD}\n- {GOOD}", "'own' is listed twice"),
    ],
)
def test_faulty_suite_file_is_named_with_what_is_wrong(tmp_path, text, message):
    path = tmp_path / "own.yaml"
    path.write_text(text)
    with pytest.raises(InputError, match=message) as caught:
        suite(str(path))
    assert str(path) in str(caught.value)
