"""Proposals of a sweep: a function of its seed, the trial's number and the trials before."""

import optuna

from plion.studies.search.proposals import propose


def test_a_proposal_depends_on_seed_and_number():
    space = {"optim.lr": optuna.distributions.FloatDistribution(0, 1)}
    first = propose([], space, 0, 0)
    assert first == propose([], space, 0, 0)
    assert first != propose([], space, 1, 0)
    assert first != propose([], space, 0, 1)
