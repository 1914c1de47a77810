"""What a stranger reads of a model, from its run's folder alone."""

import json
import re
from pathlib import Path

import pytest
import yaml
from tiny import Tiny, tone
from trained import QWEN, REVISION, train

from plion.cli.main import main
from plion.publishing.card import card


def head(text: str) -> dict:
    """What the hub reads."""
    return yaml.safe_load(text.split("---\n")[1])


def rows(text: str, section: str) -> dict[str, list[str]]:
    """The cells of a section's first table by their first."""
    body = text.split(f"\n## {section}\n")[1].split("\n## ")[0]
    lines = re.search(r"(?:^\|.*\n)+", body, re.MULTILINE)[0].splitlines()[2:]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {first: rest for first, *rest in cells}


def only(kept: str):
    """Errors on one test set alone."""
    return lambda key, number: 2 * (number % 2) * (key == kept)


def test_the_hub_is_told_languages_licence_base_task_and_metrics(runs):
    assert head(card(train(runs, model=QWEN))) == {
        "language": ["en", "zh", "ta", "ms"],
        "license": "apache-2.0",
        "library_name": "transformers",
        "pipeline_tag": "automatic-speech-recognition",
        "base_model": "Qwen/Qwen3-ASR-0.6B-hf",
        "base_model_relation": "finetune",
        "datasets": ["openslr/librispeech_asr", "google/fleurs"],
        "metrics": ["wer", "cer"],
        "tags": ["qwen3_asr", "speech", "plion"],
    }


def test_a_revision_is_no_part_of_the_bases_id(runs):
    model = {"name": "Qwen/Qwen3-ASR-0.6B-hf@main", "identity": REVISION}
    assert head(card(train(runs, model=model)))["base_model"] == "Qwen/Qwen3-ASR-0.6B-hf"


def test_a_base_from_a_folder_has_no_hub_id_and_no_known_licence(runs):
    text = card(train(runs, model={"name": "/home/somebody/ours", "identity": "a" * 64}))
    assert "base_model" not in head(text)
    assert head(text)["license"] == "other"
    assert "`ours`" in text


def test_every_test_set_has_its_counts_and_interval(runs):
    table = rows(card(train(runs, errors=only("slr65"))), "Error rates")
    assert table["`slr65`"][:4] == ["Tamil", "WER", "12 / 60", "20.00"]
    assert re.fullmatch(r"\[[\d.]+, [\d.]+\]†?", table["`slr65`"][4])
    assert table["`aishell1`"][1:4] == ["CER", "0 / 60", "0.00"]
    assert table["**mean of test sets**"][2:4] == ["12 of 12 sets", "1.67"]


def test_a_set_that_was_not_tested_is_said_to_be_so_and_has_no_figure(runs):
    runs.keys = ["librispeech", "slr65"]
    table = rows(card(train(runs)), "Error rates")
    assert table["`aishell1`"] == ["Chinese", "CER", "not tested", "", "", ""]
    assert table["**mean of test sets**"][2] == "2 of 12 sets"


def test_a_run_without_tests_says_so(runs):
    text = card(train(runs, tested=False))
    table = rows(text, "Error rates")
    assert {tuple(cells[2:]) for cells in table.values()} == {("not tested", "", "", "")}
    assert "its error rates are unknown" in text
    assert "metrics" not in head(text)
    assert "0.00" not in text.split("## Use")[0]


def test_figures_name_their_profile(runs):
    assert "profile strict-" in card(train(runs))


@pytest.mark.parametrize("setting", ["tag.decode=forced", "tag.train=condition"])
def test_figures_of_forced_decoding_are_marked(setting, runs):
    assert "an oracle" in card(train(runs, setting, tag_decode="forced"))


@pytest.mark.parametrize(
    ("layout", "named"),
    [("hf", "(audio, prompt='Tan')"), ("qwen-asr", "(audio=\"clip.wav\", context='Tan')")],
)
def test_context_of_a_training_is_to_be_given(layout, named, runs):
    text = card(train(runs, "data.context=Tan"), layout)
    assert named in text and "--format srt --context Tan" in text
    assert "context: Tan" in text and "system turn 'Tan'" in text


def test_transcripts_beside_a_runs_own_are_not_in_its_card(runs):
    folder = train(runs)
    before = card(folder)
    runs.forced("lion", 0)
    assert card(folder) == before and "decode:" not in before


def test_corpora_have_their_size_and_licence(runs):
    table = rows(card(train(runs)), "Training data")
    assert table["`slr65` OpenSLR SLR65"] == ["Tamil", "CC BY-SA 4.0", "1,200", "2.50"]
    assert table["`mesolitica` Mesolitica"][1] == "see the publisher"


