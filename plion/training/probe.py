"""A few utterances of training that are decoded at every validation, to see what is learnt by rote.

The gap between their error and that of a validation set stands beside how often training repeats.
"""

import numpy as np

from plion.data.manifest import Utterance
from plion.errors import InputError
from plion.loading.audio import read_audio
from plion.planning.planned_run import PlannedRun
from plion.planning.train_sets import TrainSet


def probe(planned: PlannedRun) -> list[Utterance]:
    """`trainer.probe` utterances of every corpus, the same in all runs on the same manifests.

    Those whose audio is bad are passed over: that is training's to tell or to skip.
    """
    wanted = planned.exp.trainer.probe
    return [utterance for one in planned.train_sets for utterance in _of(one, wanted)]


def _of(one: TrainSet, wanted: int) -> list[Utterance]:
    assert one.manifest is not None
    # By the manifest's content, and before what is too long is left out of it.
    order = np.random.default_rng(int(one.manifest.sha256, 16)).permutation(len(one.manifest))
    chosen: list[Utterance] = []
    for row in order[np.isin(order, one.rows)].tolist():
        if len(chosen) == wanted:
            break
        if readable(one.manifest[row]):
            chosen.append(one.manifest[row])
    return chosen


def readable(utterance: Utterance) -> bool:
    """Whether its audio can be decoded."""
    try:
        read_audio(utterance)
    except InputError:
        return False
    return True
