"""A hub on this machine: it answers as far as publishing goes, and keeps what it was sent."""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

TOKEN = "hf_" + "a" * 34  # nobody's


@dataclass
class FakeHub:
    """`files`: the repository's, by name; `private`: None where there is no repository yet.

    `refuses`: a status that every request to write is answered with.
    """

    private: bool | None = None
    refuses: int | None = None
    address: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    tokens: set[str | None] = field(default_factory=set)

    def read(self, path: str) -> tuple[int, Any]:
        if self.private is None:
            return 404, {"error": "Repository not found"}
        if "/tree/" in path:
            return 200, [
                {"type": "file", "path": name, "size": len(content), "oid": "0" * 40}
                for name, content in self.files.items()
            ]
        names = [{"rfilename": name} for name in self.files]
        return 200, {"id": "me/lion", "private": self.private, "siblings": names, "sha": "0" * 40}

    def write(self, path: str, body: bytes) -> tuple[int, Any]:
        if self.refuses:
            return self.refuses, {"error": f"not with {TOKEN}"}
        if path.endswith("/repos/create"):
            asked = json.loads(body)
            self.private = bool(asked.get("private")) or asked.get("visibility") == "private"
            return 200, {"url": f"{self.address}/me/lion"}
        if path.endswith("/validate-yaml"):
            return 200, {"errors": [], "warnings": []}
        if "/preupload/" in path:
            modes = [
                {"path": file["path"], "uploadMode": "regular", "shouldIgnore": False}
                for file in json.loads(body)["files"]
            ]
            return 200, {"files": modes}
        for line in map(json.loads, body.splitlines()):
            if line["key"] == "file":
                self.files[line["value"]["path"]] = base64.b64decode(line["value"]["content"])
            if line["key"] == "deletedFile":
                del self.files[line["value"]["path"]]
        return 200, {"commitUrl": f"{self.address}/me/lion/commit/1", "commitOid": "1" * 40}


@contextmanager
def serving(hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    """The hub's library finds this hub, and a token that is nobody's."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(*hub.read(self.path))

        def do_POST(self) -> None:
            hub.tokens.add(self.headers.get("authorization"))
            body = self.rfile.read(int(self.headers["content-length"] or 0))
            self._answer(*hub.write(self.path, body))

        def _answer(self, status: int, content: Any) -> None:
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            if status == 404:
                self.send_header("x-error-code", "RepoNotFound")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    hub.address = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", hub.address)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_IMPLICIT_TOKEN", False)
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
