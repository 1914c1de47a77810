"""`plion settings`, from the command line."""

import pytest
from asking import imported, refused

from plion.cli.main import main


def test_a_setting_or_a_group_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["settings", "sampler.temperature.T"]) == 0
    assert capsys.readouterr().out.startswith(
        "sampler.temperature.T = 3.0\n    a number, above 0\n"
    )
    assert main(["settings", "hold", "--markdown"]) == 0
    assert "\n| hold.amount | 1.0 | a number, above 0 |" in capsys.readouterr().out


def test_an_unknown_key_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert "did you mean 'optim.lr'?" in refused(["settings", "lr"], capsys)


def test_settings_are_printed_without_torch() -> None:
    status, modules = imported("settings")
    assert status == 0 and not modules & {"torch", "lightning", "transformers"}
