"""On which records of a list one caller may do something now: narrowed by the database, judged by the engine."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Generic

from server.domain.actors import Caller
from server.domain.errors import LimitExceededError
from server.domain.filters import Slice, Total, Window
from server.engine.decide import offers
from server.engine.facts import Kind, Ref
from server.engine.narrowing import necessary
from server.engine.ruleset import Ruleset
from server.services.access import actor_of, around, roles_of
from server.services.rulebook import Rulebook
from server.services.view import Row
from server.store.cases import facts as load_facts
from server.store.finding import Asker, Narrowing
from server.store.sessions import Session

CANDIDATES = 1_000
"""How many records one request may have judged; the batch that reaches it is judged to its end."""

BATCH = 200
"""How many records are judged with a constant number of statements."""

Fetch = Callable[[Any, Window, Narrowing | None], Slice[Row]]
"""Reads one page of a list over a connection, narrowed if wanted."""

Key = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A transition that must be possible on the records of a list, which are of one kind and one program."""

    program_id: int
    kind: Kind
    transition: str


@dataclass(frozen=True, slots=True)
class _Batch(Generic[Row]):
    """Some of a list: those on which it is possible with their keys, how far was looked, and whether more follows."""

    kept: list[tuple[Row, Key]]
    looked_to: Key | None
    more: bool


@dataclass(slots=True)
class Judged:
    """How many records one request has had judged."""

    count: int = 0


class Possible:
    """Judges the records of lists for one caller, at one moment. ``judged`` is that of the request.

    It remembers its verdicts, so that a page and its total are judged once.
    """

    __slots__ = ("_caller", "_judged", "_now", "_rulebook", "_session", "_verdicts")

    def __init__(self, rulebook: Rulebook, session: Session, caller: Caller, now: datetime, *, judged: Judged) -> None:
        self._rulebook, self._session, self._caller, self._now = rulebook, session, caller, now
        self._judged = judged
        self._verdicts: dict[tuple[str, Ref], bool] = {}

    def page(self, wanted: Wanted, fetch: Fetch[Row], window: Window) -> Slice[Row]:
        """A page filled with records on which it is possible.

        It falls short, with more to follow, only where as many were judged as one request may; ``start`` or ``end``
        then says how far. Raises LimitExceededError where that was so before the first.
        """
        kept: list[tuple[Row, Key]] = []
        batch = None
        for batch in self._batches(wanted, fetch, window):
            kept = [*batch.kept, *kept] if window.backwards else [*kept, *batch.kept]
            if len(kept) > window.limit:
                break
        if batch is None:
            text = f"This request has had {CANDIDATES:,} records judged for canDo already."
            raise LimitExceededError(f"{text} Ask for this list in a request of its own.", "candidates")
        is_full = len(kept) > window.limit
        more, looked_to = is_full or batch.more, None if is_full or not batch.more else batch.looked_to
        shown = kept[max(0, len(kept) - window.limit) :] if window.backwards else kept[: window.limit]
        rows, keys = [row for row, _ in shown], [key for _, key in shown]
        if window.backwards:
            return Slice(rows, keys, window.before is not None, more, start=looked_to)
        return Slice(rows, keys, more, window.after is not None, end=looked_to)

    def total(self, wanted: Wanted, fetch: Fetch[Row]) -> Total:
        """On how many records it is possible, as far as one request may judge."""
        count, more = 0, True
        for batch in self._batches(wanted, fetch, Window(limit=BATCH)):
            count, more = count + len(batch.kept), batch.more
        return Total(count, more)

    def _batches(self, wanted: Wanted, fetch: Fetch[Row], window: Window) -> Iterator[_Batch[Row]]:
        ruleset = self._rulebook.ruleset(wanted.program_id)
        narrowing, more = self._narrowing(ruleset, wanted), True
        at = replace(window, limit=min(window.limit + 1, BATCH))
        while more:
            with self._session.everything() as connection:
                found = fetch(connection, at, narrowing)
            refs = [Ref(wanted.kind, row.id) for row in found.rows]
            new = [ref for ref in refs if (wanted.transition, ref) not in self._verdicts]
            if new and self._judged.count >= CANDIDATES:
                return
            self._judge(ruleset, wanted, new)
            fit = zip(found.rows, found.keys, refs, strict=True)
            kept = [(row, key) for row, key, ref in fit if self._verdicts[wanted.transition, ref]]
            more = found.has_previous if window.backwards else found.has_next
            last = found.keys[0 if window.backwards else -1] if found.keys else None
            yield _Batch(kept, last, more)
            at = replace(at, before=last, limit=BATCH) if window.backwards else replace(at, after=last, limit=BATCH)

    def _narrowing(self, ruleset: Ruleset, wanted: Wanted) -> Narrowing:
        actor, transition = actor_of(self._caller, wanted.program_id), ruleset.transitions[wanted.transition]
        condition = necessary(ruleset, transition, self._caller.roles, has_record=actor is not None)
        return Narrowing(Asker(wanted.program_id, ruleset, actor, self._now), condition)

    def _judge(self, ruleset: Ruleset, wanted: Wanted, refs: Sequence[Ref]) -> None:
        """Asks the engine about each record, as for its buttons: what is not seen in full has none."""
        if not refs:
            return
        self._judged.count += len(refs)
        caller, program_id = self._caller, wanted.program_id
        with self._session.everything() as connection:
            facts = load_facts(connection, ruleset, around(caller, program_id, refs), self._now)
        roles, actor = roles_of(self._session, ruleset, caller, program_id, refs), actor_of(caller, program_id)
        for ref in refs:
            there = ref in facts.records and bool(roles[ref])
            found = offers(ruleset, ref, roles[ref], facts, actor, only=wanted.transition) if there else ()
            self._verdicts[wanted.transition, ref] = any(offer.allowed for offer in found)
