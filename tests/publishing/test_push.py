"""Publishing: what is listed, what a hub on this machine is sent, what is said of failure."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_hub import TOKEN, FakeHub, serving
from tiny import Tiny
from trained import QWEN, train

from plion.cli.main import main
from plion.errors import Failed, InputError
from plion.publishing.card import parameters
from plion.publishing.push import push


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    """An empty hub."""
    with serving(FakeHub(), monkeypatch) as served:
        yield served


def files_of(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def test_a_dry_run_lists_what_would_go_up_and_sends_nothing(runs, hub: FakeHub):
    folder = train(runs)
    before = files_of(folder)
    shown = push(folder, "me/lion", dry_run=True)
    names = [line.split()[0] for line in shown.splitlines()[2:5]]
    assert names == ["README.md", "config.json", "model.safetensors"]
    assert re.search(r"^3 files +[\d,]+$", shown, re.MULTILINE)
    assert shown.endswith("me/lion (private), layout hf: nothing was sent")
    assert (hub.private, hub.files, hub.tokens) == (None, {}, set())
    assert files_of(folder) == before


def test_the_export_and_its_card_are_sent_and_nothing_else_of_the_run(runs, hub: FakeHub):
    folder = train(runs)
    (folder / "checkpoints" / "last.ckpt").write_bytes(b"state")
    assert main(["push", str(folder), "me/lion"]) == 0
    assert hub.private is True
    assert sorted(hub.files) == ["README.md", "config.json", "model.safetensors"]
    export = folder / "checkpoints" / "export"
    assert hub.files["model.safetensors"] == (export / "model.safetensors").read_bytes()
    assert b"# lion" in hub.files["README.md"]
    assert not list(folder.glob(".push*"))


def test_it_is_public_only_where_that_is_asked_for(runs, hub: FakeHub):
    push(train(runs), "me/lion", public=True)
    assert hub.private is False


def test_a_private_model_is_not_sent_to_a_public_repository(runs, hub: FakeHub):
    hub.private = False
    with pytest.raises(InputError, match=r"me/lion exists and is public; give --public"):
        push(train(runs), "me/lion")
    assert hub.files == {}


def test_the_weights_of_an_earlier_push_give_way_and_other_files_stay(runs, hub: FakeHub):
    hub.private = True
    earlier = ["model-00001-of-00002.safetensors", "preprocessor_config.json"]
    earlier.append("adapter_config.json")
    ours = ["LICENSE", "data/train.json", "onnx/model.safetensors", "results.json", "notes.txt"]
    hub.files = dict.fromkeys([*earlier, *ours], b"old")
    told = push(train(runs), "me/lion")
    assert {*hub.files} == {*ours, "README.md", "config.json", "model.safetensors"}
    assert "in the repository's top folder" in told


@pytest.mark.parametrize("name", ["optimizer.pt", "clip.wav", ".env", "pytorch_model.bin"])
def test_nothing_is_sent_where_the_export_holds_what_must_not_go_up(runs, hub: FakeHub, name: str):
    folder = train(runs)
    (folder / "checkpoints" / "export" / name).write_bytes(b"")
    with pytest.raises(InputError, match=re.escape(name)):
        push(folder, "me/lion")
    assert (hub.private, hub.tokens) == (None, set())


@pytest.mark.parametrize("name", ["lion", "me/../lion", "a/b/c", "me/li on", ""])
def test_a_name_that_is_no_repositorys_is_a_wrong_request(runs, name: str):
    assert main(["push", str(train(runs)), name, "--dry-run"]) == 2


def test_an_unfinished_run_is_not_published(runs):
    assert main(["push", str(runs.record("lion", status="running")), "me/lion"]) == 2


def test_an_adapter_of_a_model_that_nobody_has_is_not_published(runs):
    lora = ["model.lora.parts=[language_model]", "model.freeze=[audio_tower,projector]"]
    lora.append("model.lora.export=adapter")
    folder = train(runs, *lora)
    with pytest.raises(InputError, match="an adapter of `mini`"):
        push(folder, "me/lion", dry_run=True)
    shutil.rmtree(folder)
    assert push(train(runs, *lora, model=QWEN), "me/lion", dry_run=True)


@pytest.mark.parametrize("status", [401, 403])
def test_a_hub_that_does_not_let_in_is_a_wrong_request(runs, hub: FakeHub, status: int):
    hub.refuses = status
    with pytest.raises(InputError, match=rf"does not let you write to me/lion \(HTTP {status}\)"):
        push(train(runs), "me/lion")


def test_a_hub_that_fails_is_work_that_failed(
    runs, hub: FakeHub, capsys: pytest.CaptureFixture[str]
):
    hub.refuses = 500
    assert main(["push", str(train(runs)), "me/lion"]) == 1
    assert "the hub refused me/lion" in capsys.readouterr().err


def test_a_token_is_never_shown(runs, hub: FakeHub, capfd: pytest.CaptureFixture[str]):
    folder = train(runs)
    for status in (None, 401, 500):
        hub.refuses = status
        main(["push", str(folder), "me/lion"])
    printed = capfd.readouterr()
    assert hub.tokens == {f"Bearer {TOKEN}"}
    assert TOKEN not in printed.out + printed.err
    assert not any(TOKEN.encode() in content for content in hub.files.values())


def test_no_network_is_work_that_failed(runs, monkeypatch: pytest.MonkeyPatch):
    with serving(FakeHub(), monkeypatch):
        pass  # and is gone
    with pytest.raises(Failed, match="the hub could not be reached"):
        push(train(runs), "me/lion")


def test_offline_mode_is_said(runs, hub: FakeHub, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(InputError, match="HF_HUB_OFFLINE is set"):
        push(train(runs), "me/lion")


def test_the_other_layout_is_converted(runs, tiny: Tiny):
    folder = train(runs)
    export = folder / "checkpoints" / "export"
    shutil.rmtree(export)
    shutil.copytree(tiny.model, export)
    shown = push(folder, "me/lion", "qwen-asr", dry_run=True)
    assert "preprocessor_config.json" in shown
    assert shown.endswith("layout qwen-asr: nothing was sent")


def test_what_a_killed_push_left_is_gone_after_the_next(runs):
    folder = train(runs)
    (folder / ".push.part" / "model").mkdir(parents=True)
    push(folder, "me/lion", dry_run=True)
    assert not list(folder.glob(".push*"))


def test_an_adapter_in_the_other_layout_is_merged_and_its_card_says_so(
    runs, tiny: Tiny, hub: FakeHub, monkeypatch: pytest.MonkeyPatch
):
    def merged(_: str, target: Path, __: str) -> None:
        shutil.copytree(tiny.model, target)

    monkeypatch.setattr("plion.models.converting.convert", merged)
    lora = ["model.lora.parts=[language_model]", "model.freeze=[audio_tower,projector]"]
    folder = train(runs, *lora, "model.lora.export=adapter", model=QWEN)
    push(folder, "me/lion", "qwen-asr")
    card = hub.files["README.md"].decode()
    assert "library_name: qwen-asr" in card and "base_model_relation: finetune" in card
    assert "LoRA's updates" not in card and "exported alone" not in card
    assert f"Qwen3-ASR with {parameters(tiny.model) / 1e6:,.1f} M parameters" in card
