"""The page for browsers at the API's address: GraphiQL when it has been built, else a small page of our own."""

from dataclasses import dataclass
from pathlib import Path

from starlette.responses import Response

HERE = Path(__file__).parent
BUNDLE = HERE / "static"
PAGES = HERE / "pages"

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",  # the editor positions its lines with style attributes
        "worker-src 'self'",
        "connect-src 'self'",
        "font-src 'self' data:",
        "img-src 'self' data:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
"""The page may load from this server only, and nothing may frame it."""


@dataclass(frozen=True, slots=True)
class BrowserPage:
    """The page's text and the folder its parts lie in."""

    html: bytes
    assets: Path

    def respond(self) -> Response:
        """The page, under its strict policy."""
        headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-cache"}
        return Response(self.html, headers=headers, media_type="text/html")


def browser_page(bundle: Path = BUNDLE) -> BrowserPage:
    """GraphiQL if ``bundle`` holds it, else the small page, which says how to build it."""
    if (bundle / "graphiql.js").is_file():
        return BrowserPage((PAGES / "graphiql.html").read_bytes(), bundle)
    return BrowserPage((PAGES / "plain.html").read_bytes(), PAGES)
