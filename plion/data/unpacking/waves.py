"""Write samples that a data set holds as arrays to a WAV file."""

from io import BytesIO
from typing import Any

import numpy as np
import pyarrow as pa
import soundfile
from numpy.typing import NDArray

from plion.errors import InputError


def as_wav(samples: pa.Array, rate: Any, where: str) -> bytes:
    """The bytes of a WAV with `samples`, (samples,) or (channels, samples), at `rate` Hz.

    Integers are written as PCM of 16 bits if they fit, else 32; other numbers as 32-bit floats.
    Raises InputError, beginning with `where`, for an array or a rate that is not valid.
    """
    if not isinstance(rate, int) or rate <= 0:
        raise InputError(f"{where} has a sampling_rate of {rate!r}: expected a number of Hz")
    content = BytesIO()
    levels = _levels(samples, where)
    subtype = {"int16": "PCM_16", "int32": "PCM_32"}.get(levels.dtype.name, "FLOAT")
    soundfile.write(content, levels, rate, format="WAV", subtype=subtype)
    return content.getvalue()


def _levels(samples: pa.Array, where: str) -> NDArray[Any]:
    try:
        values = np.asarray(samples.to_numpy(zero_copy_only=False))
        if values.dtype == object:  # channels
            values = np.stack([np.asarray(channel) for channel in values]).T
        if np.issubdtype(values.dtype, np.integer):
            small = not values.size or -(2**15) <= values.min() <= values.max() < 2**15
            return values.astype(np.int16 if small else np.int32)
        return values.astype(np.float32)
    except (ValueError, TypeError, OverflowError) as error:
        raise InputError(f"{where} has an array that is not audio: {error}") from error
