"""The page that tells a browser why there is no answer at an address, and where to go on."""

import base64
import hashlib
import html
from pathlib import Path
from string import Template
from urllib.parse import quote

from starlette.responses import Response

from server.http.answers import HttpProblem, problem_answer
from server.http.negotiation import HTML, JSON, choose

WHO_AM_I = """query WhoAmI {
  viewer {
    name
    roles
    programs { key name }
  }
}
"""
"""The operation that the page offers: whatever went wrong, it tells whether the API answers, and whom."""

_STYLE = (
    "body{max-width:38rem;margin:12vh auto 2rem;padding:0 1.2rem;font:1.05rem/1.5 system-ui,sans-serif}"
    "h1{font-size:1.5rem}li{margin:.4rem 0}small{opacity:.7}:focus-visible{outline:3px solid;outline-offset:2px}"
)
_DIGEST = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{_DIGEST}'; img-src data:; base-uri 'none'; frame-ancestors 'none'"
"""The page runs nothing, and looks only as it says itself."""

_PAGE = Template((Path(__file__).parent / "pages" / "problem.html").read_text(encoding="utf-8"))
_TITLES = {401: "Please sign in", 404: "There is nothing here", 503: "Please try again"}


def told(problem: HttpProblem, accept: str | None) -> Response:
    """A problem in the form that the caller reads: a page for browsers, JSON for everybody else."""
    response = _page(problem) if choose(accept, (JSON, HTML)) == HTML else problem_answer(problem)
    response.headers["Vary"] = "Accept"
    return response


def _page(problem: HttpProblem) -> Response:
    text = _PAGE.substitute(
        title=_TITLES.get(problem.status, "That was not possible"),
        message=html.escape(problem.message),
        code=html.escape(problem.code),
        status=problem.status,
        query=quote(WHO_AM_I),
        style=_STYLE,
    )
    headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store", **problem.headers}
    return Response(text, problem.status, headers, media_type="text/html")
