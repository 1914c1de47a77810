"""mini12 published and prepared: every reader gets back what was spoken, and as it was spelled."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from plion.data.manifest import Utterance, read_manifest
from plion.data.mini import build
from plion.data.mini.build import _Job, _make_corpus
from plion.data.mini.publishers import plain
from plion.data.mini.speech import synthesis
from plion.data.mini.speech.corpora import MINI12, MiniCorpus
from plion.data.mini.speech.spoken import Spoken
from plion.data.mini.speech.synthesis import Draws

PARTS = ("train", "valid", "test")
UNDIVIDED = {"nsc", "slr65"}  # by their publishers
NO_VALID = {"aishell3", "slr127"}
Prepared = tuple[list[Spoken], dict[str, list[Utterance]]]


@pytest.fixture(scope="module", params=MINI12, ids=lambda corpus: corpus.key)
def corpus(request: pytest.FixtureRequest) -> MiniCorpus:
    """A corpus of mini12, smaller where its publisher divides it."""
    found: MiniCorpus = request.param
    if found.key in UNDIVIDED | NO_VALID:
        return found
    return replace(found, sizes={"train": 12, "valid": 5, "test": 8})


@pytest.fixture(scope="module")
def prepared(corpus: MiniCorpus, tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """What was spoken, the n-th utterance n thousandths of a second longer, and the manifests."""
    folder = tmp_path_factory.mktemp(corpus.key)
    spoken: list[Spoken] = []

    def hummed(*_: object) -> np.ndarray:
        return np.full(800 + 16 * len(spoken), 0.1, np.float32)

    def overheard(draws: Draws) -> list[Spoken]:
        for one in synthesis.synthesise(draws):
            spoken.append(one)
        return spoken

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(synthesis, "speak", hummed)
        patch.setattr(synthesis, "_through", lambda wave, channel, rng: wave)
        patch.setattr(build, "synthesise", overheard)
        _make_corpus(_Job(Draws(corpus, 0, False), folder))
    return spoken, {
        split: list(read_manifest(folder / corpus.key / f"{split}.jsonl")) for split in PARTS
    }


def test_splits_have_their_sizes(corpus: MiniCorpus, prepared: Prepared) -> None:
    _, splits = prepared
    assert {split: len(rows) for split, rows in splits.items()} == corpus.sizes
    rows = [one for split in splits.values() for one in split]
    assert {(one.language, one.dataset) for one in rows} == {(corpus.language, corpus.key)}


def test_every_utterance_comes_back_once_with_its_own_text(prepared: Prepared) -> None:
    spoken, splits = prepared
    back = Counter((round(one.duration, 3), one.text) for rows in splits.values() for one in rows)
    assert back == Counter((round(len(one.wave) / 16_000, 3), one.text) for one in spoken)


def test_parts_that_the_publisher_makes_are_kept(corpus: MiniCorpus, prepared: Prepared) -> None:
    spoken, splits = prepared
    kept = {"train": "train", "valid": "valid", "test": "test"}
    kept |= {"valid": "train"} if corpus.key in NO_VALID else {}
    if corpus.key in UNDIVIDED:
        kept = dict.fromkeys(PARTS, "all")
    lengths = {kept[split]: set() for split in PARTS}
    found = {kept[split]: set() for split in PARTS}
    for one in spoken:
        lengths[kept[one.split]].add(round(len(one.wave) / 16_000, 3))
    for split, rows in splits.items():
        found[kept[split]] |= {round(one.duration, 3) for one in rows}
    assert found == lengths


def test_people_are_told_apart_and_blocks_are_people_or_sentences(
    corpus: MiniCorpus, prepared: Prepared
) -> None:
    spoken, splits = prepared
    rows = {round(one.duration, 3): one for split in splits.values() for one in split}
    pairs = {
        (one.speaker if corpus.names_speakers else one.text, rows[length].block)
        for one in spoken
        for length in [round(len(one.wave) / 16_000, 3)]
    }
    assert None not in {block for _, block in pairs}
    assert len(pairs) == len({said for said, _ in pairs}) == len({block for _, block in pairs})
    assert all((one.speaker is not None) == corpus.names_speakers for one in rows.values())


def test_audio_is_unpacked_below_the_corpus(corpus: MiniCorpus, prepared: Prepared) -> None:
    _, splits = prepared
    for one in splits["test"]:
        assert Path(one.audio).is_file() and f"/{corpus.key}/audio/" in one.audio


def test_a_base_corpus_comes_with_the_manifests_of_what_it_holds(tmp_path: Path) -> None:
    corpus = replace(MINI12[0], sizes={"train": 2, "valid": 1})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(synthesis, "speak", lambda *_: np.full(800, 0.1, np.float32))
        spoken = list(synthesis.synthesise(Draws(corpus, 0, True)))
    build._write(tmp_path, plain.publish(corpus, spoken))
    rows = [one for split in corpus.sizes for one in read_manifest(tmp_path / f"{split}.jsonl")]
    assert [(one.text, one.speaker, one.block, one.duration) for one in rows] == [
        (one.text, one.speaker.name, one.speaker.name, 0.05) for one in spoken
    ]
    assert all(Path(one.audio).is_file() for one in rows)
