from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from plion.results.csv_rows import tidy, write_csv
from plion.results.reading.collect import read_studies

NOTEBOOKS = sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb"))
RESULTS = next(path for path in NOTEBOOKS if path.name == "results.ipynb")


def executed(path, folder, monkeypatch, results):
    monkeypatch.setenv("PLION_RESULTS", str(results))
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, resources={"metadata": {"path": str(folder)}}).execute()
    return notebook


def outputs(notebook):
    return [output for cell in notebook.cells for output in cell.get("outputs", [])]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_notebook_is_stored_without_outputs(path):
    assert outputs(nbformat.read(path, as_version=4)) == []


def test_results_notebook_shows_an_unfinished_grid(grid, runs, tmp_path, monkeypatch):
    runs.record("mini-balanced-none-s0", status="failed")
    write_csv(tidy(read_studies([grid])), grid / "results.csv")
    notebook = executed(RESULTS, tmp_path, monkeypatch, grid / "results.csv")
    shown = [output.get("data", {}) for output in outputs(notebook)]
    pictures = [len(data["image/png"]) > 1000 for data in shown if "image/png" in data]
    assert pictures == [True] * 2  # errors and confusion
    unfinished, averages = (data.get("text/plain", "") for data in shown[:2])
    assert "mini-balanced-none-s0" in unfinished and "language_mean" in averages
    printed = "".join(output.get("text", "") for output in outputs(notebook))
    assert "balanced - proportional (at tag.train predict)" in printed
    assert "cost: not drawn, as the runs do not say what their training cost." in printed


def test_results_notebook_shows_single_runs(runs, tmp_path, monkeypatch):
    folder = runs.write("a", 1)
    write_csv(tidy(read_studies([folder])), folder / "results.csv")
    shown = outputs(executed(RESULTS, tmp_path, monkeypatch, folder / "results.csv"))
    assert any("errors: Errors on each test set" in output.get("text", "") for output in shown)