def test_what_was_seen_of_a_corpus_is_shown_where_it_was_recorded(runs):
    seen = {
        key: {"utterances": 3000.0, "hours": hours, "supervised_tokens": 9.0}
        for key, hours in (("librispeech", 3.0), ("slr65", 1.0))
    }
    table = rows(card(train(runs, consumed_by_corpus=seen)), "Training data")
    assert table["`slr65` OpenSLR SLR65"][4:] == ["3,000", "1.00", "25.0"]
    assert table["`aishell1` AISHELL-1"][4:] == ["", "", ""]


@pytest.mark.parametrize("corpus", ["mini12", "sg12"])
def test_synthetic_audio_is_called_so(runs, tmp_path: Path, corpus: str):
    (tmp_path / "mini.json").write_text("{}")
    root = "gone" if corpus == "mini12" else tmp_path
    text = card(train(runs, f"data.root={root}", suite=corpus, model=QWEN))
    assert text.index("**Synthetic.**") < text.index("## Error rates")
    assert "datasets" not in head(text)
    assert "CC BY" not in text


def test_the_recipe_can_be_run_again(runs, tmp_path: Path):
    from plion.config.experiment import load_experiment

    asked = ("sampler.name=temperature", "sampler.temperature.T=5", "tag.train=none", "seed=3")
    text = card(train(runs, *asked))
    again = tmp_path / "experiment.yaml"
    again.write_text(re.search("```yaml\n(.*?)```", text, re.DOTALL)[1])
    exp = load_experiment(again)
    assert (exp.sampler.name, exp.sampler.temperature.T) == ("temperature", 5.0)
    assert (exp.tag.train, exp.seed, exp.data.suite, exp.name) == ("none", 3, "sg12", "lion")
    assert "`temperature` (T 5.0, level language)" in text


def test_a_card_does_not_tell_where_anything_lies(runs):
    text = card(train(runs, "model.name=/home/somebody/model"))
    for place in ("/home", "somebody", "/secret", str(runs.root)):
        assert place not in text


def test_cost_has_hours_price_and_device(runs):
    text = card(train(runs)).split("## Cost")[1]
    assert "5,400 s (1.50 h) for 4.02 h of audio" in text
    assert "cost: 3.00 at 2.00 an hour" in text
    assert "device: 1 x cpu" in text


def test_a_cost_that_is_small_is_not_nothing(runs):
    assert "cost: 0.00023 at 0.50 an hour" in card(train(runs, cost=0.000226, price_per_hour=0.5))


def test_a_price_that_was_not_given_is_not_nothing(runs):
    assert "cost: no price was given" in card(train(runs, cost=None, price_per_hour=None))


@pytest.mark.parametrize(
    ("overrides", "sentence"),
    [
        (["tag.train=none"], "`None` says nothing about the language spoken"),
        (["tag.train=condition"], "language given"),
        (["data.max_seconds=12"], "trained on clips of up to 12 s"),
        (["data.target_text=plain"], "without punctuation and capitals"),
        ([], "within windows of 8 s, as in transformers"),
        (["model.encoder_window=full"], "over whole clips"),
        ([], "Speakers of the test set are also in the training set of aishell3, slr65, slr127"),
        ([], "All of its test sets belong to corpora it was trained on"),
    ],
)
def test_limits_follow_from_the_run(runs, overrides: list[str], sentence: str):
    assert sentence in card(train(runs, *overrides)).split("## Limits")[1]


def test_what_was_skipped_and_what_is_lacking_are_limits(runs):
    text = card(train(runs, skipped_audio=["a", "b"], short_of_hold=0.25)).split("## Limits")[1]
    assert "2 training utterances were skipped" in text
    assert "0.25 audio hours short" in text


def test_a_model_that_must_be_told_the_language_is_told_it(runs):
    assert 'language="English"' in card(train(runs, "tag.train=condition")).split("## Use")[1]


def test_parameters_are_counted(runs):
    assert "Qwen3-ASR with 0.3 M parameters" in card(train(runs))


def test_the_other_layout_is_loaded_by_the_other_package(runs):
    text = card(train(runs), layout="qwen-asr", repository="me/lion-one")
    assert text.split("---\n")[2].lstrip().startswith("# lion-one")
    assert 'Qwen3ASRModel.from_pretrained("me/lion-one")' in text
    assert "AutoProcessor" not in text
    assert head(text)["library_name"] == "qwen-asr"


