"""What a published model comes from: its base model and its training corpora."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from plion.data.corpora.published import PublishedCorpus
from plion.models.locate import snapshot

_REVISION = re.compile("[0-9a-f]{40}")  # identity of a hub model; others have a sha256
_HUB_ID = re.compile(r"\w[\w.-]*/\w[\w.-]*")


@dataclass(frozen=True)
class TrainedCorpus:
    """A training corpus: its size, and the amount consumed per unit (None: not recorded)."""

    key: str
    language: str
    utterances: int
    hours: float
    consumed: Mapping[str, float] | None
    published: PublishedCorpus | None


@dataclass(frozen=True)
class Base:
    """The base model: its name, and its hub revision or the sha256 of its weights."""

    name: str
    identity: str

    @property
    def hub_id(self) -> str | None:
        """`owner/name` of a hub model; None for a folder, a run, or the packaged model."""
        if found := snapshot(Path(self.name)):
            return found[0]
        name = self.name.partition("@")[0]
        on_hub = _REVISION.fullmatch(self.identity) and _HUB_ID.fullmatch(name)
        return name if on_hub else None

    @property
    def reference(self) -> str:
        """Its name for another machine: id and revision for a folder of the hub's cache."""
        found = snapshot(Path(self.name))
        return "@".join(found) if found else without_place(self.name)

    @property
    def shown(self) -> str:
        """Its name as shown in a card, without paths of this machine."""
        return f"`{self.hub_id or without_place(self.name)}`" + (
            " (packaged with plion)" if self.name == "mini" else ""
        )


def without_place(name: str) -> str:
    """The last part of an absolute path, which could reveal a machine and its user."""
    path = Path(name).expanduser()
    return path.name if path.is_absolute() else name
