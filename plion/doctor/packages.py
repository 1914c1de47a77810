"""Checks of packages: installed versions, and whether they can be imported."""

import importlib.util
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version

from packaging.requirements import Requirement  # installed with pip

from plion.doctor.finding import Finding
from plion.doctor.imports import Imported, try_imports
from plion.errors import first_line

# Packages that training needs, and whose import may fail although they are installed.
_NEEDED = (
    "torch", "torchaudio", "transformers.models.qwen3_asr", "lightning", "peft", "soundfile",
)  # fmt: skip
_EXTRAS = {
    "espeakng_loader": "`plion data mini`, which synthesises mini12",
    "pandas": "the notebook of the results",
    "av": "audio that libsndfile does not decode: M4A, WebM, WMA, MP3 of no stated length",
    "ray": "studies on a cluster, `--engine ray`",
    "flash_attn": "FlashAttention 2 on CUDA devices of capability 8 or more",
}
_INSTALL = {
    "espeakng_loader": "pip install -e '.[demo]'",
    "pandas": "pip install -e '.[demo]'",
    "av": "pip install -e '.[audio]'",
    "ray": "pip install -e '.[ray]'",
    "flash_attn": "pip install flash-attn --no-build-isolation",
}
MALICIOUS = {"lightning": ("2.6.2", "2.6.3")}
_PAIR = (
    "reinstall both from one registry: "
    "pip install --force-reinstall -c constraints.txt torch torchaudio"
)
# Part of an error message: its meaning.
_MEANINGS = (
    ("libc10_cuda.so", f"a CUDA build beside a torch for CPUs; {_PAIR}"),
    ("libtorch_cuda", f"a CUDA build beside a torch for CPUs; {_PAIR}"),
    ("libcudart", f"a CUDA build beside a torch for CPUs; {_PAIR}"),
    ("undefined symbol", f"it was built for another torch; {_PAIR}"),
    ("No module named 'transformers.models.qwen3_asr'", "transformers is too old for Qwen3-ASR"),
    ("sndfile library not found", "libsndfile is missing: pip install --force-reinstall soundfile"),
)


def packages() -> tuple[list[Finding], Imported]:
    """Checks versions against setup.cfg, then imports; also returns what the imports reported.

    Never imports a known malicious version.
    """
    found = list(_versions())
    bad = [name for name, versions in MALICIOUS.items() if _version(name) in versions]
    modules = [name for name in (*_NEEDED, *_EXTRAS) if _there(name) and name not in bad]
    imported = try_imports(modules)
    found += [_needed(name, imported) for name in _NEEDED if name in imported.errors]
    found += [_extra(name, imported) for name in _EXTRAS]
    return found, imported


def _versions() -> Iterator[Finding]:
    """A finding per package whose version does not satisfy setup.cfg, or one if all do."""
    try:
        wanted = [Requirement(text) for text in requires("plion") or []]
    except PackageNotFoundError:
        yield Finding("packages", "missing", "plion is not installed: pip install -e .", True)
        return
    wanted = [one for one in wanted if one.marker is None or one.marker.evaluate({"extra": ""})]
    wrong = [finding for one in wanted if (finding := _wrong(one))]
    yield from wrong
    if not wrong:
        yield Finding("packages", "ok", f"all {len(wanted)} in the versions required", True)


def _wrong(wanted: Requirement) -> Finding | None:
    name, installed = wanted.name, _version(wanted.name)
    if installed is None:
        words = f"plion needs it: pip install -c constraints.txt '{wanted}'"
        return Finding(name, "missing", words, True)
    if installed in MALICIOUS.get(name, ()):
        return Finding(
            name,
            "broken",
            f"{installed} was a malicious upload: uninstall it at once, change every password and "
            f"token that this account could read, and install '{wanted}'; it was not imported here",
            True,
        )
    if not wanted.specifier.contains(installed, prereleases=True):
        words = f"{installed} is installed; plion needs {wanted.specifier}"
        return Finding(name, "broken", words, True)
    return None


def _needed(module: str, imported: Imported) -> Finding:
    package, error = module.partition(".")[0], imported.errors[module]
    installed = _version(package) or "?"
    if error is None:
        with_ = " with Qwen3-ASR" if package == "transformers" else ""
        return Finding(package, "ok", f"{installed}{with_}", True)
    return Finding(
        package, "broken", f"{installed} cannot be imported: {explain_import_error(error)}", True
    )


def _extra(module: str, imported: Imported) -> Finding:
    if module not in imported.errors:
        return Finding(module, "missing", f"for {_EXTRAS[module]}: {_INSTALL[module]}")
    error = imported.errors[module]
    if error is None:
        return Finding(module, "ok", f"for {_EXTRAS[module]}")
    return Finding(module, "broken", f"cannot be imported: {explain_import_error(error)}")


def explain_import_error(error: str) -> str:
    """Explains an import error: the known cause, if any, with the error's first line."""
    first = first_line(ImportError(error))
    known = next((words for part, words in _MEANINGS if part in error), None)
    return f"{known} ({first})" if known else first


def _there(module: str) -> bool:
    return importlib.util.find_spec(module.partition(".")[0]) is not None


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
