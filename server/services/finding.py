"""Whom somebody finds by a rule, and on which records a rule shows them a field."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import datetime
from typing import Any

from server.domain.access import FieldClass, Sight
from server.domain.actors import Caller
from server.engine.facts import Ref
from server.engine.finding import Selection
from server.engine.ruleset import Field, Ruleset
from server.services.access import actor_of, sight, sight_into
from server.store.finding import Asker, chosen
from server.store.sessions import Session
from server.store.unit_of_work import UnitOfWork

Work = Session | UnitOfWork
Found = Mapping[Ref, frozenset[FieldClass]]
"""The records that rules let somebody find, each with the classes of field that are shown there."""


class Finder:
    """What the rules of one program choose for one caller, at one moment.

    A rule serves whoever belongs to the program and has one of its roles. Its condition looks past the database's own
    watch, like the facts of a decision, for it looks at more than it shows.
    """

    __slots__ = ("_asker", "_caller", "_found", "_work")

    def __init__(self, work: Work, ruleset: Ruleset, caller: Caller, program_id: int, now: datetime) -> None:
        self._work, self._caller = work, caller
        self._asker = Asker(program_id, ruleset, actor_of(caller, program_id), now)
        self._found: Found | None = None

    def found(self) -> Found:
        """Whom the caller finds beyond what they see in full, asked once: a statement for each rule that serves them.

        Nobody, for whoever sees everything.
        """
        if self._found is None:
            self._found = {} if self._in_full().whole else self._find()
        return self._found

    def _find(self) -> Found:
        classes: defaultdict[Ref, frozenset[FieldClass]] = defaultdict(frozenset)
        for find in self._asker.ruleset.finds.values():
            for ref in self._chosen(find.chosen):
                classes[ref] |= frozenset(FieldClass(word) for word in find.sees)
        return classes

    def _in_full(self) -> Sight:
        return sight(self._asker.ruleset, self._caller, self._asker.program_id)

    def sight(self) -> Sight:
        """What the caller sees of the program in full, and whom they find besides."""
        return replace(self._in_full(), found=frozenset(self.found()))

    def sight_into(self, wanted: FieldClass) -> Sight:
        """The part of it in which the caller sees the fields of one class."""
        full = sight_into(self._asker.ruleset, self._caller, self._asker.program_id, wanted)
        return replace(full, found=frozenset(ref for ref, seen in self.found().items() if wanted in seen))

    def sight_of(self, field: Field) -> Sight:
        """On which records the caller sees a field: by its class, or because a rule shows it to them."""
        by_class = self.sight_into(FieldClass(field.sees))
        return replace(by_class, found=by_class.found | self.shown(field))

    def shown(self, field: Field, ids: Iterable[int] | None = None) -> frozenset[Ref]:
        """The records, of these numbers or of the whole program, on which a rule shows the caller a field."""
        wanted = None if ids is None else frozenset(ids)
        return frozenset(ref for selection in field.shown_to for ref in self._chosen(selection, wanted))

    def _chosen(self, selection: Selection, ids: frozenset[int] | None = None) -> Iterator[Ref]:
        here = self._caller.program_id == self._asker.program_id
        if here and selection.serves(self._caller.roles, self._asker.actor):
            with _unwatched(self._work) as connection:
                numbers = chosen(connection, self._asker, selection, ids)
            yield from (Ref(selection.kind, number) for number in numbers)


def _unwatched(work: Work) -> AbstractContextManager[Any]:
    return work.everything() if isinstance(work, Session) else nullcontext(work.connection)
