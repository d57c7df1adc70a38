"""Reads a rules file: from bytes to nodes with places, by YAML's event stream and YAML 1.2's words."""

import re
from dataclasses import dataclass
from typing import Protocol, cast

import yaml

from server.engine.places import Place
from server.rules.diagnostics import Findings
from server.rules.events import ODDITIES, events_of
from server.rules.files import MAX_BYTES, RuleFile
from server.rules.nodes import Entry, Items, Node, Scalar, Table, Value
from server.rules.quoting import RISKY
from server.rules.suggestions import quoted

MAX_NODES = 20_000
MAX_DEPTH = 32

_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,18}(e[-+]?[0-9]{1,2})?)?")
_CONSTANTS: dict[str, Value] = {"true": True, "false": False, "null": None, "~": None, "": None}

_SYNTAX_HINTS = {
    "\\t": "YAML is indented with spaces, never with tabs",
    "flow mapping": "close every { and put quotes around texts that hold , : ? [ ] { or }",
    "flow sequence": "close every [ and put quotes around texts that hold , : ? [ ] { or }",
    "mapping values": "put quotes around a text that holds a colon",
    "quoted scalar": "close the quote",
}

_PLAIN_WORDS = {
    "flow mapping": "map in { }",
    "flow sequence": "list in [ ]",
    "block mapping": "map",
    "block collection": "list",
    "block sequence": "list",
    "simple key": "key",
    "plain scalar": "text",
    "quoted scalar": "text in quotes",
    "block scalar": "text of several lines",
    "mapping values are": "a second colon is",
    "<block end>": "the end of what is indented like this",
    "<block mapping start>": "a map",
    "<stream end>": "the end of the file",
    "<scalar>": "a text",
    "end of stream": "end of the file",
}
"""What YAML calls the parts of a file, and what people call them."""

_QUOTE = "a text that begins with such a sign needs quotes"
_WRITE_OUT = f"write it out; {_QUOTE}"
_TAKE_AWAY = f"take it away; {_QUOTE}"


@dataclass(frozen=True, slots=True)
class Source:
    """A file that has been read. ``root`` is None where it could not be made out."""

    file: str
    text: str
    root: Node | None


class _Mark(Protocol):
    """What YAML's marks have in common."""

    line: int
    column: int


class _UnreadableError(Exception):
    """The rest of the file cannot be made out; why has been noted already."""


def read_file(file: RuleFile, findings: Findings) -> Source:
    """Reads a rules file that was taken from disk. Problems go to ``findings``."""
    if file.fault is not None:
        code, text = file.fault
        findings.error(code, Place(file.name, 1), text)
        return Source(file.name, "", None)
    try:
        return read_text(file.data.decode("utf-8-sig"), file.name, findings)
    except UnicodeDecodeError as error:
        before = file.data[: error.start].decode("utf-8", "replace")
        line = before.count("\n") + 1
        place = Place(file.name, line, len(before) - before.rfind("\n"))
        findings.error("not-utf8", place, "this byte is not UTF-8 text", "save the file with the encoding UTF-8")
        return Source(file.name, "", None)


def read_text(text: str, file: str, findings: Findings) -> Source:
    """Reads the text of a rules file. Problems go to ``findings``, with the line and column of each."""
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        findings.error("too-large", Place(file, 1), f"the file has more than {MAX_BYTES} bytes")
        return Source(file, "", None)
    findings.know(file, text)
    try:
        root = _Reader(text, file, findings).document()
    except _UnreadableError:
        root = None
    return Source(file, text, root)


