"""Texts that clients name instead of sending them: those of a trusted file, and those that were sent before."""

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
from graphql import GraphQLError

from server.environment import SettingsError
from server.http.answers import HttpProblem
from server.http.graphql_request import GraphQLRequest

REMEMBERED = 1_000
"""How many texts that clients have sent are remembered; the one that was asked for longest ago goes first."""

_LENGTH = 16 * 1024
_NAMED = "sha256:"
_NOT_FOUND = GraphQLError("PersistedQueryNotFound", extensions={"code": "PERSISTED_QUERY_NOT_FOUND"})
"""In the words that clients of automatic persisted queries wait for; they send the text then."""


class UnknownDocumentError(Exception):
    """No text is known by this id."""

    def __init__(self) -> None:
        super().__init__(_NOT_FOUND.message)
        self.error = _NOT_FOUND


class Persisted:
    """The texts that are known by an id. ``trusted``: those of the file; ``only_trusted``: no other is taken."""

    def __init__(self, trusted: Mapping[str, str] | None = None, *, only_trusted: bool = False) -> None:
        self._trusted = dict(trusted or {})
        self._texts = frozenset(self._trusted.values()) if only_trusted else None
        self._sent: OrderedDict[str, str] = OrderedDict()

    def text(self, asked: GraphQLRequest) -> str:
        """The text that a request asks for. Raises UnknownDocumentError, HttpProblem for one that is not taken."""
        if asked.query is None:
            return self._known(asked.document_id or "")
        if self._texts is not None and asked.query not in self._texts:
            raise _untrusted()
        if asked.document_id and _bare(asked.document_id) != _digest(asked.query):
            message = (
                "The id is not the SHA-256 of the text sent with it. Send the digest in hexadecimal, or the text alone."
            )
            raise HttpProblem(400, "BAD_REQUEST", message)
        return asked.query

    def keep(self, asked: GraphQLRequest) -> None:
        """Remembers the text of a request that was sent with its digest, and proved to be in order."""
        if asked.query is None or asked.document_id is None or len(asked.query) > _LENGTH:
            return
        self._sent[_bare(asked.document_id)] = asked.query
        self._sent.move_to_end(_bare(asked.document_id))
        if len(self._sent) > REMEMBERED:
            self._sent.popitem(last=False)

    def _known(self, document_id: str) -> str:
        bare = _bare(document_id)
        if document_id in self._trusted or bare in self._trusted:
            return self._trusted[document_id if document_id in self._trusted else bare]
        if bare not in self._sent:
            raise UnknownDocumentError
        self._sent.move_to_end(bare)
        return self._sent[bare]


def read_trusted(file: Path) -> dict[str, str]:
    """The documents of a file by their ids: ``{id: text}``, or a manifest as Apollo's tools write it.

    Raises SettingsError with what is wrong.
    """
    try:
        content: Any = orjson.loads(file.read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else f"it is not JSON: {error}"
        raise SettingsError(f"The trusted documents in {file} cannot be read: {reason}.") from None
    if isinstance(content, dict) and isinstance(content.get("operations"), list):
        content = {each.get("id"): each.get("body") for each in content["operations"] if isinstance(each, dict)}
    if not isinstance(content, dict) or not all(isinstance(part, str) for pair in content.items() for part in pair):
        raise SettingsError(f"The trusted documents in {file} must be a JSON object of texts by their ids.")
    return content


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _bare(document_id: str) -> str:
    return document_id.removeprefix(_NAMED).lower()


def _untrusted() -> HttpProblem:
    message = "This server takes only the documents that it knows: add yours to the file of trusted documents first."
    return HttpProblem(403, "DOCUMENT_NOT_TRUSTED", message)
