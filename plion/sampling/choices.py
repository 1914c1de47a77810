"""What sampling leaves to be chosen, in the words that an experiment's settings use."""

from typing import Literal

Unit = Literal["utterances", "hours", "tokens"]  # what shares are of (mixture.py)
Level = Literal["language", "corpus", "both"]  # of a temperature (policies.py)
Order = Literal["corpus_language", "language_corpus"]  # of two levels
PassSize = Literal["literal", "union"]  # of Algorithm 1
Redraw = Literal["per_pass", "once", "continue"]  # stream.py
Allocation = Literal["even", "algorithm1"]
Quantity = Literal["audio_hours", "utterances", "supervised_tokens", "steps"]  # held (plan.py)
