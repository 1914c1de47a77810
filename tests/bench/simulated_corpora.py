"""Training data and models of the paper's sizes to measure on: simulated lengths, noise, no words.

Durations are those of Table 1 of arXiv 2603.16184 as `plan --counts paper` simulates them, a share
of each corpus. All utterances are cut from one file of noise, and say random pieces of the packaged
base's vocabulary: 4 tokens a second, in Tamil 12.
"""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from shapes import SMALL, qwen3_asr

from plion.config.experiment import experiment
from plion.config.layers import override
from plion.config.schema import Experiment
from plion.data.manifest import write_manifest
from plion.loading.audio import SAMPLE_RATE
from plion.models.locate import MINI
from plion.models.qwen3_asr.prompt import Prompter
from plion.planning.train_sets import from_paper

UTTERANCES = 20_000  # a window of sorting
TOKENS_A_SECOND = {"ta": 12.0}
SHAPES: dict[str, dict[str, Any]] = {
    "0.6B": SMALL,
    # 20.4 M parameters with the proportions of 0.6B's cost.
    "small": {
        "audio_config": {
            "num_mel_bins": 128,
            "d_model": 256,
            "encoder_layers": 6,
            "encoder_attention_heads": 4,
            "encoder_ffn_dim": 1024,
            "downsample_hidden_size": 96,
            "output_dim": 320,
        },
        "text_config": {
            "hidden_size": 320,
            "intermediate_size": 960,
            "num_hidden_layers": 9,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "head_dim": 80,
            "vocab_size": 12_160,
            "tie_word_embeddings": True,
        },
    },
}


def write_model(folder: Path, shape: str, dtype: Any = None) -> None:
    """A checkpoint of a shape with random weights, and the packaged base's tokenizer."""
    config = json.loads((MINI / "config.json").read_text())
    special = {key: config[key] for key in ("audio_token_id", "pad_token_id", "eos_token_id")}
    qwen3_asr({**SHAPES[shape], **special}, dtype).save_pretrained(folder)
    for path in MINI.iterdir():
        if path.name not in ("config.json", "model.safetensors"):
            shutil.copyfile(path, folder / path.name)
    processor = json.loads((MINI / "processor_config.json").read_text())
    processor["feature_extractor"]["feature_size"] = 128
    (folder / "processor_config.json").write_text(json.dumps(processor))


def write_corpora(root: Path) -> None:
    """The twelve corpora's manifests, `UTTERANCES` in all."""
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 0.1, 31 * SAMPLE_RATE)
    root.mkdir(parents=True)
    soundfile.write(root / "noise.wav", noise, SAMPLE_RATE, subtype="PCM_16")
    vocabulary = Prompter(MINI).tokenizer.get_vocab()
    pieces = np.array(sorted(piece[1:] for piece in vocabulary if piece[1:].isascii()
                             and piece[:1] == "Ġ" and piece[1:].isalpha()))  # fmt: skip
    sets = from_paper(settings(root, "", root))
    share = UTTERANCES / sum(len(one.rows) for one in sets)
    for one in sets:
        chosen = rng.choice(one.durations, round(share * len(one.rows)), replace=False)
        rate = TOKENS_A_SECOND.get(one.language, 4.0)
        rows = [
            {
                "id": f"{one.key}-{number}",
                "audio": str(root / "noise.wav"),
                "text": " ".join(rng.choice(pieces, max(1, round(rate * seconds)))),
                "language": one.language,
                "dataset": one.key,
                "duration": round(float(seconds), 2),
                "offset": 0.0,
            }
            for number, seconds in enumerate(chosen)
        ]
        write_manifest(root / one.key / "train.jsonl", rows)


def settings(root: Path, model: str, runs: Path, *more: str) -> Experiment:
    """Training on the corpora with batches sorted within all of them, and nothing beside it."""
    return experiment(
        [
            override(text)
            for text in (
                f"data.root={root}",
                "data.suite=sg12",
                "data.target_text=verbatim",
                f"trainer.runs={runs}",
                "trainer.accelerator=cpu",
                "trainer.validations=0",
                "evaluate.test=false",
                "hold.quantity=steps",
                f"batch.window={UTTERANCES}",
                "batch.utterances=512",
                "optim.lr=1e-4",
                *([f"model.name={model}"] if model else []),
                *more,
            )
        ],
        "speed",
    )
