"""The id of a request, by which its answer and our log can be told to belong together."""

import re

from starlette.requests import HTTPConnection

REQUEST_ID = "matchkeeper.request_id"
SANE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


def request_id_of(connection: HTTPConnection) -> str:
    """The id of this request, as its answer's header ``X-Request-Id`` has it."""
    return str(connection.scope[REQUEST_ID])
