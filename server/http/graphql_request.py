"""Reads a GraphQL request out of an HTTP request, refusing whatever is not one."""

from asyncio import timeout
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.requests import Request

from server.http.answers import HttpProblem
from server.http.negotiation import JSON

BODY_SECONDS = 30.0
"""How long a request's body may take to come."""

EXAMPLE = '{"query": "{ programs { name } }"}'


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    """What a client asks for: by a text, by the id of one that is known here, or by both.

    ``operation_name`` picks one of several operations of the text.
    """

    query: str | None
    document_id: str | None
    variables: Mapping[str, Any]
    operation_name: str | None


@dataclass(frozen=True, slots=True)
class Reading:
    """Reads requests. ``body_bytes``, ``body_seconds``: how long a body may be, and how long it may take to come."""

    body_bytes: int
    body_seconds: float = BODY_SECONDS

    async def request(self, request: Request) -> GraphQLRequest:
        """The GraphQL request that came by POST as JSON or by GET as parameters; raises :class:`HttpProblem`."""
        return from_values(_from_parameters(request) if request.method != "POST" else await self._from_body(request))

    async def _from_body(self, request: Request) -> Mapping[str, Any]:
        _require_json(request.headers.get("content-type"))
        try:
            async with timeout(self.body_seconds):
                body = await self._body(request)
        except TimeoutError:
            raise self._too_slow() from None
        values = decode(body, "The body")
        if not isinstance(values, dict):
            raise _bad(f"The body must be a JSON object such as {EXAMPLE}, not {_kind(values)}.")
        return values

    async def _body(self, request: Request) -> bytes:
        declared = request.headers.get("content-length", "")
        if declared.isdecimal() and int(declared) > self.body_bytes:
            raise self._too_large()
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > self.body_bytes:
                raise self._too_large()
        return bytes(body)

    def _too_large(self) -> HttpProblem:
        message = f"A request may have at most {self.body_bytes} bytes. Send it in several smaller ones."
        told = {"limit": "bodyBytes", "allowed": self.body_bytes}
        return HttpProblem(413, "PAYLOAD_TOO_LARGE", message, details=told)

    def _too_slow(self) -> HttpProblem:
        message = f"The body did not come within {self.body_seconds:g} seconds. Nothing was done; send it again."
        told = {"limit": "bodySeconds", "allowed": self.body_seconds}
        return HttpProblem(408, "REQUEST_TIMEOUT", message, {"Connection": "close"}, told)


def _from_parameters(request: Request) -> Mapping[str, Any]:
    values: dict[str, Any] = dict(request.query_params)
    for name in ("variables", "extensions"):
        if values.get(name):
            values[name] = decode(values[name].encode(), f"The parameter {name}")
        else:
            values.pop(name, None)
    return values


def _require_json(content_type: str | None) -> None:
    media, *parameters = (content_type or "").lower().split(";")
    charsets = [
        value.strip().strip('"') for name, _, value in (p.partition("=") for p in parameters) if "charset" in name
    ]
    if media.strip() != JSON or any(charset not in {"utf-8", "utf8"} for charset in charsets):
        raise HttpProblem(
            415, "UNSUPPORTED_MEDIA_TYPE", f"Send the request as JSON in UTF-8, with the header Content-Type: {JSON}."
        )


def decode(text: bytes, what: str) -> Any:
    """What a text holds as JSON; ``what`` names it. Raises HttpProblem."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise _bad(f"{what} is not valid JSON in UTF-8: {error}.") from None


def from_values(values: Mapping[str, Any]) -> GraphQLRequest:
    """The request that a JSON object makes; raises :class:`HttpProblem`."""
    extensions = _expect(values, "extensions", dict, "a JSON object") or {}
    query, document_id = values.get("query"), _document_id(values, extensions)
    if not (isinstance(query, str) and query.strip()) and (document_id is None or query is not None):
        raise _bad(f"Send the operation as text in 'query', for example {EXAMPLE}.")
    return GraphQLRequest(
        query,
        document_id,
        variables=_expect(values, "variables", dict, "a JSON object") or {},
        operation_name=_expect(values, "operationName", str, "text") or None,
    )


def _document_id(values: Mapping[str, Any], extensions: Mapping[str, Any]) -> str | None:
    """The id of a text: in ``documentId``, or the digest of Apollo's automatic persisted queries."""
    given = _expect(values, "documentId", str, "text")
    persisted = _expect(extensions, "persistedQuery", dict, "a JSON object")
    if given is not None or persisted is None:
        return given or None
    if persisted.get("version") != 1 or not isinstance(persisted.get("sha256Hash"), str):
        raise _bad("'persistedQuery' must have the version 1 and the digest of the text in 'sha256Hash'.")
    return str(persisted["sha256Hash"])


def _expect(values: Mapping[str, Any], name: str, expected: type, described: str) -> Any:
    value = values.get(name)
    if value is not None and not isinstance(value, expected):
        raise _bad(f"'{name}' must be {described} or absent, not {_kind(value)}.")
    return value


def _kind(value: object) -> str:
    kinds = {dict: "an object", list: "a list", str: "text", bool: "true or false", type(None): "null"}
    return kinds.get(type(value), "a number")


def _bad(message: str) -> HttpProblem:
    return HttpProblem(400, "BAD_REQUEST", message)
