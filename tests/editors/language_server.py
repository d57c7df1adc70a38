"""Talks to the YAML language server as an editor does: opens a text, asks what it would show."""

import json
import subprocess
from itertools import count
from pathlib import Path
from typing import Any, Self

PATIENCE_SECONDS = 60


class LanguageServer:
    """One server over its standard input and output. ``folder``: where the texts are said to lie."""

    def __init__(self, command: tuple[str, ...], folder: Path) -> None:
        self._folder, self._ids, self._texts = folder, count(1), count(1)
        # Its standard error is not read, and must not be a pipe that fills up.
        self._process = subprocess.Popen(
            [*command, "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self._told: dict[str, list[Any]] = {}
        self._ask("initialize", {"processId": None, "rootUri": folder.as_uri(), "capabilities": {}})
        self._tell("initialized", {})
        yaml = {"validate": True, "completion": True, "hover": True, "schemaStore": {"enable": False}}
        self._tell("workspace/didChangeConfiguration", {"settings": {"yaml": yaml}})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    def open(self, text: str, schema: Path) -> str:
        """Opens a text that names its schema in the first line; answers with how it is called."""
        uri = (self._folder / f"{next(self._texts)}.yaml").as_uri()
        whole = f"# yaml-language-server: $schema={schema.as_uri()}\n{text}"
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": whole}
        self._tell("textDocument/didOpen", {"textDocument": document})
        return uri

    def problems(self, uri: str) -> list[tuple[int, str]]:
        """What it says is wrong: the line of the text, from 1, and the message."""
        while uri not in self._told:
            self._read()
        return [(each["range"]["start"]["line"], each["message"]) for each in self._told[uri]]

    def completions(self, uri: str, line: int, column: int) -> list[str]:
        """What it proposes behind that many characters of a line of the text."""
        found = self._ask("textDocument/completion", _at(uri, line, column))
        return [each["label"] for each in found["items"]]

    def hover(self, uri: str, line: int, column: int) -> str:
        """What it shows of the word there."""
        found = self._ask("textDocument/hover", _at(uri, line, column))
        return str(found["contents"]["value"]) if found else ""

    def _tell(self, method: str, params: object, **more: object) -> None:
        self._write({"jsonrpc": "2.0", "method": method, "params": params, **more})

    def _write(self, message: object) -> None:
        body = json.dumps(message).encode()
        assert self._process.stdin is not None
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self._process.stdin.flush()

    def _ask(self, method: str, params: object) -> Any:
        number = next(self._ids)
        self._tell(method, params, id=number)
        while True:
            message = self._read()
            if message.get("id") == number and "method" not in message:
                assert "error" not in message, message["error"]
                return message["result"]

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        length = 0
        while (line := self._process.stdout.readline().strip()) or not length:
            name, _, value = line.partition(b":")
            assert line or self._process.poll() is None, "the language server has ended"
            if name.lower() == b"content-length":
                length = int(value)
        message: dict[str, Any] = json.loads(self._process.stdout.read(length))
        if message.get("method") == "textDocument/publishDiagnostics":
            self._told[message["params"]["uri"]] = message["params"]["diagnostics"]
        elif "method" in message and "id" in message:
            wanted = message["params"].get("items", []) if message["method"] == "workspace/configuration" else None
            self._write({"jsonrpc": "2.0", "id": message["id"], "result": wanted and [None for _ in wanted]})
        return message


def _at(uri: str, line: int, column: int) -> dict[str, Any]:
    return {"textDocument": {"uri": uri}, "position": {"line": line, "character": column}}
