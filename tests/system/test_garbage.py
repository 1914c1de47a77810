"""Looking for garbage less often, for as long as it is asked."""

import gc

import pytest

from plion.system.garbage import rarely_collected


def test_garbage_is_looked_for_as_before_once_all_is_read() -> None:
    before = gc.get_threshold()
    with pytest.raises(KeyboardInterrupt), rarely_collected():
        assert gc.isenabled() and gc.get_threshold()[0] > before[0] > 0
        raise KeyboardInterrupt
    assert gc.get_threshold() == before
