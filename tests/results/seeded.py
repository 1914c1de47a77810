"""A small study over seeds."""

from plion.results.reading.collect import read_studies


def seeded(runs, seeds=2):
    """A base and two cells over some seeds; nothing but chance tells the runs apart."""
    runs.keys, runs.utterances = ["nsc", "slr65"], 40
    names = [f"{cell}{seed}" for cell in "pq" for seed in range(seeds)]
    for place, name in enumerate(["base", *names]):
        runs.write(name, lambda key, number, place=place: number % 4 + place % 2)
    labels = {name: {"sampler": name[0]} for name in names}
    folder = runs.ablation({"sampler": ["p", "q"]}, labels, {name: int(name[1:]) for name in names})
    [study] = read_studies([folder])
    return study
