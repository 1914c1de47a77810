import pytest
from annotated import annotate

from plion.data.manifest import write_manifest
from plion.results.reading.collect import read_studies
from plion.results.tables.breakdowns import breakdown_table
from plion.system.files import sha256

NONE, ALL = "0.00", "100.00"


@pytest.fixture
def english(runs):
    runs.keys = ["nsc"]
    return runs


def halves(key, number):
    """Of five words: all wrong in the first six utterances, none in the others."""
    return 5 if number < 6 else 0


def broken(folder, by):
    [study] = read_studies([folder])
    return breakdown_table(study, by)


def test_by_duration_shorter_comes_first(english):
    folder = english.write("a", halves)
    annotate(folder, "nsc", lambda number: {"duration": 12.0 if number < 6 else 1.0})
    table = broken(folder, "duration")
    assert table.header == ["run", "duration", "utterances", "n", "nsc", "macro"]
    assert table.rows == [
        ["a", "under 2 s", "6", "1/12", NONE, NONE],
        ["a", "10 to 20 s", "6", "1/12", ALL, ALL],
    ]


def test_part_has_the_interval_of_its_own_clusters(english):
    english.utterances = 80
    folder = english.write("a", lambda key, number: number % 2 if number < 40 else 0)
    annotate(folder, "nsc", lambda number: {"duration": 12.0 if number < 40 else 1.0})
    sure, unsure = (row[4] for row in broken(folder, "duration").rows)
    assert sure == "0.00"
    low, high = map(float, unsure.removeprefix("10.00 [").removesuffix("]").split(", "))
    assert 5 < low < 10 < high < 15


def test_what_is_not_known_is_a_row_of_its_own(english):
    assert broken(english.write("a"), "duration").rows == [
        ["a", "unknown", "12", "1/12", NONE, NONE]
    ]


def test_by_length_of_the_reference(english):
    assert broken(english.write("a", 1), "length").rows == [
        ["a", "1 to 5", "12", "1/12", *["20.00"] * 2]
    ]


def test_set_without_such_utterances_has_no_rate_and_is_not_covered(runs):
    runs.keys = ["nsc", "slr65"]
    folder = runs.write("a", lambda key, number: 0 if key == "nsc" else 5)
    table = broken(folder, "script")
    assert table.rows == [
        ["a", "right", "12", "1/12", NONE, "", NONE],
        ["a", "wrong", "12", "1/12", "", ALL, ALL],
    ]


def test_by_speaker_there_is_how_they_lie(english):
    folder = english.write("a", lambda key, number: number % 3)
    annotate(folder, "nsc", lambda number: {"speaker": f"s{number % 3}"})
    table = broken(folder, "speaker")
    assert table.rows == [
        ["a", "nsc", "3", "0.00", "10.00", "20.00", "30.00", "40.00", "s2"],
    ]
    assert "unknown" not in " ".join(table.notes)


def test_utterances_of_unknown_speakers_are_left_out_and_named(runs):
    runs.keys = ["nsc", "slr65"]
    folder = runs.write("a")
    annotate(folder, "nsc", lambda number: {"speaker": None if number else "s"})
    table = broken(folder, "speaker")
    assert [row[1:3] for row in table.rows] == [["nsc", "1"]]
    assert "Utterances of unknown speakers are left out: nsc, slr65." in table.notes


def test_long_name_of_a_speaker_is_cut(english):
    folder = english.write("a", lambda key, number: int(number == 0))
    annotate(folder, "nsc", lambda number: {"speaker": "0123456789" * 12})
    assert broken(folder, "speaker").rows[0][-1] == ""  # alone it is not the worst
    names = {0: "0123456789" * 12}
    annotate(folder, "nsc", lambda number: {"speaker": names.get(number, "s")})
    assert broken(folder, "speaker").rows[0][-1] == "01234567890123456789012\u2026"


def test_by_class_the_base_is_broken_down_as_what_was_trained(english, tmp_path):
    manifests = {}
    for part, ids in (("train", ["t"]), ("test", [f"nsc-{number:03d}" for number in range(12)])):
        path = tmp_path / "nsc" / f"{part}.jsonl"
        path.parent.mkdir(exist_ok=True)
        rows = [
            {
                "id": id, "audio": "a.wav", "text": f"words {id}", "language": "en",
                "dataset": "nsc", "duration": 1.0, "speaker": "old" if id < "nsc-006" else id,
            }
            for id in ids
        ]  # fmt: skip
        rows[0]["speaker"] = "old"
        write_manifest(path, rows)
        manifests[f"nsc/{part}"] = {"path": str(path), "sha256": sha256(path)}
    english.write("base", 5)
    english.write("p", halves, manifests=manifests)
    folder = english.ablation({"sampler": ["p"]}, {"p": {"sampler": "p"}})
    table = broken(folder, "class")
    assert table.rows == [
        ["base", "neither", "6", "1/12", ALL, ALL],
        ["base", "speaker", "6", "1/12", ALL, ALL],
        ["p", "neither", "6", "1/12", NONE, NONE],
        ["p", "speaker", "6", "1/12", ALL, ALL],
    ]
    assert "base: by what p was trained on." in table.notes


def test_where_classes_are_not_known_it_says_why(english):
    table = broken(english.write("a"), "class")
    assert table.rows == [["a", "unknown", "12", "1/12", NONE, NONE]]
    assert "unknown: nsc: no manifest is named." in table.notes


def test_by_language_is_the_confusion(english):
    assert broken(english.write("a"), "language").header[:2] == ["run", "language"]
