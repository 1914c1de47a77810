"""The layouts of model folders, of all families; what the command line knows of models."""

LAYOUTS = ("hf", "qwen-asr")
"""transformers' own first."""
