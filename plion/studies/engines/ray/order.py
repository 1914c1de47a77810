"""What a node is asked for, as plain data, and what it answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from plion.studies.engines.ray.returned import Files


@dataclass(frozen=True)
class Order:
    """A job as the driver sends it to a node.

    `number`: the job's at the driver. `config`: the content of config.yaml. `folder`: the current
    directory of the driver, which relative paths begin at. `paths`: where the node has `data`,
    `base`, `runs` or `checkpoints`, if elsewhere. `token`: name and content of a file in the
    driver's run root, by which a node knows whether it sees it. `contents`: hashes of the data and
    the base model, by name.
    """

    number: int
    name: str
    verb: Literal["train", "evaluate"]
    config: Mapping[str, Any]
    hash8: str
    command: tuple[str, ...]
    devices: int
    folder: str
    paths: Mapping[str, str]
    token: tuple[str, str]
    contents: Mapping[str, str]


@dataclass(frozen=True)
class Outcome:
    """How an order ended on a node.

    `status`, `seconds`, `told`: as of `Ended`. `unfit`: the node cannot do it, another may. `node`:
    its id in the cluster. `files`: those of a finished run, or the log of a failed one, from a node
    that does not see the driver's run root. `stopped`: the driver asked for it.
    """

    status: int
    told: str
    node: str
    seconds: float = 0.0
    unfit: bool = False
    stopped: bool = False
    files: Files = field(default_factory=dict)
