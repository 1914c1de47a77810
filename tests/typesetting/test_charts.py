"""What every chart of the package has."""

from pathlib import Path

import pytest
from matplotlib.figure import Figure

from plion.text.shipped import SHIPPED
from plion.typesetting.charts import SUFFIXES, house_style, save_chart, share_bars

SHARES = {"utterances": {"en": 75.0, "ta": 25.0}, "hours": {"en": 60.0, "ta": 40.0}}
SPOKEN = [SHIPPED["en"], SHIPPED["ta"]]
HEADS = {".png": b"\x89PNG", ".pdf": b"%PDF", ".svg": b"<?xml"}


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_chart_says_what_made_it(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"a{suffix}"
    save_chart(Figure(), path, "plion results runs/mini")
    content = path.read_bytes()
    assert content.startswith(HEADS[suffix])
    assert b"Made by: plion results runs/mini" in content


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_same_chart_is_the_same_file(suffix: str, tmp_path: Path) -> None:
    for name in "ab":
        with house_style():
            figure = Figure()
            share_bars(figure.subplots(), {"balanced": SHARES}, "share", SPOKEN)
            save_chart(figure, tmp_path / f"{name}{suffix}", "plion")
    assert (tmp_path / f"a{suffix}").read_bytes() == (tmp_path / f"b{suffix}").read_bytes()


def test_bars_are_their_shares_under_their_name() -> None:
    panel = Figure().subplots()
    share_bars(panel, {"balanced": SHARES}, "share", SPOKEN)
    assert [bar.get_width() for bar in panel.patches] == [75, 25, 60, 40]
    assert [label.get_text() for label in panel.get_yticklabels()] == ["utterances", "hours"]
    assert "balanced" in [text.get_text() for text in panel.texts]
    assert [text.get_text() for text in panel.get_legend().get_texts()] == ["English", "Tamil"]