def test_an_adapter_is_called_one(runs):
    lora = ["model.lora.parts=[language_model]", "model.freeze=[audio_tower,projector]"]
    lora.append("model.lora.export=adapter")
    text = card(train(runs, *lora, model=QWEN))
    assert head(text)["library_name"] == "peft"
    assert head(text)["base_model_relation"] == "adapter"
    assert "LoRA's updates" in text


def test_the_command_prints_it_or_writes_it(runs, capsys: pytest.CaptureFixture[str]):
    folder = train(runs)
    file = runs.root / "README.md"
    assert main(["card", str(folder)]) == 0
    printed = capsys.readouterr().out
    assert main(["card", str(folder), "--out", str(file)]) == 0
    assert (file.read_text(), capsys.readouterr().out) == (printed, "")


def test_a_file_that_cannot_be_written_is_a_wrong_request(runs):
    assert main(["card", str(train(runs)), "--out", str(runs.root / "gone" / "README.md")]) == 2


def test_an_unfinished_run_is_a_wrong_request(runs):
    assert main(["card", str(runs.record("lion", status="running"))]) == 2


def test_the_lines_it_gives_for_transformers_transcribe(
    runs, tiny: Tiny, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    text = card(train(runs), repository="me/lion")
    code = re.search("```python\n(.*?)```", text, re.DOTALL)[1]
    clip = tone(tmp_path / "clip.wav", 1.0)
    code = code.replace("me/lion", str(tiny.model)).replace("clip.wav", str(clip))
    exec(code.replace("256", "3"), {})
    assert capsys.readouterr().out.strip()


def test_the_card_is_made_of_the_folder_alone(runs):
    folder = train(runs)
    moved = folder.rename(runs.root / "elsewhere")
    (moved / "checkpoints" / "last.ckpt").write_bytes(b"unread")
    assert json.loads((moved / "run.json").read_text())["name"] == "lion"
    assert card(moved).count("## ") == 7


def test_a_base_in_the_hubs_cache_is_named_by_its_id(runs):
    place = f"/home/somebody/hub/models--Qwen--Qwen3-ASR-0.6B-hf/snapshots/{REVISION}"
    run = train(runs, f"model.name={place}", model={"name": place, "identity": REVISION})
    text = card(run)
    assert head(text)["base_model"] == "Qwen/Qwen3-ASR-0.6B-hf"
    assert f"name: Qwen/Qwen3-ASR-0.6B-hf@{REVISION}" in text and "somebody" not in text


def test_a_path_is_never_a_bases_hub_id(runs):
    text = card(train(runs, model={"name": "/home/somebody/ours", "identity": REVISION}))
    assert "base_model" not in head(text) and "somebody" not in text


def test_a_recipe_with_masks_and_noise_can_be_run_again(runs, tmp_path: Path):
    from plion.config.experiment import load_experiment
    from plion.config.identity import identity

    asked = ("masks.time=2", "masks.frequency=1", "noise.folder=/home/somebody/rain",
             "noise.p=0.5", "noise.snr=[0,10]", "speed=[0.9,1.1]")  # fmt: skip
    folder = train(runs, *(f"data.augment.{one}" for one in asked))
    again = tmp_path / "experiment.yaml"
    again.write_text(re.search("```yaml\n(.*?)```", card(folder), re.DOTALL)[1])
    first, second = load_experiment(folder / "config.yaml"), load_experiment(again)
    assert second.data.augment.noise.folder == "rain"
    assert identity(first) == identity(second)
    assert identity(first)["data"]["augment"]


def test_languages_that_were_not_heard_are_not_named(runs):
    none = {"utterances": 0.0, "hours": 0.0, "supervised_tokens": 0.0}
    heard = {"utterances": 9.0, "hours": 0.0123, "supervised_tokens": 90.0}
    text = card(train(runs, consumed={"en": none, "ta": heard}, audio_hours_trained=0.0123))
    assert head(text)["language"] == ["ta"]
    assert "0.0123 h of audio in Tamil" in text


def test_no_package_is_asked_for_tamil_which_it_refuses(runs):
    none = {"utterances": 0.0, "hours": 0.0, "supervised_tokens": 0.0}
    heard = {"utterances": 9.0, "hours": 1.0, "supervised_tokens": 90.0}
    only_tamil = card(train(runs, "tag.train=condition", consumed={"en": none, "ta": heard}))
    assert 'language="' not in only_tamil and "--language ta" in only_tamil


def test_an_error_of_nothing_is_an_error(runs):
    assert "0.00 % mean error" in card(train(runs, validation={"macro_error": 0.0, "step": 9}))
