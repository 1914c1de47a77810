from plion.results.analysis.pairing import intersected
from plion.results.analysis.peers import beside, cell_numbers, peers
from plion.results.reading.collect import read_studies
from plion.results.reading.study import Run
from plion.runs.record import RunRecord
from plion.scoring.statistics.seeds import FIXED

SEEDS = {"p0": 0, "p1": 1, "q0": 0, "q1": 1}


def seeded(runs, **errors):
    """A base and two cells of two seeds; `errors` by name, else one token of five."""
    for name in ["base", *SEEDS]:
        if name in errors or name not in ("q1",):
            runs.write(name, errors.get(name, 1))
    labels = {name: {"sampler": name[0]} for name in SEEDS}
    [study] = read_studies([runs.ablation({"sampler": ["p", "q"]}, labels, SEEDS)])
    return study


def names(found):
    return [run.name for run in found]


def test_peers_are_the_runs_on_the_same_utterances(runs):
    study = seeded(runs)
    assert names(peers(study, study.runs[1])) == ["base", "p0", "p1", "q0"]  # q1 is missing
    assert peers(study, study.runs[1]) is peers(study, study.runs[1])


def test_run_on_other_utterances_is_no_peer(runs):
    runs.write("base", 1)
    for number, name in enumerate(SEEDS):
        runs.utterances = 11 if number == 3 else 12
        runs.write(name, 1)
    labels = {name: {"sampler": name[0]} for name in SEEDS}
    [study] = read_studies([runs.ablation({"sampler": ["p", "q"]}, labels, SEEDS)])
    odd = study.runs[-1]
    assert names(peers(study, odd)) == ["q1"]
    compared = [study.runs[1], odd]
    assert names(beside(study, compared, intersected(compared))) == [
        *("p0", "q1"),
        "base",
        "p1",
        "q0",
    ]


def test_a_run_that_two_cells_share_is_one_peer(runs):
    for number, name in enumerate(SEEDS):
        runs.write(name, number, hash=f"0000000{number % 2}")
    labels = {name: {"sampler": name[0]} for name in SEEDS}
    [study] = read_studies([runs.ablation({"sampler": ["p", "q"]}, labels, SEEDS, base=None)])
    p0, p1, q0, q1 = study.runs
    assert [names(peers(study, run)) for run in (p0, q1)] == [["p0", "p1"], ["q0", "q1"]]
    assert names(beside(study, [q0, q1], [q0, q1])) == ["q0", "q1"]
    assert names(beside(study, [p0, q1], [p0, q1])) == ["p0", "q1"]
    assert names(beside(study, study.runs, study.runs)) == list(SEEDS)
    assert names(beside(study, [q0], intersected([q0]))) == ["q0", "p1"]


def test_cells_are_numbered_by_labels_and_the_base_is_fixed(runs):
    study = seeded(runs, q1=1)
    assert cell_numbers(study.runs) == [FIXED, 0, 0, 1, 1]


def test_told_runs_and_second_decodings_are_cells_of_their_own():
    free = [Run(f"p{seed}", "done", {"sampler": "p"}, seed) for seed in range(2)]
    told = [Run(f"p{seed}", "done", {"sampler": "p"}, seed, again=True) for seed in range(2)]
    assert cell_numbers([*free, *told]) == [0, 0, 1, 1]


def test_single_runs_are_cells_where_they_were_trained():
    trained = Run("a", "done", seed=0, record=RunRecord(steps=10))
    taken = Run("b", "done", seed=0)
    tested = Run("c", "done", seed=0, record=RunRecord(trained_as="a"))
    base = Run("base", "done", seed=None, record=RunRecord(trained_as="a"))
    assert cell_numbers([trained, taken, tested, base]) == [0, FIXED, 1, FIXED]


def test_told_run_has_told_peers(runs):
    [study] = read_studies([runs.write("a"), runs.write("b", tag_decode="forced"), runs.write("c")])
    assert [names(peers(study, run)) for run in study.runs] == [["a", "c"], ["b"], ["a", "c"]]


def test_runs_of_other_budgets_are_no_peers(runs):
    labels = {name: {"sampler": name[0], "budget": "1"} for name in SEEDS}
    labels |= {f"{name}.5": {"sampler": name[0], "budget": "0.5"} for name in SEEDS}
    for name in ["base", *labels]:
        runs.write(name, 1)
    seeds = {name: int(name[1]) for name in labels}
    [study] = read_studies(
        [runs.ablation({"sampler": ["p", "q"], "budget": ["0.5", "1"]}, labels, seeds)]
    )
    run = next(one for one in study.runs if one.name == "p0")
    assert names(peers(study, run)) == list(SEEDS)
    compared = [run, next(one for one in study.runs if one.name == "p0.5")]
    assert len(beside(study, compared, compared)) == 2 * len(SEEDS)