def value_of(text: str) -> Value:
    """What a word without quotes is: text, unless it is true, false, null or a number."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _NUMBER.fullmatch(text):
        return float(text) if "." in text else int(text)
    return text


class _Reader:
    """Builds nodes from events. Levels are counted before they are entered, so it never goes deep."""

    def __init__(self, text: str, file: str, findings: Findings) -> None:
        self._text = text
        self._file = file
        self._findings = findings
        self._nodes = 0
        self._aliased = False
        try:
            self._events = events_of(text, MAX_DEPTH, MAX_NODES)
        except yaml.YAMLError as error:
            raise self._refuse(error) from error

    def document(self) -> Node | None:
        self._next()
        opened = self._next()
        if isinstance(opened, yaml.StreamEndEvent):
            self._findings.error("empty-file", Place(self._file, 1), "the file is empty")
            return None
        root = self._node(self._next(), 1)
        self._next()
        after = self._next()
        if not isinstance(after, yaml.StreamEndEvent):
            place = self._place(after.start_mark)
            self._findings.error("several-documents", place, "a second document begins here; a rules file is one")
        if isinstance(root, Scalar) and root.value is None and not self._aliased:
            self._findings.error("empty-file", root.place, "the file is empty")
            return None
        return None if self._aliased else root

    def _next(self) -> yaml.Event:
        try:
            return cast("yaml.Event", self._events.get_event())  # none comes only after the last one
        except ODDITIES as error:
            raise self._refuse(error) from error

    def _refuse(self, error: Exception) -> _UnreadableError:
        place, problem = self._where(error), quoted(error)
        if isinstance(error, yaml.MarkedYAMLError):
            problem = _in_plain_words(error)
        elif isinstance(error, yaml.reader.ReaderError):
            problem = f"the character U+{int(error.character):04X} is not allowed"
        hint = next((hint for sign, hint in _SYNTAX_HINTS.items() if sign in f"{problem} {error}"), None)
        self._findings.error("yaml-syntax", place, f"this is not YAML: {problem}", hint)
        return _UnreadableError()

    def _where(self, error: Exception) -> Place:
        if isinstance(error, yaml.MarkedYAMLError):
            mark = error.problem_mark or error.context_mark
            if mark is not None:
                return self._place(mark)
        if isinstance(error, yaml.reader.ReaderError):
            before = self._text[: error.position]
            return Place(self._file, before.count("\n") + 1, len(before) - before.rfind("\n"))
        return self._place(self._events.get_mark() if isinstance(self._events, yaml.SafeLoader) else None)

    def _place(self, mark: _Mark | None) -> Place:
        return Place(self._file, mark.line + 1, mark.column + 1) if mark else Place(self._file, 1)

    def _node(self, event: yaml.Event, depth: int) -> Node:
        place = self._place(event.start_mark)
        self._count(place, depth)
        if isinstance(event, yaml.AliasEvent):
            self._aliased = True
            self._findings.error("alias", place, f"aliases are not allowed (*{quoted(event.anchor)})", _WRITE_OUT)
            return Scalar(None, place)
        self._check_marks(event, place)
        if isinstance(event, yaml.ScalarEvent):
            return Scalar(self._value(event, place), place)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._items(place, depth)
        return self._table(place, depth)

    def _count(self, place: Place, depth: int) -> None:
        self._nodes += 1
        if depth > MAX_DEPTH:
            self._findings.error("too-deep", place, f"this is nested deeper than {MAX_DEPTH} levels")
            raise _UnreadableError
        if self._nodes > MAX_NODES:
            self._findings.error("too-large", place, f"the file has more than {MAX_NODES} keys and values")
            raise _UnreadableError

    def _check_marks(self, event: yaml.Event, place: Place) -> None:
        anchor, tag = getattr(event, "anchor", None), getattr(event, "tag", None)
        if anchor:
            self._findings.error("anchor", place, f"anchors are not allowed (&{quoted(anchor)})", _TAKE_AWAY)
        if tag:
            self._findings.error("tag", place, f"tags are not allowed ({quoted(tag)})", _TAKE_AWAY)

    def _value(self, event: yaml.ScalarEvent, place: Place) -> Value:
        if event.style:
            return str(event.value)
        text = str(event.value)
        if text.lower() in RISKY:
            message = f"{text} without quotes is read as true or false by many YAML readers; here it is text"
            self._findings.warn("risky-word", place, message, f'write "{text}"')
        return value_of(text)

    def _items(self, place: Place, depth: int) -> Items:
        items: list[Node] = []
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            items.append(self._node(event, depth + 1))
        return Items(tuple(items), place)

    def _table(self, place: Place, depth: int) -> Table:
        entries: dict[str, Entry] = {}
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            key = self._key(event, depth + 1)
            node = self._node(self._next(), depth + 1)
            if key is None:
                continue
            name, at = key
            if name in entries:
                first = entries[name].place
                message = f"{quoted(name)} is here a second time; it stands already in line {first.line}"
                self._findings.error("duplicate-key", at, message, "keep one of the two")
            else:
                entries[name] = Entry(at, node)
        return Table(entries, place)

    def _key(self, event: yaml.Event, depth: int) -> tuple[str, Place] | None:
        node, text = self._node(event, depth), getattr(event, "value", None)
        if not isinstance(event, yaml.ScalarEvent):
            self._findings.error("complex-key", node.place, "a key is a single word, not a list or a map", _QUOTE)
            return None
        if text == "<<" and not event.style:
            self._findings.error("merge-key", node.place, "merge keys (<<) are not allowed", "write the keys out")
            return None
        return str(text), node.place


def _in_plain_words(error: yaml.MarkedYAMLError) -> str:
    """What the YAML parser complains of, and where that begins which it was reading."""
    problem, context = quoted(error.problem or ""), quoted(error.context or "")
    if error.context_mark is not None and context:
        context = f"{context}, which begins in line {error.context_mark.line + 1}"
    said = ", ".join(part for part in (problem, context) if part)
    for theirs, ours in _PLAIN_WORDS.items():
        said = said.replace(theirs, ours)
    return said
