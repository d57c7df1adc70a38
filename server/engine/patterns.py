"""Patterns: the form that a whole text must have, tried in a time that grows only with the text.

A small part of regular expressions, without looking back or ahead: all ways through a pattern are followed at once,
so no pattern and no text can make the server think for long.
"""

from dataclasses import dataclass

LONGEST = 200
"""The most characters of a pattern."""

_STATES = 400
"""The most places it has, with everything repeated written out."""

_REPEATS = 100
_DEPTH = 10
_ACCEPT = 0
_DIGIT, _LETTER, _SPACE = (("0", "9"),), (("A", "Z"), ("a", "z"), ("0", "9"), ("_", "_")), ((" ", " "), ("\t", "\r"))
_CLASSES = {"d": _DIGIT, "w": _LETTER, "s": _SPACE}
_SIGNS = {"*": (0, None), "+": (1, None), "?": (0, 1)}


class PatternError(Exception):
    """A text that is no pattern, with the reason."""


@dataclass(frozen=True, slots=True)
class Symbol:
    """One character: of these ranges or, ``negated``, of none of them."""

    ranges: tuple[tuple[str, str], ...]
    negated: bool = False

    def takes(self, character: str) -> bool:
        """Whether the character is one of these."""
        return any(low <= character <= high for low, high in self.ranges) is not self.negated


@dataclass(frozen=True, slots=True)
class _Row:
    parts: tuple["_Part", ...]


@dataclass(frozen=True, slots=True)
class _Either:
    parts: tuple["_Part", ...]


@dataclass(frozen=True, slots=True)
class _Repeat:
    part: "_Part"
    least: int
    most: int | None


_Part = Symbol | _Row | _Either | _Repeat


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern ready to be tried. ``symbols``: what each place takes; ``after``: the places it leads to."""

    text: str
    symbols: tuple[Symbol | None, ...]
    after: tuple[frozenset[int], ...]
    start: frozenset[int]

    def fits(self, text: str) -> bool:
        """Whether the whole text has this form."""
        places = self.start
        for character in text:
            led = [self.after[p] for p in places if (symbol := self.symbols[p]) and symbol.takes(character)]
            places = frozenset().union(*led)
            if not places:
                return False
        return _ACCEPT in places


def parse_pattern(text: str) -> Pattern:
    """Reads a pattern. Raises PatternError for what is none, or takes too long to write out."""
    if len(text) > LONGEST:
        raise PatternError(f"it has more than {LONGEST} characters")
    reader = _Reader(text)
    part = reader.either()
    if reader.at < len(text):
        raise PatternError("a bracket ) closes nothing")
    drawing = _Drawing()
    start = drawing.add(part, _ACCEPT)
    return Pattern(text, tuple(drawing.symbols), drawing.leads(), drawing.reached(start))


class _Reader:
    """Reads a pattern from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self._depth = 0

    def either(self) -> _Part:
        parts = [self._row()]
        while self._next("|"):
            parts.append(self._row())
        return parts[0] if len(parts) == 1 else _Either(tuple(parts))

    def _row(self) -> _Part:
        parts = []
        while self.at < len(self.text) and self.text[self.at] not in "|)":
            parts.append(self._repeated(self._one()))
        if not parts:
            raise PatternError("something is missing: a part of it is empty")
        return parts[0] if len(parts) == 1 else _Row(tuple(parts))

    def _next(self, sign: str) -> bool:
        found = self.text.startswith(sign, self.at)
        self.at += len(sign) if found else 0
        return found

    def _take(self) -> str:
        if self.at >= len(self.text):
            raise PatternError("it ends too early")
        self.at += 1
        return self.text[self.at - 1]

    def _repeated(self, part: _Part) -> _Part:
        times = self._times()
        if times is None:
            return part
        if self._times() is not None:
            raise PatternError("two signs of repetition follow one another")
        return _Repeat(part, *times)

    def _times(self) -> tuple[int, int | None] | None:
        sign = self.text[self.at : self.at + 1]
        if sign in _SIGNS:
            self.at += 1
            return _SIGNS[sign]
        return self._counted() if self._next("{") else None

    def _counted(self) -> tuple[int, int | None]:
        inside, closed, _ = self.text[self.at :].partition("}")
        low, comma, high = inside.partition(",")
        numbers = [part for part in (low, high) if part]
        if not closed or not low or not all(n.isascii() and n.isdigit() and int(n) <= _REPEATS for n in numbers):
            raise PatternError(f"a number of times is written as {{2}}, {{2,}} or {{2,5}}, up to {_REPEATS}")
        self.at += len(inside) + 1
        least = int(low)
        most = least if not comma else int(high) if high else None
        if most is not None and (most < least or most == 0):
            raise PatternError(f"{{{inside}}} is no number of times")
        return least, most

    def _one(self) -> _Part:
        sign = self._take()
        if sign == "(":
            if self._next("?"):
                raise PatternError("a bracket that begins with (? means nothing here")
            return self._bracket()
        if sign == "[":
            return self._set()
        if sign == "\\":
            return self._escaped()
        if sign in "^$":
            raise PatternError(f"{sign} is not needed: it is always held against the whole text")
        if sign in "*+?{}]":
            raise PatternError(f"{sign} repeats or closes nothing; for the sign itself write \\{sign}")
        return Symbol((), negated=True) if sign == "." else Symbol(((sign, sign),))

    def _bracket(self) -> _Part:
        self._depth += 1
        if self._depth > _DEPTH:
            raise PatternError(f"more than {_DEPTH} brackets stand in one another")
        inner = self.either()
        if not self._next(")"):
            raise PatternError("a bracket ( is not closed")
        self._depth -= 1
        return inner

    def _escaped(self) -> Symbol:
        sign = self._take()
        if sign.lower() in _CLASSES:
            return Symbol(_CLASSES[sign.lower()], negated=sign.isupper())
        if sign.isalnum():
            raise PatternError(f"\\{sign} means nothing here; there are \\d, \\w, \\s, \\D, \\W and \\S")
        return Symbol(((sign, sign),))

    def _set(self) -> Symbol:
        negated, ranges = self._next("^"), list[tuple[str, str]]()
        while not self._next("]"):
            low = self._of_set()
            if low.negated:
                raise PatternError("\\D, \\W and \\S cannot stand in [ ]")
            single = len(low.ranges) == 1 and low.ranges[0][0] == low.ranges[0][1]
            if single and self.text.startswith("-", self.at) and not self.text.startswith("-]", self.at):
                self.at += 1
                first, last = low.ranges[0][0], self._of_set().ranges[0][1]
                if last < first:
                    raise PatternError(f"{first}-{last} is in the wrong order")
                ranges.append((first, last))
            else:
                ranges.extend(low.ranges)
        if not ranges:
            raise PatternError("[] holds no character")
        return Symbol(tuple(ranges), negated)

    def _of_set(self) -> Symbol:
        sign = self._take()
        return self._escaped() if sign == "\\" else Symbol(((sign, sign),))


