"""Facts that write down what is looked at in them, each thing once and in order."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from server.engine.facts import Facts, Record, Ref
from server.exploration.looks import ATTRIBUTES, ENDS, TABLES, WHOLE, Look

Key = TypeVar("Key")
Held = TypeVar("Held")

_Trace = dict[tuple[Look, Ref], None]


class Traced(Facts):
    """The same facts, as decisions look at them."""

    __slots__ = ("_trace", "_wholes")

    def __init__(self, facts: Facts) -> None:
        self.now, self.whole = facts.now, facts.whole
        self._trace: _Trace = {}
        self._wholes: set[Ref] = set()
        self.records = _Records(facts.records, self._trace)
        self.personas, self.pairs, self.linked = (_Table(getattr(facts, name), (name,), self._trace) for name in TABLES)

    def look_at(self, refs: Iterable[Ref]) -> None:
        """Looks at whole records."""
        self._wholes.update(refs)

    def looks(self) -> tuple[tuple[Look, Ref], ...]:
        """What was looked at so far, and of which record; in a record of which all was, only that."""
        found = ((WHOLE if ref in self._wholes and look[0] not in TABLES else look, ref) for look, ref in self._trace)
        return tuple(dict.fromkeys(found))


class _Table(Mapping[Ref, Held]):
    """A table that can only be looked up in: a decision never goes through all there is."""

    __slots__ = ("_held", "_look", "_trace")

    def __init__(self, held: Mapping[Ref, Held], look: Look, trace: _Trace) -> None:
        self._held, self._look, self._trace = held, look, trace

    def __getitem__(self, ref: Ref) -> Held:
        self._trace[self._look, ref] = None
        return self._held[ref]

    def __iter__(self) -> Iterator[Ref]:
        raise TypeError("a decision looks records up; it never goes through all there are")

    def __len__(self) -> int:
        return len(self._held)


class _Records(_Table[Record]):
    __slots__ = ("_given",)

    def __init__(self, held: Mapping[Ref, Record], trace: _Trace) -> None:
        super().__init__(held, ENDS, trace)
        self._given: dict[Ref, Record] = {}

    def __getitem__(self, ref: Ref) -> Record:
        if ref not in self._given:
            record = super().__getitem__(ref)
            watched: dict[str, Any] = {
                name: _Watched(getattr(record, name), name, ref, self._trace) for name in ATTRIBUTES
            }
            self._given[ref] = replace(record, **watched)
        return self._given[ref]


class _Watched(Mapping[str, Held]):
    """Of a record, what it holds by name."""

    __slots__ = ("_held", "_name", "_ref", "_trace")

    def __init__(self, held: Mapping[str, Held], name: str, ref: Ref, trace: _Trace) -> None:
        self._held, self._name, self._ref, self._trace = held, name, ref, trace

    def __getitem__(self, key: str) -> Held:
        self._trace[(self._name, key), self._ref] = None
        return self._held[key]

    def __iter__(self) -> Iterator[str]:
        self._trace[(self._name,), self._ref] = None
        return iter(self._held)

    def __len__(self) -> int:
        return sum(1 for _ in self)
