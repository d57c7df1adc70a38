"""The JSON answers that every address shares, errors among them."""

from collections.abc import Mapping
from typing import Any

import orjson
from starlette.responses import Response

from server.domain.errors import TryAgainError
from server.http.negotiation import JSON

RETRY_AFTER_SECONDS = "1"


class HttpProblem(Exception):  # noqa: N818 - it is an answer on its way, named as HTTP names it
    """A request that cannot be served. ``code`` is stable; ``message`` says what to do instead.

    ``details``: what a program needs besides the code, such as the limit that was reached.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        headers: Mapping[str, str] | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})
        self.details = dict(details or {})

    def formatted(self) -> dict[str, Any]:
        """The problem in the shape of a GraphQL error."""
        return {"message": self.message, "extensions": {"code": self.code, **self.details}}


def json_answer(
    content: Any, status: int = 200, headers: Mapping[str, str] | None = None, media: str = JSON
) -> Response:
    """``content`` as UTF-8 JSON; never kept by caches, since answers hold personal records."""
    kept_nowhere = {"Cache-Control": "no-store", **(headers or {})}
    return Response(orjson.dumps(content), status, kept_nowhere, media_type=f"{media}; charset=utf-8")


def problem_answer(problem: HttpProblem, media: str = JSON) -> Response:
    """A problem in the shape of a GraphQL error answer, so that every client can read it."""
    return json_answer({"errors": [problem.formatted()]}, problem.status, problem.headers, media)


def busy(error: TryAgainError) -> HttpProblem:
    """The problem while the database cannot be asked."""
    return HttpProblem(503, error.code, error.message, {"Retry-After": RETRY_AFTER_SECONDS})
