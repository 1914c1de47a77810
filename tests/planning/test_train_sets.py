"""Which utterances an experiment trains on."""

import json

import numpy as np
import pytest
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import WhitespaceSplit

from plion.data.corpora.published import published_corpora
from plion.data.manifest import write_manifest
from plion.errors import InputError
from plion.planning.plans import mixture_plan
from plion.planning.train_sets import Utterances, from_manifests, from_paper
from plion.settings import Experiment

SECONDS = {"nsc": [3.0, 31.0, 5.0], "aishell1": [2.0, 4.0], "slr65": [6.0]}
LANGUAGES = {"nsc": "en", "aishell1": "zh", "slr65": "ta"}


@pytest.fixture
def exp(tmp_path):
    """Three corpora of a few utterances; one of NSC's lasts 31 s."""
    rows = []
    for key, durations in SECONDS.items():
        language = LANGUAGES[key]
        metric = "cer" if language == "zh" else "wer"
        rows.append(
            f"- {{key: {key}, language: {language}, metric: {metric}, manifest: {key}/test.jsonl}}"
        )
        utterance = {"text": "two words", "language": language, "dataset": key, "audio": "a.wav"}
        write_manifest(
            tmp_path / key / "train.jsonl",
            [utterance | {"id": f"{key}-{n}", "duration": d} for n, d in enumerate(durations)],
        )
    (tmp_path / "suite.yaml").write_text("\n".join(rows))
    exp = Experiment()
    exp.data.root, exp.data.suite = str(tmp_path), str(tmp_path / "suite.yaml")
    return exp


