"""Which utterances an experiment trains on."""

from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import WhitespaceSplit

from plion.config.schema import Experiment
from plion.data.corpora.published import published_corpora
from plion.data.manifest import write_manifest
from plion.errors import InputError
from plion.models.qwen3_asr.prompt import Prompter
from plion.planning.planned_run import mixture_plan
from plion.planning.train_sets import from_manifests, from_paper
from plion.planning.utterances import Utterances, lengths

SECONDS = {"nsc": [3.0, 31.0, 5.0], "aishell1": [2.0, 4.0], "slr65": [6.0]}
LANGUAGES = {"nsc": "en", "aishell1": "zh", "slr65": "ta"}


@pytest.fixture
def exp(tmp_path):
    """Three corpora of a few utterances; one of NSC's lasts 31 s."""
    rows = []
    for key, language in LANGUAGES.items():
        metric = "cer" if language == "zh" else "wer"
        rows.append(
            f"- {{key: {key}, language: {language}, metric: {metric}, manifest: {key}/test.jsonl}}"
        )
    (tmp_path / "suite.yaml").write_text("\n".join(rows))
    exp = Experiment()
    exp.data.root, exp.data.suite = str(tmp_path), str(tmp_path / "suite.yaml")
    for key, durations in SECONDS.items():
        write_train(exp, key, durations)
    return exp


def write_train(exp, key, durations, text=None):
    """Another train.jsonl of a corpus; `text` by utterance."""
    row = {"language": LANGUAGES[key], "dataset": key, "audio": "a.wav"}
    texts = text or ["two words"] * len(durations)
    write_manifest(
        Path(exp.data.root) / key / "train.jsonl",
        [
            row | {"id": f"{key}-{n}", "duration": seconds, "text": words}
            for n, (seconds, words) in enumerate(zip(durations, texts, strict=True))
        ],
    )


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


@pytest.mark.parametrize("source", [from_manifests, from_paper])
def test_an_exclusion_of_all_is_refused(exp, source):
    exp.data.exclude = list(SECONDS)
    with pytest.raises(InputError, match="data.exclude leaves no corpus to train on"):
        source(exp)


def test_an_unknown_exclusion_names_the_nearest(exp):
    exp.data.exclude = ["aishel1"]
    with pytest.raises(InputError, match="did you mean 'aishell1'"):
        from_manifests(exp)


def test_a_missing_manifest_is_named(exp, tmp_path):
    (tmp_path / "slr65" / "train.jsonl").unlink()
    with pytest.raises(
        InputError, match=r"slr65/train\.jsonl does not exist; .* data\.exclude=\[slr65\]"
    ):
        from_manifests(exp)


def test_an_utterance_that_no_batch_can_hold_is_named(exp):
    exp.data.max_seconds, exp.batch.seconds = 40.0, 30.0
    with pytest.raises(InputError, match=r"nsc/train\.jsonl: utterance 'nsc-1' of 31\.00 s"):
        from_manifests(exp)


def test_an_utterance_that_no_batch_can_hold_when_slowed_is_named(exp):
    write_train(exp, "slr65", [2.0, 6.0])
    exp.batch.seconds, exp.data.augment.speed = 7.0, [0.9, 1.0]
    with pytest.raises(InputError, match=r"utterance 'slr65-1' of 6\.67 s at speed 0\.9"):
        from_manifests(exp)


def test_an_utterance_whose_text_no_batch_can_hold_is_named(exp, model):
    write_train(exp, "slr65", [2.0, 2.0], text=["a few words", "far too many " * 18])
    exp.batch.seconds = 6.0
    with pytest.raises(InputError, match=r"'slr65-1' of 2\.00 s and 54 tokens of text"):
        from_manifests(exp)


