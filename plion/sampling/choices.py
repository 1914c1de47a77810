"""Types of the sampling settings that take one of a few names."""

from typing import Literal

Unit = Literal["utterances", "hours", "tokens"]  # that sizes are measured in (mixture.py)
Redraw = Literal["per_pass", "once", "continue"]  # stream.py
Allocation = Literal["even", "algorithm1"]
Quantity = Literal["audio_hours", "utterances", "supervised_tokens", "steps"]  # held (plan.py)
