import pytest

from plion.scoring.benchmarks import suite
from plion.scoring.paper import (
    published_latencies,
    published_systems,
    published_utterances,
)
from plion.scoring.statistics.averages import averages, macro_average

LANGUAGES = {row.key: row.language for row in suite("sg12")}


def test_every_system_has_a_rate_on_all_twelve():
    assert [list(system.rates) for system in published_systems()] == [list(LANGUAGES)] * 9


@pytest.mark.parametrize("system", published_systems(), ids=lambda system: system.name)
def test_printed_average_is_the_plain_mean_of_all_twelve(system):
    assert macro_average(system.rates) == pytest.approx(system.average, abs=0.045)


def test_mean_of_language_means_narrows_the_lead_of_the_largest_system():
    made = {row.name: averages(row.rates, LANGUAGES) for row in published_systems()}
    means = {name: own["language_mean"].rate for name, own in made.items()}
    assert means["Polyglot-Lion-1.7B"] == pytest.approx(13.56, abs=0.005)
    assert means["MERaLiON-2-10B-ASR"] == pytest.approx(13.34, abs=0.005)


def test_every_system_has_a_latency():
    latencies = published_latencies()
    assert {row.system for row in latencies} == {row.name for row in published_systems()}
    slowest = max(latencies, key=lambda row: row.mean)
    assert (slowest.system, slowest.mean, slowest.deviation) == (
        "MERaLiON-2-10B-ASR",
        2.0152,
        0.8846,
    )


def test_the_papers_test_sets_have_71_267_utterances():
    utterances = published_utterances()
    assert list(utterances) == list(LANGUAGES) and sum(utterances.values()) == 71_267
