from plion.scoring.confusion import Teller, confusion
from plion.scoring.counts import count
from plion.scoring.fault_table import FAULTS, fault_cells
from plion.scoring.faults import Faults, faults
from plion.text.shipped import SHIPPED


def of(references: list[str], texts: list[str]) -> Faults:
    return faults(references, texts, SHIPPED["en"], count(references, texts, SHIPPED["en"], "wer"))


def cells(*found: Faults, wrong: int = 0) -> dict[str, str]:
    taken = confusion(["en"] * 4, ["Malay"] * wrong + ["English"] * (4 - wrong), [""] * 4, Teller())
    return dict(zip(FAULTS, fault_cells(found, taken), strict=True))


def test_ratios_of_several_sets_are_averaged_and_their_utterances_pooled() -> None:
    short, long = of(["a b"], [""]), of(["a b"] * 3, ["a b", "a b", "天"])
    assert cells(short, long, wrong=1) == {
        "length ratio": f"{(0 + 5 / 6) / 2:.3f}",
        "empty": "25.00",
        "loops": "0.00",
        "wrong script": "25.00",
        "wrong language": "25.00",
    }


def test_without_a_reference_token_there_is_no_ratio() -> None:
    assert cells(of(["?"], ["a"]))["length ratio"] == ""
