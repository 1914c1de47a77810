"""The section "Use" of a model card: how to load the model."""

import shlex

from plion.models.values import Published
from plion.publishing.finished import Finished


def usage_section(run: Finished, layout: str, name: str) -> str:
    """Code and commands that use the model; `name`: its repository or folder."""
    exp = run.exp
    if run.alone(layout):
        context = f" --context {shlex.quote(exp.data.context)}" if exp.data.context else ""
        parts = [
            f"This is a LoRA adapter of {run.base.shown}, for peft and plion. From a local folder:",
            f"    plion transcribe {name} clip.wav{context}",
        ]
    else:
        languages = [run.known[key] for key in run.languages]
        published = Published(name, languages, exp.tag.train, exp.data.context)
        parts = run.family.card.usage(published, layout)
    return "\n\n".join(["## Use", *parts])
