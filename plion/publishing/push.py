"""`plion push`: publishes a finished run's model and its card in a repository of the hub.

Publishes only the run's export and the card. The hub's library finds the user's token itself;
plion does not ask for it, print it or store it.
"""

import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi
from huggingface_hub.errors import (
    HfHubHTTPError,
    HFValidationError,
    HTTPError,
    LocalTokenNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
)
from huggingface_hub.utils import validate_repo_id

from plion.errors import Failed, InputError
from plion.models.card import Card
from plion.publishing.card import card
from plion.publishing.contents import CARD, Content, content, contents, listing, published
from plion.publishing.finished import Finished, finished
from plion.system.files import atomic_write, writable

_DRAFT = ".push.part"
# An earlier push may have used another layout or another number of shards.
_REPLACED = (
    "Files of an earlier push in the repository's top folder that are not listed here are deleted: "
    "weights (model*.safetensors) and their index, an adapter, and a model's settings, tokenizer "
    "and chat template. Other files and folders stay."
)
_REFUSED = (401, 403)
_SECRET = re.compile(r"hf_\w+")


def push(
    path: Path, repository: str, layout: str = "hf", *, public: bool = False, dry_run: bool = False
) -> str:
    """Publishes a run's model in a layout, privately unless `public`; returns a summary.

    `dry_run` lists the files and does not use the network. Raises InputError for a run without
    weights, for files that must not be published, and for a repository that is not writable or not
    as private or public as asked; Failed if the hub cannot be reached.
    """
    _check_name(repository)
    run = finished(path)
    if run.alone(layout) and run.base.hub_id is None:
        merging = [f", or push --layout {one}, which merges it" for one in run.family.layouts[1:]]
        raise InputError(
            f"run {path} exported an adapter of {run.base.shown}, which is not on the hub; export "
            f"model.lora.export=merged{''.join(merging)}"
        )
    with _built(run, repository, layout) as files:
        kind = "public" if public else "private"
        what = f"{listing(files)}\n\n{_REPLACED}\n\n{repository} ({kind}), layout {layout}"
        if dry_run:
            return f"{what}: nothing was sent"
        return f"{what}: {_upload(files, repository, run.family.card, public=public)}"


def _check_name(repository: str) -> None:
    try:
        validate_repo_id(repository)
    except HFValidationError as error:
        raise InputError(f"'{repository}' is not a repository's name: {error}") from error
    if repository.count("/") != 1:
        raise InputError(f"'{repository}' is not a repository's name: it must be OWNER/NAME")


@contextmanager
def _built(run: Finished, repository: str, layout: str) -> Iterator[list[Content]]:
    """The files to publish: the export's or their conversion, and a temporary card."""
    draft, folder = run.folder.path / _DRAFT, run.folder.export
    with writable(run.folder.path):
        shutil.rmtree(draft, ignore_errors=True)  # left by a push that was killed
        draft.mkdir()
    try:
        if layout != "hf":
            folder = draft / "model"
            from plion.models.converting import convert  # imports torch

            convert(str(run.folder.path), folder, layout)
        found = contents(folder, run.family.card)
        atomic_write(draft / CARD, card(run.folder.path, layout, repository, folder))
        yield [content(draft / CARD), *found]
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _upload(files: Sequence[Content], repository: str, model: Card, *, public: bool) -> str:
    api = HfApi()
    with _told(repository):
        _create(api, repository, public=public)
        own = {file.name for file in files}
        there = [name for name in api.list_repo_files(repository) if published(name, model)]
        commit = api.create_commit(
            repository,
            operations=[
                *(CommitOperationAdd(file.name, str(file.path)) for file in files),
                *(CommitOperationDelete(name) for name in there if name not in own),
            ],
            commit_message="Upload model with plion",
        )
    return f"published at {commit.commit_url}"


def _create(api: HfApi, repository: str, *, public: bool) -> None:
    """Creates the repository if missing; an existing one must be as private or public as asked."""
    try:
        private = api.model_info(repository).private
    except RepositoryNotFoundError:
        api.create_repo(repository, private=not public)
        return
    if not private and not public:
        raise InputError(f"{repository} exists and is public; give --public, or another name")
    if private and public:
        raise InputError(f"{repository} exists and is private; make it public on the hub first")


@contextmanager
def _told(repository: str) -> Iterator[None]:
    """Turns errors of the hub and the network into InputError or Failed, in one sentence."""
    try:
        yield
    except (LocalTokenNotFoundError, OfflineModeIsEnabled) as error:
        if isinstance(error, OfflineModeIsEnabled):
            raise InputError("HF_HUB_OFFLINE is set: unset it to publish") from error
        raise InputError("you are not logged in to the hub: run `hf auth login` first") from error
    except HfHubHTTPError as error:
        status = error.response.status_code if error.response is not None else None
        if status in _REFUSED:
            raise InputError(
                f"the hub does not let you write to {repository} (HTTP {status}): run `hf auth "
                "login` with a token that may write"
            ) from error
        raise Failed(f"the hub refused {repository}: {_first(error)}") from error
    except (HTTPError, OSError) as error:
        raise Failed(
            f"the hub could not be reached ({_first(error)}); give the same command again"
        ) from error


def _first(error: Exception) -> str:
    """The first line of an error's message, with tokens masked."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return _SECRET.sub("hf_...", lines[0])
