"""Checks before a run is resumed: same precision and attention, intact checkpoints."""

from plion.config.schema import Experiment, Model
from plion.errors import InputError
from plion.models import device
from plion.models.families import family, resolve
from plion.runs.checkpoint_folder import begun_with
from plion.runs.folder import RunFolder
from plion.training.callbacks.checkpoints import last_checkpoint
from plion.training.resuming.integrity import check_resumable

# Field of run.json: the setting behind it, whose value `auto` depends on the device.
_SETTINGS = {"precision": "trainer.precision", "attention": "model.attention"}


def resolved(exp: Experiment) -> dict[str, str]:
    """Precision and attention of a training on this machine, as recorded in run.json."""
    own = family(resolve(exp.model.name, like=exp.model.like))
    return {
        "precision": device.precision(exp.trainer),
        "attention": recorded_attention(own.attention(exp.model, exp.trainer), exp.model),
    }


def recorded_attention(attention: str, model: Model) -> str:
    """An attention as recorded in run.json and results, with its window if that is not 8 s."""
    return attention + ", full window" * (model.encoder_window == "full")


def check_resumable_here(folder: RunFolder, exp: Experiment) -> None:
    """Raises InputError if a run would resume in another precision or attention, or from damaged
    checkpoints.
    """
    if folder.trained or not last_checkpoint(folder).exists():
        return
    begun, noted = folder.read(), begun_with(folder)
    for name, here in resolved(exp).items():
        now = _setting(here)
        then = _setting(getattr(begun, name) or noted.get(name) or now)
        if then != now:
            key = _SETTINGS[name]
            raise InputError(
                f"{folder.path} was started with {name} {then}, but {key}=auto is {now} on this "
                f"device: resume it on a device where it is {then}, or start a new run with "
                f"{key}={now}, which is the same on every device"
            )
    check_resumable(folder, best_is_selected=exp.trainer.select == "best")


def _setting(recorded: str) -> str:
    """The setting's value in a recorded one: run.json adds the window to an attention."""
    return recorded.partition(",")[0]
