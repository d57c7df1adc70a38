"""The schema as text, with a tag by which clients find out that theirs is still the same."""

import hashlib
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

_UNCHANGED = 304


class SchemaText:
    """Answers the address of the schema. ``sdl`` gives the text, which stays the same as long as the process lives."""

    def __init__(self, sdl: Callable[[], str]) -> None:
        self._sdl = sdl
        self._text: str | None = None
        self._tag = ""

    def respond(self, request: Request) -> Response:
        """The text, or 304 for whoever names its tag."""
        if self._text is None:
            self._text = self._sdl()
            self._tag = f'"{hashlib.sha256(self._text.encode()).hexdigest()[:32]}"'
        headers = {"ETag": self._tag, "Cache-Control": "private, no-cache", "Vary": "Authorization"}
        if _names(request.headers.get("if-none-match", ""), self._tag):
            return Response(status_code=_UNCHANGED, headers=headers)
        return PlainTextResponse(self._text, headers=headers)


def _names(header: str, tag: str) -> bool:
    """Whether a list of tags names this one; weak ones too, as a proxy that compresses makes them."""
    tags = [each.strip().removeprefix("W/") for each in header.split(",")]
    return tag in tags or header.strip() == "*"
