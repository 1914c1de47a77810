"""An answer of the dossier to one item."""

from collections.abc import Sequence
from dataclasses import dataclass

from plion.typesetting.table import Table


@dataclass(frozen=True)
class Answer:
    """What the records say on an item: sentences, then tables.

    missing: what runs could have recorded and have not, a sentence each.
    """

    sentences: Sequence[str] = ()
    tables: Sequence[Table] = ()
    missing: Sequence[str] = ()
