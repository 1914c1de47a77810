"""A sweep without training: what stands in for its runs, and what its study holds."""

import optuna
from omegaconf import OmegaConf

from plion.runs.folder import RunFolder

SWEEP = """
base: base.yaml
hold: {quantity: steps, amount: 30}
suite: suite.yaml
space:
  optim.lr: {low: 1e-5, high: 1e-3, log: true}
  sampler.temperature.T: [1, 2]
trials: 3
"""


class Trials:
    """Stands in for the processes of the runs: the error is a function of the learning rate."""

    def __init__(self):
        self.trained = []
        self.kill_before = None
        self.fails = lambda exp: False

    def __call__(self, job):
        if self.kill_before == len(self.trained):
            raise KeyboardInterrupt
        exp = OmegaConf.load(job.config)
        self.trained.append(exp)
        if code := self.fails(exp):
            job.log.write_text("plion: no space left\n")
            return int(code)
        error = 100 * exp.optim.lr**0.5
        folder = RunFolder(job.folder)
        folder.write(
            name=exp.name,
            hash=job.hash8,
            status="done",
            validation={"macro_error": error, "step": 30, "benchmarks": {}},
        )
        return 0


def study(folder="runs"):
    return optuna.load_study(study_name="search", storage=f"sqlite:///{folder}/search/study.db")


def settings(trained):
    return [(exp.optim.lr, exp.sampler.temperature.T) for exp in trained]
