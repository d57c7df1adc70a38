"""Every link between the pages of the project leads to a file that is there, and to a heading that stands in it."""

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.serving import ROOT

FOLDERS = ("docs", "examples", "rules", "schema")
PAGES = [*ROOT.glob("*.md"), *(page for folder in FOLDERS for page in (ROOT / folder).glob("**/*.md"))]
CODE = re.compile(r"^```.*?^```|`[^`\n]*`", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\(([^()\s]+)(?:\s+\"[^\"]*\")?\)")


def anchors(page: Path) -> set[str]:
    """The headings of a page as links name them: small letters, blanks as hyphens, no other signs; a second has -1."""
    found: set[str] = set()
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    for heading in re.findall(r"^#{1,6} +(.+?) *$", text, re.MULTILINE):
        said = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        slug = re.sub(r"[^\w\- ]", "", said.lower()).replace(" ", "-")
        further = sum(1 for each in found if re.fullmatch(rf"{re.escape(slug)}(-\d+)?", each))
        found.add(f"{slug}-{further}" if slug in found else slug)
    return found


def dead(page: Path) -> list[str]:
    """The links of a page that lead nowhere."""
    links = LINK.findall(CODE.sub("", page.read_text(encoding="utf-8")))
    return [link for link in links if not re.match(r"[a-z]+:", link) and not leads_somewhere(page, unquote(link))]


def leads_somewhere(page: Path, link: str) -> bool:
    name, _, anchor = link.partition("#")
    goal = page.parent / name if name else page
    return goal.exists() and (not anchor or goal.suffix != ".md" or anchor in anchors(goal))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    assert dead(page) == []


def test_a_link_to_nowhere_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# One two\n## One two\n[a](#one-two) [b](#one-two-1) [c](#one-two-2) [d](gone.md) `[e](x)`\n", "utf-8"
    )
    assert dead(page) == ["#one-two-2", "gone.md"]
