"""The policy of Polyglot-Lion: Algorithm 1 of arXiv 2603.16184."""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from plion.sampling.policy import Copies, Corpus, Mixture, Policy
from plion.settings.setting import setting


@dataclass
class Balanced(Policy):
    """Two-stage balanced upsampling: 1/L to each of L languages, 1/(L K_l) to each of its corpora.

    Algorithm 1 of Polyglot-Lion (arXiv 2603.16184). Stage 1 brings every corpus of language l to
    the size of its largest, N*_l; stage 2 brings every language to N**, so a pass has L N**. The
    listing gives the union of K_l such corpora the size N*_l, which leaves two readings of N**:
    `literal`, the largest N*_l; `union`, the largest K_l N*_l. Shares are the same in both. Both
    stages copy and thin, which counts under `allocation: algorithm1`.
    """

    name = "balanced"
    pass_size: Literal["literal", "union"] = setting(
        "literal",
        help="how much a pass has, which the paper's listing leaves open: for each language as "
        "much as the largest corpus, or as the largest language once its corpora are levelled",
    )

    def mixture(self, corpora: Sequence[Corpus]) -> Mixture:
        members: dict[str, list[float]] = defaultdict(list)
        for corpus in corpora:
            members[corpus.language].append(corpus.size)
        largest = {key: max(sizes) for key, sizes in members.items()}
        stage1 = {
            key: largest[key] * (len(sizes) if self.pass_size == "union" else 1)
            for key, sizes in members.items()
        }
        target = max(stage1.values())
        return Mixture(
            shares=tuple(1 / (len(members) * len(members[corpus.language])) for corpus in corpora),
            amount=len(members) * target,
            copies=tuple(
                Copies(
                    first=math.ceil(largest[corpus.language] / corpus.size),
                    kept=largest[corpus.language] / corpus.size,
                    second=math.ceil(target / stage1[corpus.language]),
                )
                for corpus in corpora
            ),
        )