@pytest.fixture
def model(exp, tmp_path):
    """A model's folder with a tokenizer that makes a token of every word."""
    folder = tmp_path / "model"
    folder.mkdir()
    tokenizer = Tokenizer(WordLevel({"[UNK]": 0}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = WhitespaceSplit()
    tokenizer.add_special_tokens(["<|audio_pad|>", "<|im_end|>"])
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "config.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(b"weights")
    exp.model.name, exp.tag.train = str(folder), "absent"
    return folder


def test_corpora_come_in_the_order_of_the_suite(exp):
    assert [one.key for one in from_manifests(exp)] == list(SECONDS)


def test_durations_are_those_of_the_manifest(exp):
    np.testing.assert_array_equal(from_manifests(exp)[1].durations, SECONDS["aishell1"])


def test_utterances_over_the_limit_are_left_out(exp):
    nsc = from_manifests(exp)[0]
    assert nsc.statistics.utterances == 2
    assert list(nsc.rows) == [0, 2]
    assert list(nsc.durations) == [3.0, 5.0]


def test_an_excluded_corpus_is_not_read(exp, tmp_path):
    (tmp_path / "aishell1" / "train.jsonl").unlink()
    exp.data.exclude = ["aishell1"]
    assert [one.key for one in from_manifests(exp)] == ["nsc", "slr65"]


def test_an_unknown_exclusion_names_the_nearest(exp):
    exp.data.exclude = ["aishel1"]
    with pytest.raises(InputError, match="did you mean 'aishell1'"):
        from_manifests(exp)


def test_a_missing_manifest_is_named(exp, tmp_path):
    (tmp_path / "slr65" / "train.jsonl").unlink()
    with pytest.raises(InputError, match=r"no .*slr65/train\.jsonl; .* data\.exclude=\[slr65\]"):
        from_manifests(exp)


def test_an_utterance_that_no_batch_can_hold_is_named(exp):
    exp.data.max_seconds, exp.batch.seconds = 40.0, 30.0
    with pytest.raises(InputError, match=r"utterance 'nsc-1' lasts 31\.00 s"):
        from_manifests(exp)


def test_an_utterance_that_no_batch_can_hold_when_slowed_is_named(exp):
    exp.batch.seconds, exp.data.augment.speed = 6.5, [0.9, 1.0]
    with pytest.raises(InputError, match=r"utterance 'slr65-0' lasts 6\.67 s at speed 0\.9"):
        from_manifests(exp)


def test_an_augmentation_is_checked_before_the_corpora_are_read(exp):
    exp.data.augment.noise.folder, exp.data.root = "nowhere", "nowhere_either"
    with pytest.raises(InputError, match="there is no folder nowhere"):
        from_manifests(exp)


def test_tokens_are_counted_for_the_rows_that_are_used(exp, model):
    nsc = from_manifests(exp)[0]
    assert list(nsc.tokens) == [3, 3]  # two words and the end token


def test_tokens_are_unknown_without_the_model(exp):
    exp.model.name = "nobody/nothing"
    assert all(one.tokens is None for one in from_manifests(exp))


def test_tokens_cannot_be_held_without_the_model(exp):
    exp.model.name, exp.hold.quantity = "nobody/nothing", "supervised_tokens"
    with pytest.raises(InputError, match="nobody/nothing"):
        from_manifests(exp)


def test_a_run_can_be_held_to_tokens(exp, model):
    exp.hold.quantity, exp.hold.amount = "supervised_tokens", 100
    totals = mixture_plan(exp).plan.totals
    assert totals.supervised_tokens == 3 * totals.utterances >= 100


def test_a_planned_number_is_an_utterance_of_the_manifest(exp):
    planned = mixture_plan(exp)
    # NSC gives two of its three, so its last is number 1 and AISHELL-1 begins at 2.
    ids = [planned.utterances[number].id for number in range(5)]
    assert ids == ["nsc-0", "nsc-2", "aishell1-0", "aishell1-1", "slr65-0"]


def test_numbers_pass_over_every_row_that_is_left_out(exp, tmp_path):
    exp.data.max_seconds = 30
    lines = [json.loads(line) for line in (tmp_path / "nsc" / "train.jsonl").open()]
    seconds = [31, 31, 1, 2, 31, 3, 31, 31, 4, 31]
    write_manifest(
        tmp_path / "nsc" / "train.jsonl",
        [lines[0] | {"id": f"nsc-{n}", "duration": d} for n, d in enumerate(seconds)],
    )
    utterances = Utterances(from_manifests(exp))
    assert len(utterances) == 4 + 2 + 1
    durations = [utterances[number].duration for number in range(len(utterances))]
    assert durations == [1, 2, 3, 4, *SECONDS["aishell1"], *SECONDS["slr65"]]


def test_figures_alone_have_no_utterances():
    with pytest.raises(ValueError, match="has no utterances"):
        Utterances(from_paper(Experiment()))


def test_the_paper_needs_no_data():
    exp = Experiment()
    exp.data.root = "nowhere"
    sizes = [one.statistics.utterances for one in from_paper(exp)]
    assert sizes == [published.train.utterances for published in published_corpora()]


def test_simulated_durations_have_the_mean_of_the_paper():
    for one, published in zip(from_paper(Experiment()), published_corpora(), strict=True):
        mean = published.train.hours * 3600 / published.train.utterances
        assert one.durations.mean() == pytest.approx(mean, rel=0.02)


def test_simulated_durations_are_clipped_and_always_the_same():
    first, second = (
        np.concatenate([one.durations for one in from_paper(Experiment())]) for _ in range(2)
    )
    assert first.min() >= 0.5 and first.max() <= 30
    np.testing.assert_array_equal(first, second)


def test_the_paper_has_no_figures_for_another_benchmark(exp, tmp_path):
    row = "- {key: mine, language: ms, metric: wer, manifest: mine/test.jsonl}"
    (tmp_path / "suite.yaml").write_text(row)
    with pytest.raises(InputError, match="no figures for benchmark 'mine'"):
        from_paper(exp)


def test_a_manifest_of_another_corpus_is_refused(exp, tmp_path):
    (tmp_path / "nsc" / "train.jsonl").replace(tmp_path / "slr65" / "train.jsonl")
    exp.data.exclude = ["nsc"]
    with pytest.raises(InputError, match="utterance 'nsc-0' has dataset 'nsc'"):
        from_manifests(exp)
