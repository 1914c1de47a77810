"""What sampling leaves to be chosen, in the words that an experiment's settings use."""

from typing import Literal

Unit = Literal["utterances", "hours", "tokens"]  # what shares are of (mixture.py)
Redraw = Literal["per_pass", "once", "continue"]  # stream.py
Allocation = Literal["even", "algorithm1"]
Quantity = Literal["audio_hours", "utterances", "supervised_tokens", "steps"]  # held (plan.py)
