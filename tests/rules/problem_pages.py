"""Reads the page that explains every code, so that its examples can be carried out: as they are wrong, and mended."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tests.rules.builders import HERE, MINIMAL

PAGE = HERE.parents[1] / "docs" / "rules" / "problems.md"
_ENTRY = re.compile(r"^### (.+)$", re.MULTILINE)
_EXAMPLE = re.compile(r"^```diff\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_WOVEN = ("roles", "machines", "transitions")
_OVERLAY = re.compile(r"^# rules/programs/(\w+)\.yaml\n", re.MULTILINE)
_SECTION = re.compile(r"^(?=[a-z_]+:)", re.MULTILINE)
_THING = re.compile(r"^(?=  [A-Za-z_.]+:)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Entry:
    """One code with what the page says of it. ``example``: the lines with what is wrong and what mends it, if any."""

    code: str
    meaning: str
    example: str | None

    @property
    def wrong(self) -> str:
        return self._without("+")

    @property
    def mended(self) -> str:
        return self._without("-")

    def _without(self, sign: str) -> str:
        return "".join(line[1:] for line in (self.example or "").splitlines(True) if not line.startswith(sign))


def entries() -> Iterator[Entry]:
    """Every entry of the page, in its order."""
    _, *parts = _ENTRY.split(PAGE.read_text(encoding="utf-8"))
    for code, text in zip(parts[::2], parts[1::2], strict=True):
        found = _EXAMPLE.search(text)
        yield Entry(code, text.strip().splitlines()[0], found.group(1) if found else None)


def files_of(text: str) -> tuple[str, dict[str, str]]:
    """The base file of an example, filled up from the minimal one, and its overlays by program."""
    base, *overlays = _OVERLAY.split(text)
    return woven(base), dict(zip(overlays[::2], overlays[1::2], strict=True))


def woven(text: str) -> str:
    """The text with what it lacks of the minimal file: whole sections, and the things of a section it has."""
    own = {_key(part): part for part in _SECTION.split(text)}
    filled = [_filled(own.get(_key(part), ""), part) for part in _SECTION.split(MINIMAL)]
    ours = {_key(part) for part in _SECTION.split(MINIMAL)}
    return "".join([*filled, *(part for key, part in own.items() if key not in ours)])


def _filled(own: str, minimal: str) -> str:
    if not own:
        return minimal
    if _key(own) not in _WOVEN:
        return own
    _, *things = _THING.split(minimal)
    known = {_key(thing) for thing in _THING.split(own)}
    return own + "".join(thing for thing in things if _key(thing) not in known)


def _key(part: str) -> str:
    return part.partition(":")[0]
