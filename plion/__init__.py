"""Ablations of multilingual speech recognition: Qwen3-ASR under samplers and language tags."""

__version__ = "0.1.0"