class _Drawing:
    """The places of a pattern, drawn from its end to its beginning; the first is the end itself."""

    def __init__(self) -> None:
        self.symbols: list[Symbol | None] = [None]
        self._to: list[tuple[int, ...]] = [()]

    def _place(self, symbol: Symbol | None, *to: int) -> int:
        if len(self.symbols) >= _STATES:
            raise PatternError("with everything repeated written out, it is too long")
        self.symbols.append(symbol)
        self._to.append(to)
        return len(self.symbols) - 1

    def add(self, part: _Part, after: int) -> int:
        """Draws a part that is followed by the place ``after``; answers with where it begins."""
        match part:
            case Symbol():
                return self._place(part, after)
            case _Row(parts):
                for each in reversed(parts):
                    after = self.add(each, after)
                return after
            case _Either(parts):
                return self._place(None, *[self.add(each, after) for each in parts])
            case _Repeat(inner, least, most):
                after = self._endless(inner, after) if most is None else self._at_most(inner, most - least, after)
                for _ in range(least):
                    after = self.add(inner, after)
                return after

    def _endless(self, inner: _Part, after: int) -> int:
        loop = self._place(None)
        self._to[loop] = (self.add(inner, loop), after)
        return loop

    def _at_most(self, inner: _Part, times: int, after: int) -> int:
        begin = after
        for _ in range(times):
            begin = self._place(None, self.add(inner, begin), after)
        return begin

    def leads(self) -> tuple[frozenset[int], ...]:
        """For each place that takes a character, the places it leads to."""
        pairs = zip(self.symbols, self._to, strict=True)
        return tuple(self.reached(to[0]) if symbol else frozenset() for symbol, to in pairs)

    def reached(self, start: int) -> frozenset[int]:
        """The places that take a character, or the end, that are reached without one."""
        seen, waiting = {start}, [start]
        while waiting:
            place = waiting.pop()
            further = () if self.symbols[place] else self._to[place]
            waiting += [each for each in further if each not in seen]
            seen.update(further)
        return frozenset(place for place in seen if self.symbols[place] or place == _ACCEPT)
