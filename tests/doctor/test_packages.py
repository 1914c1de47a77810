"""Versions and imports, as sentences."""

from pathlib import Path

import pytest

from plion.doctor.finding import Finding
from plion.doctor.imports import Imported, try_imports
from plion.doctor.packages import explain_import_error, packages


@pytest.fixture
def importing(monkeypatch: pytest.MonkeyPatch) -> dict[str, str | None]:
    """What imports come to, by module; those that are not in it work."""
    errors: dict[str, str | None] = {}

    def try_imports(modules: list[str]) -> Imported:
        return Imported({name: errors.get(name) for name in modules})

    monkeypatch.setattr("plion.doctor.packages.try_imports", try_imports)
    return errors


def found(name: str) -> list[Finding]:
    return [one for one in packages()[0] if one.name == name]


def test_what_is_installed_here_is_as_plion_wants_it(importing):
    (versions,) = found("packages")
    assert (versions.state, versions.needed) == ("ok", True)
    assert [one.state for one in found("lightning")] == ["ok"]


def test_a_version_that_is_too_old_is_named_with_what_is_wanted(importing, fake):
    fake("peft", "", "0.1.0")
    (old, _) = found("peft")
    assert old == Finding("peft", "broken", "0.1.0 is installed; plion needs >=0.21.2", True)


@pytest.mark.parametrize("version", ["2.6.2", "2.6.3"])
def test_a_malicious_upload_is_told_and_never_imported(
    fake, tmp_path: Path, version: str, monkeypatch: pytest.MonkeyPatch
):
    def try_it(modules: list[str]) -> Imported:
        """Imports it if it is asked for, and nothing else, which would take ten seconds."""
        tried = try_imports([one for one in modules if one == "lightning"])
        return Imported({**dict.fromkeys(modules), **tried.errors})

    monkeypatch.setattr("plion.doctor.packages.try_imports", try_it)
    mark = tmp_path / "imported"
    fake("lightning", f"open({str(mark)!r}, 'w')", version)
    (told,) = found("lightning")
    assert (told.state, told.needed) == ("broken", True)
    assert "malicious" in told.words
    assert not mark.exists()


def test_a_cuda_build_beside_a_torch_for_cpus_is_said_in_words(importing):
    importing["torchaudio"] = "OSError: libc10_cuda.so: cannot open shared object file\nand more"
    (told,) = found("torchaudio")
    assert (told.state, told.needed) == ("broken", True)
    assert "a CUDA build beside a torch for CPUs" in told.words
    assert "--force-reinstall" in told.words
    assert "\n" not in told.words


def test_a_transformers_without_the_model_is_said_in_words():
    error = "ModuleNotFoundError: No module named 'transformers.models.qwen3_asr'"
    assert explain_import_error(error).startswith("transformers is too old for Qwen3-ASR (")


def test_an_error_that_is_not_known_is_its_own_first_line():
    assert explain_import_error("ValueError: odd\nTraceback") == "ValueError: odd"


def test_an_extra_that_is_not_there_says_what_it_is_for(importing, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("plion.doctor.packages._there", lambda module: module != "pandas")
    (told,) = found("pandas")
    assert (told.state, told.needed) == ("missing", False)
    assert "pip install -e '.[demo]'" in told.words


def test_the_decoder_of_other_formats_says_what_it_is_for(
    importing, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("plion.doctor.packages._there", lambda module: module != "av")
    (told,) = found("av")
    assert told.state == "missing"
    assert "M4A" in told.words and "pip install -e '.[audio]'" in told.words


def test_a_broken_extra_does_not_stop_training(importing):
    importing["espeakng_loader"] = "OSError: libespeak-ng.so"
    (told,) = found("espeakng_loader")
    assert (told.state, told.stops_training) == ("broken", False)


def test_an_error_that_says_nothing_is_told_all_the_same():
    assert explain_import_error("") and explain_import_error("\n  \nwhy\n") == "why"
