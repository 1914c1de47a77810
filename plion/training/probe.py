"""The probe: a few training utterances decoded at every validation, to measure memorisation.

TensorBoard shows their error beside the validation error and the repeats per corpus.
"""

import numpy as np

from plion.data.manifest import Utterance
from plion.errors import InputError
from plion.loading.audio import read_audio
from plion.planning.planned_run import PlannedRun
from plion.planning.utterances import TrainSet


def probe(planned: PlannedRun) -> list[Utterance]:
    """`trainer.probe` utterances of every corpus, the same in all runs on the same manifests.

    Excludes utterances with unreadable audio; training reports or skips those itself.
    """
    wanted = planned.exp.trainer.probe
    return [utterance for one in planned.train_sets for utterance in _of(one, wanted)]


def _of(one: TrainSet, wanted: int) -> list[Utterance]:
    assert one.manifest is not None
    # Ordered by the manifest's content, before too long utterances are dropped, so that the order
    # does not depend on the limits.
    order = np.random.default_rng(int(one.manifest.sha256, 16)).permutation(len(one.manifest))
    chosen: list[Utterance] = []
    for row in order[np.isin(order, one.rows)].tolist():
        if len(chosen) == wanted:
            break
        if readable(one.manifest[row]):
            chosen.append(one.manifest[row])
    return chosen


def readable(utterance: Utterance) -> bool:
    """Whether an utterance's audio can be decoded."""
    try:
        read_audio(utterance)
    except InputError:
        return False
    return True
