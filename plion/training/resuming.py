"""Whether a run can be resumed here: in what it was begun in, from checkpoints that are whole."""

from plion.config.schema import Experiment
from plion.errors import InputError
from plion.models import device
from plion.models.qwen3_asr import attention
from plion.runs.folder import RunFolder
from plion.training.callbacks.checkpoints import last_checkpoint
from plion.training.integrity import check_resumable

# What run.json has of it: the setting that decides, which may leave it to the device.
_SETTINGS = {"precision": "trainer.precision", "attention": "model.attention"}


def resolved(exp: Experiment) -> dict[str, str]:
    """Precision and attention of a training on this machine, as run.json has them."""
    return {
        "precision": device.precision(exp.trainer),
        "attention": attention.recorded(attention.training(exp), exp),
    }


def check_resumable_here(folder: RunFolder, exp: Experiment) -> None:
    """Raises InputError where a run would go on in something else, or from damaged files."""
    if folder.export.exists() or not last_checkpoint(folder).exists():
        return
    begun = folder.read()
    for name, here in resolved(exp).items():
        now = _setting(here)
        then = _setting(begun.get(name, now))
        if then != now:
            key = _SETTINGS[name]
            raise InputError(
                f"{folder.path} was begun with {name} {then}, and {key}=auto is {now} on this "
                f"device: resume it where it is {then}, or begin anew with {key}={now}, which is "
                "the same on every device"
            )
    check_resumable(folder, best_is_selected=exp.trainer.select == "best")


def _setting(recorded: str) -> str:
    """The value of a setting as one gives it: of an attention run.json also has the window."""
    return recorded.partition(",")[0]
