"""The page that shows the flow: it holds nothing by itself, and asks the API for everything under the caller's name."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

FLOW = Path(__file__).parent / "pages" / "flow"

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
"""The page may load from this server only, runs nothing that stands in it, and nothing may frame it."""


def flow_routes() -> list[BaseRoute]:
    """The page and its parts."""
    return [Route("/flow", _page), Mount("/flow", StaticFiles(directory=FLOW))]


async def _page(_: Request) -> Response:
    headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-cache"}
    return Response((FLOW / "flow.html").read_bytes(), headers=headers, media_type="text/html")
