"""Lays a rules file out evenly: indentation, spaces and quotes; what it says, and what people aligned, stays."""

from dataclasses import dataclass, field
from itertools import pairwise

import yaml

from server.rules.diagnostics import Findings, RulesError
from server.rules.nodes import Node, plain
from server.rules.quoting import in_quotes
from server.rules.source import read_text, value_of

STEP = 2
"""How many spaces what belongs to something stands further in."""

_OPENS = (yaml.FlowMappingStartToken, yaml.FlowSequenceStartToken)
_CLOSES = (yaml.FlowMappingEndToken, yaml.FlowSequenceEndToken)
_BEGINS = (yaml.BlockMappingStartToken, yaml.BlockSequenceStartToken)


class UnevenError(Exception):
    """A text cannot be laid out without changing what it says, or word by word at all; it is better left alone."""


def formatted(text: str, name: str) -> str:
    """The text of a rules file, laid out. Raises RulesError where it is not YAML, and UnevenError.

    ``name``: what messages call the file. The same text again comes out as it is.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    before = _read(text, name)
    try:
        written = _Layout(f"{text}\n").written()
    except yaml.YAMLError as error:  # libyaml reads a little more than the words that are taken here
        raise UnevenError(name) from error
    if repr(plain(_read(written, name))) != repr(plain(before)):
        raise UnevenError(name)
    return written


def _read(text: str, name: str) -> Node:
    findings = Findings()
    root = read_text(text, name, findings).root
    if findings.failed or root is None:
        raise RulesError(findings.all())
    return root


@dataclass(frozen=True, slots=True)
class _Block:
    """A map or list with one entry a line: its column in the text, and the one it gets."""

    old: int
    new: int
    is_list: bool = False
    is_indentless: bool = False
    """A list that stands as far out as the key it belongs to: YAML says neither its beginning nor its end."""


@dataclass(slots=True)
class _Layout:
    """Writes a text anew, word by word; between the words it sets the spaces."""

    text: str
    out: list[str] = field(default_factory=list)
    blocks: list[_Block] = field(default_factory=list)
    around: tuple[_Block, ...] = ()
    """The blocks in which the last word stood."""
    depth: int = 0
    """How many brackets are open."""
    shift: int = 0
    """How much further in the line goes than it did."""
    column: int = 0
    """How long the line is that is being written."""
    done: int = 0
    """How much of the text has been written."""
    last: yaml.Token | None = None

    def written(self) -> str:
        tokens = list(yaml.scan(self.text, Loader=yaml.SafeLoader))
        for before, token in pairwise(tokens):
            self._follow(token)
            if token.end_mark.index > token.start_mark.index and not isinstance(token, _BEGINS):
                self._write(token, is_key=isinstance(before, yaml.KeyToken))
        self._gap(len(self.text), 0, 0)
        return "".join(self.out).strip("\n") + "\n"

    def _follow(self, token: yaml.Token) -> None:
        """Keeps count of the blocks that begin and end."""
        if isinstance(token, _BEGINS):
            self._begin(token)
        elif isinstance(token, yaml.BlockEndToken):
            self._end_indentless()
            self.blocks.pop()
        elif isinstance(token, yaml.KeyToken) and self.depth == 0:
            self._end_indentless()
        elif isinstance(token, yaml.BlockEntryToken) and not self.blocks[-1].is_list:
            here = self.blocks[-1]
            self.blocks.append(_Block(here.old, here.new + STEP, is_list=True, is_indentless=True))

    def _begin(self, token: yaml.Token) -> None:
        old = token.start_mark.column
        new = self.blocks[-1].new + STEP if self.blocks else 0
        if isinstance(self.last, yaml.ValueToken | yaml.KeyToken) and not self._is_first(token):
            new = self.column + token.start_mark.index - self.done  # behind the ? or : of a key with a line of its own
        self.blocks.append(_Block(old, new, is_list=isinstance(token, yaml.BlockSequenceStartToken)))
        if not self._is_first(token):
            self.shift = new - old

    def _end_indentless(self) -> None:
        if self.blocks and self.blocks[-1].is_indentless:
            self.blocks.pop()

    def _is_first(self, token: yaml.Token) -> bool:
        start = token.start_mark
        return not self.text[start.index - start.column : start.index].strip()

    def _write(self, token: yaml.Token, *, is_key: bool) -> None:
        old = token.start_mark.column
        new = self._column(token) if self.depth == 0 and self._is_first(token) else old + self.shift
        self._gap(token.start_mark.index, old, new, token)
        end = token.end_mark.index
        if isinstance(token, yaml.ScalarToken) and token.style in {"|", ">"}:
            # Its mark stands behind the empty lines that follow, which belong to what comes next.
            end -= len(self.text[:end]) - len(self.text[:end].rstrip(" \n"))
        self._put(self._said(token, self.text[token.start_mark.index : end], is_key=is_key))
        self.done, self.last, self.around = end, token, tuple(self.blocks)
        self.depth += isinstance(token, _OPENS) - isinstance(token, _CLOSES)

    def _column(self, token: yaml.Token) -> int:
        """Where a line begins that begins with this word."""
        new = self.blocks[-1].new if self.blocks else 0
        if self.blocks and token.start_mark.column > self.blocks[-1].old and isinstance(self.last, yaml.ValueToken):
            new += STEP
        self.shift = new - token.start_mark.column
        return new

    def _said(self, token: yaml.Token, text: str, *, is_key: bool) -> str:
        if not isinstance(token, yaml.ScalarToken):
            return text
        first, *rest = text.split("\n")
        if token.plain and not rest:
            return in_quotes(text, is_text=is_key or isinstance(value_of(text), str))
        return "\n".join([first, *(self._moved(line) for line in rest)])

    def _moved(self, line: str) -> str:
        content = line.lstrip(" ")
        return " " * max(0, len(line) - len(content) + self.shift) + content if content else line

    def _gap(self, until: int, old: int, new: int, token: yaml.Token | None = None) -> None:
        """Writes what stands between two words: spaces, comments, the ends of lines."""
        first, *lines = self.text[self.done : until].split("\n")
        if not lines and token is not None and self.done:
            self._put(self._spaces(first, token))
            return
        self._put(self._rest_of_line(first))
        lines = lines if self.done else [first, *lines]
        between = [self._comment(line, old, new) for line in lines[:-1]]
        self._put("".join(f"{line}\n" for before, line in pairwise(["-", *between]) if before or line))
        self._put(" " * new)

    def _spaces(self, given: str, token: yaml.Token) -> str:
        """What stands between two words of one line."""
        if isinstance(token, (*_CLOSES, yaml.FlowEntryToken, yaml.ValueToken)) or isinstance(self.last, _OPENS):
            return ""
        if isinstance(self.last, yaml.BlockEntryToken):
            return " "
        return given or (" " if isinstance(self.last, yaml.FlowEntryToken | yaml.ValueToken) else "")

    def _rest_of_line(self, first: str) -> str:
        """The end of a line; a comment stays in its column as far as it can."""
        if not self.done:
            return ""
        comment = first.strip()
        if not comment:
            return "\n"
        start = self.done - self.text.rfind("\n", 0, self.done) - 1
        gap = len(first) - len(first.lstrip())
        spaces = max(min(gap, STEP), start + gap + self.shift - self.column)
        return f"{' ' * spaces}{comment}\n"

    def _put(self, text: str) -> None:
        self.out.append(text)
        _, broken, rest = text.rpartition("\n")
        self.column = len(rest) if broken else self.column + len(text)

    def _comment(self, line: str, old: int, new: int) -> str:
        """A line without words, as far in as the line that it belongs to."""
        comment = line.strip()
        if not comment:
            return ""
        column = len(line) - len(line.lstrip())
        if self.depth:
            return " " * max(0, column + self.shift) + comment
        known = {block.old: block.new for block in self.around} | {old: new}
        return " " * known.get(column, max(0, column + new - old)) + comment