def test_utterances_that_no_batch_can_hold_are_left_out_and_counted_on_request(exp, model):
    write_train(exp, "slr65", [2.0, 2.0, 9.0, 1.0], text=["a", "far too many " * 18, "b", "c d"])
    exp.batch.seconds, exp.batch.too_long = 6.0, "skip"
    nsc, aishell1, slr65 = from_manifests(exp)
    assert (list(slr65.rows), slr65.too_long) == ([0, 3], 2)
    assert (list(slr65.durations), list(slr65.words)) == ([2.0, 1.0], [1, 2])
    assert list(slr65.tokens) == [2, 3]  # with the end token
    assert (nsc.too_long, aishell1.too_long) == (0, 0)  # of NSC one is over data.max_seconds
    planned = mixture_plan(exp)
    assert planned.too_long == 2
    assert [planned.utterances[n].id for n in (4, 5)] == ["slr65-0", "slr65-3"]


@pytest.mark.parametrize("too_long", ["raise", "skip"])
def test_a_budget_that_nothing_fits_names_the_first_corpus(exp, too_long):
    exp.batch.seconds, exp.batch.too_long = 2.5, too_long
    with pytest.raises(InputError, match=r"nsc/train\.jsonl: no utterance fits .* is 2\.5, "):
        from_manifests(exp)


def test_a_limit_that_nothing_keeps_is_named(exp):
    exp.data.max_seconds = 2.5
    with pytest.raises(InputError, match=r"nsc/.* is longer than data\.max_seconds \(2\.5\)"):
        from_manifests(exp)


def test_a_corpus_without_utterances_is_named(exp):
    write_train(exp, "slr65", [])
    with pytest.raises(InputError, match=r"slr65/train\.jsonl has no utterance"):
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


def test_numbers_pass_over_every_row_that_is_left_out(exp):
    exp.data.max_seconds = 30
    write_train(exp, "nsc", [31, 31, 1, 2, 31, 3, 31, 31, 4, 31])
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


def test_what_is_left_out_of_the_paper_takes_its_share_of_the_hours():
    exp = Experiment()
    exp.data.max_seconds = 12.0
    for one, whole in zip(from_paper(exp), from_paper(Experiment()), strict=True):
        kept = one.durations.sum() / whole.durations.sum()
        assert one.statistics.hours == pytest.approx(kept * whole.statistics.hours)


def test_simulated_durations_are_clipped_and_always_the_same():
    first, second = (
        np.concatenate([one.durations for one in from_paper(Experiment())]) for _ in range(2)
    )
    assert first.min() >= 0.5 and first.max() <= 30
    np.testing.assert_array_equal(first, second)


def test_shares_of_tokens_are_refused_where_the_paper_has_no_texts():
    exp = Experiment()
    exp.sampler.unit = "tokens"
    with pytest.raises(
        InputError, match=r"sampler\.unit=tokens needs texts, and the paper's sizes"
    ):
        from_paper(exp)


def test_simulated_utterances_that_no_batch_can_hold_are_refused_or_left_out():
    exp = Experiment()
    exp.batch.seconds = 20.0
    with pytest.raises(InputError, match=r"librispeech of the paper: utterance of 30\.00 s"):
        from_paper(exp)
    exp.batch.too_long = "skip"
    kept, whole = from_paper(exp)[0], from_paper(Experiment())[0]
    assert kept.durations.max() <= 20
    assert kept.too_long == (whole.durations > 20).sum() == len(whole.rows) - len(kept.rows)


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


def test_a_context_takes_its_room_in_every_batch(exp, model):
    write_train(exp, "nsc", [2.0] * 4)
    plain = from_manifests(exp)
    exp.data.context = "some names of people"
    told = from_manifests(exp)
    before = Prompter(model).context_tokens(exp.data.context)
    for one, other in zip(plain, told, strict=True):
        assert list(other.words - one.words) == [before] * len(one.words) and before > 0
        assert list(other.tokens) == list(one.tokens)  # it is not supervised
    assert (lengths(told, exp).cost() > lengths(plain, exp).cost()).all()
