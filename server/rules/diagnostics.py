"""What is wrong with a rules file, told so that the line can be found and mended."""

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from enum import StrEnum

from server.engine.places import Place

DOCS = "docs/rules/problems.md"
"""The page that has, for every code, what it means, an example, and how it is mended."""

_LINE_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")


class Severity(StrEnum):
    """An error keeps the file from being used; a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding. ``code`` is stable and documented; ``line`` and ``column`` count from 1.

    ``hint`` says what to do where the message alone does not; ``excerpt`` is the line of the file.
    """

    severity: Severity
    code: str
    message: str
    file: str
    line: int
    column: int
    hint: str | None = None
    excerpt: str = ""

    @property
    def docs(self) -> str:
        """Where the code is explained."""
        return f"{DOCS}#{self.code}"


class RulesError(Exception):
    """The rules cannot be used. ``diagnostics`` hold every problem of every file, warnings too."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        super().__init__(render_text(diagnostics))
        self.diagnostics = diagnostics


class Findings:
    """Gathers diagnostics while files are read and checked. Knows their lines, so that it can quote them."""

    def __init__(self) -> None:
        self._lines: dict[str, list[str]] = {}
        self._found: dict[tuple[str, int, int, str, str], Diagnostic] = {}

    def know(self, file: str, text: str) -> None:
        """Takes in the text of a file, to quote from."""
        self._lines[file] = _LINE_BREAK.split(text)

    def error(self, code: str, place: Place, message: str, hint: str | None = None) -> None:
        """Notes an error."""
        self._note(Severity.ERROR, code, place, message, hint)

    def warn(self, code: str, place: Place, message: str, hint: str | None = None) -> None:
        """Notes a warning."""
        self._note(Severity.WARNING, code, place, message, hint)

    def _note(self, severity: Severity, code: str, place: Place, message: str, hint: str | None) -> None:
        lines = self._lines.get(place.file, [])
        excerpt = lines[place.line - 1] if place.line <= len(lines) else ""
        self.add(Diagnostic(severity, code, message, place.file, place.line, place.column, hint, excerpt))

    def add(self, found: Diagnostic) -> None:
        """Takes over a diagnostic; the same one twice counts once."""
        self._found.setdefault((found.file, found.line, found.column, found.code, found.message), found)

    def locate(self, start: Place, text: str) -> Place:
        """Where a text stands at or after a place of the file; the place itself where it is not found."""
        lines = self._lines.get(start.file, [])
        for number, line in enumerate(lines[start.line - 1 :], start.line):
            column = line.find(text, start.column - 1 if number == start.line else 0)
            if column >= 0:
                return Place(start.file, number, column + 1)
        return start

    def apart(self) -> "Findings":
        """Findings of their own over the same files, for a check whose outcome may be thrown away."""
        other = Findings()
        other._lines = self._lines
        return other

    @property
    def failed(self) -> bool:
        """Whether any finding is an error."""
        return any(found.severity is Severity.ERROR for found in self._found.values())

    def all(self) -> tuple[Diagnostic, ...]:
        """Every finding, file by file as the files were read, in the order of their lines."""
        order = {file: position for position, file in enumerate(self._lines)}
        return tuple(
            sorted(self._found.values(), key=lambda d: (order.get(d.file, len(order)), d.file, d.line, d.column))
        )


def for_program(found: Diagnostic, program: str) -> Diagnostic:
    """The diagnostic of a line of the base file that is wrong only under one program's overlay."""
    return replace(found, message=f"{found.message} (in the program {program})")


def render_text(diagnostics: Iterable[Diagnostic]) -> str:
    """For people: ``file:line:column: error code: message``, the line and a caret under the place."""
    return "\n".join(_render_one(found) for found in diagnostics)


def read_more(diagnostics: Iterable[Diagnostic]) -> str:
    """For people, below the findings: where each of their codes is explained."""
    codes = dict.fromkeys(f"#{found.code}" for found in diagnostics)
    return f"What each means, and how to mend it: {DOCS}{', '.join(codes)}"


def _render_one(found: Diagnostic) -> str:
    lines = [f"{found.file}:{found.line}:{found.column}: {found.severity} {found.code}: {found.message}"]
    if found.excerpt.strip():
        shown = "".join(letter if letter.isprintable() else " " for letter in found.excerpt)
        start = max(0, found.column - 100)
        lines += [f"    {shown[start : start + 160]}", "    " + " " * (found.column - 1 - start) + "^"]
    if found.hint:
        lines.append(f"    hint: {found.hint}")
    return "\n".join(lines)


def render_json(diagnostics: Iterable[Diagnostic]) -> str:
    """For programs: a list of objects with the fields of :class:`Diagnostic`, and where each code is explained."""
    return json.dumps([{**asdict(found), "docs": found.docs} for found in diagnostics], indent=2, ensure_ascii=False)


def render_github(diagnostics: Iterable[Diagnostic]) -> str:
    """For GitHub Actions: one workflow command a finding, which shows it beside the line."""
    return "\n".join(
        f"::{found.severity} file={_property(found.file)},line={found.line},col={found.column},"
        f"title={_property(found.code)}::{_data(_annotation(found))}"
        for found in diagnostics
    )


def _annotation(found: Diagnostic) -> str:
    lines = (found.message, f"hint: {found.hint}" if found.hint else "", f"see {found.docs}")
    return "\n".join(line for line in lines if line)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
