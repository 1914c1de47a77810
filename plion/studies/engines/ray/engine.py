"""The engine of a Ray cluster: a job is a task there, and comes back as its value."""

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any

import ray
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from plion.runs.reports import Report
from plion.studies.engines.engine import Ended, Job, Reported
from plion.studies.engines.ray import cluster, node, nodes, task
from plion.studies.engines.ray.board import Board
from plion.studies.engines.ray.sent import Sending, Sent

# Seconds that running jobs have for their last checkpoints: a step and 10 GB on a slow disk.
_PATIENCE = 600.0
_LOOK = 2.0  # seconds between looks at which nodes are alive
_LOST = (
    ray.exceptions.NodeDiedError,
    ray.exceptions.ObjectLostError,
    ray.exceptions.WorkerCrashedError,
)


class Ray:
    """Runs jobs on a Ray cluster; see `Engine`.

    A task whose node or process is lost is sent again, unless processes crash with it again and
    again (`Sent.crashed`); what goes wrong with the job itself is a value. (Ray's own retries wait
    for minutes for a node that is counted as dead and keeps its connections open.) A node with
    another plion, other data or another base is passed over, and named once.
    """

    def __init__(self, address: str, paths: Mapping[str, str]) -> None:
        self.patience: float | None = _PATIENCE
        self._address = address
        self._sending = Sending(paths)
        self._sent: dict[int, Sent] = {}
        self._tasks: dict[ray.ObjectRef[Any], Sent] = {}
        self._said: set[str] = set()
        self._dropped = 0
        self._looked = 0.0

    def __enter__(self) -> "Ray":
        cluster.connect(self._address)
        beside = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
        board: Any = ray.remote(Board)
        self._board = board.options(num_cpus=0, scheduling_strategy=beside).remote()
        # A process keeps its worker over many tasks, also one with a GPU: no limit of calls.
        self._task: Any = ray.remote(max_retries=0, max_calls=0)(task.run)
        self._source = node.source()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._tasks:
            self._stop()
        ray.kill(self._board)
        self._sending.close()
        if self._dropped:
            self._say(f"{self._dropped} results were dropped: their runs had been finished already")

    def submit(self, job: Job) -> None:
        number = len(self._sent)
        self._sent[number] = self._sending.sent(job, number)
        self._start(self._sent[number])

    def reports(self) -> Sequence[Reported]:
        news = ray.get(self._board.news.remote())
        for one in news.started:
            self._sent[one.number].started(one)
            if told := self._sent[one.number].begins_anew:
                self._say(told)
        return [self._sent[number].reported(Report(**plain)) for number, plain in news.reports]

    def finished(self) -> Sequence[Ended]:
        self._leave_dead_nodes()
        if not self._tasks:
            return []
        ready, _ = ray.wait(list(self._tasks), num_returns=len(self._tasks), timeout=0)
        return [ended for one in ready for ended in self._ended(one)]

    def cancel(self, job: Job) -> None:
        for sent in self._tasks.values():
            if sent.job == job:
                ray.get(self._board.stop.remote(sent.order.number))

    def devices(self, like: Job) -> Sequence[str]:
        return nodes.places(self._sending.needs(like, gpus=nodes.has_gpus()))

    def _start(self, sent: Sent) -> None:
        """Hands a job to Ray, for a node that is not known to be unfit for it."""
        others = {"ray.io/node-id": f"!in({','.join(sent.unfit)})"} if sent.unfit else None
        needs = sent.needs(gpus=nodes.has_gpus())
        if not nodes.fit(needs, sent.unfit):
            self._say(f"no node has {_words(needs)} yet: runs that need them wait for one")
        sent.node = ""
        task = self._task.options(label_selector=others, **needs)
        self._tasks[task.remote(self._source, sent.content, self._board)] = sent

    def _ended(self, reference: "ray.ObjectRef[Any]") -> Iterator[Ended]:
        """The end of a task's job; none if the job is sent to another node."""
        sent = self._tasks.pop(reference)
        try:
            outcome = ray.get(reference)
        except ray.exceptions.RayError as error:
            crash = isinstance(error, ray.exceptions.WorkerCrashedError)
            if isinstance(error, _LOST) and not (crash and sent.crashed()):
                self._start(sent)
                return
            yield sent.lost(error)
            return
        if outcome.unfit:
            sent.unfit[outcome.node] = outcome.told
            self._say(f"node {nodes.named(outcome.node)} is passed over: {outcome.told}")
            if nodes.fit(sent.needs(gpus=nodes.has_gpus()), sent.unfit):
                self._start(sent)
                return
        ended, dropped = sent.ended(outcome)
        self._dropped += dropped
        yield ended

    def _leave_dead_nodes(self) -> None:
        """Sends jobs again whose nodes the cluster counts as dead, whatever these still do."""
        if time.monotonic() - self._looked < _LOOK:
            return
        self._looked, alive = time.monotonic(), nodes.alive()
        for reference, sent in list(self._tasks.items()):
            if sent.node and sent.node not in alive:
                # Also said to Ray: what it still waits for from that node then holds up nothing.
                sent.unfit[sent.node] = "it does not answer"
                del self._tasks[reference]
                self._start(sent)

    def _stop(self) -> None:
        """Stops what runs, after its checkpoint, and takes back what does not run yet."""
        ray.get(self._board.close.remote())
        self.reports()
        waiting = [one for one, sent in self._tasks.items() if not sent.node]
        for one in waiting:
            ray.cancel(one)
            del self._tasks[one]
        if running := list(self._tasks):
            ready, late = ray.wait(running, num_returns=len(running), timeout=self.patience)
            for one in ready:
                list(self._ended(one))
            for one in late:
                ray.cancel(one, force=True)
        self._tasks.clear()

    def _say(self, told: str) -> None:
        """Prints a sentence once."""
        if told not in self._said:
            self._said.add(told)
            print(f"plion: {told}", file=sys.stderr, flush=True)


def _words(needs: Mapping[str, float]) -> str:
    gpus = f" and {needs['num_gpus']:g} GPUs" if needs["num_gpus"] else ""
    return f"{needs['num_cpus']:g} processors{gpus}"
