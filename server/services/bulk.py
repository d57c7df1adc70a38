"""Many acts in one request: each for itself, or all of them or none."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from server.domain.actors import Caller
from server.domain.commands import Applied
from server.domain.errors import (
    HeldBackError,
    InputProblemsError,
    MatchkeeperError,
    TransitionRefusedError,
    TryAgainError,
    VersionConflictError,
)
from server.domain.filters import (
    MatchFilter,
    PersonaFilter,
    RecordFilter,
    RowFilter,
    Total,
    UserFilter,
    UserOrder,
    Window,
)
from server.engine.facts import Kind, Ref, kind_of
from server.engine.plan import Problem
from server.engine.ruleset import Ruleset
from server.services.changes import Changes, asked_of, transition_of
from server.services.once import part_of
from server.services.partners import Wish
from server.services.possible import CANDIDATES
from server.services.reading import Reader
from server.services.records import called, missing
from server.store.sessions import Session
from server.store.unit_of_work import UnitOfWork

BULK_LIMIT = 500
"""How many acts one request may ask for."""

Asked = Wish | MatchkeeperError
"""One item of a request: what is wished, or what is wrong with it already."""

Outcome = Applied | MatchkeeperError
"""What came of an item: what it did or would do, or everything that stood against it."""

_HELD_BACK = (
    "Nothing stands against this one. It was held back because others were refused: correct them or leave them out."
)
_NOT_TRIED = "The database could not take an act before this one, so it was not tried. Send it again in a moment."


class _NothingDoneError(Exception):
    """Undoes an act of many parts. ``outcomes`` are what its items came to."""

    def __init__(self, outcomes: tuple[Outcome, ...]) -> None:
        super().__init__("at least one item was refused")
        self.outcomes = outcomes


class Bulk:
    """Acts in bulk. Every one is decided, written and recorded as if it had been asked for alone.

    ``found``: the records that a filter has found, which the same request sent again is about, too.
    """

    __slots__ = ("_changes", "_found")

    def __init__(self, changes: Changes, found: Sequence[Ref] | None = None) -> None:
        self._changes, self._found = changes, found

    def perform(
        self, session: Session, caller: Caller, items: Sequence[Asked], *, together: bool
    ) -> tuple[Outcome, ...]:
        """Carries out the items in their order; the outcomes stand in the same order.

        Apart, each is an act of its own: a refused one writes nothing, the others go on. ``together``: one
        refusal and nothing is written at all; whatever was not refused itself was held back. On a dry run
        every item is judged against the present state, not against what those before it would make of it.

        Each act is carried out once, where the options say so: of the same request sent again, what was done is told
        again, and what was refused is tried again.

        Raises, and nothing is written, TryAgainError and ConflictError when the database could not take
        the items together.
        """
        parts = [_numbered(item, number) for number, item in enumerate(items, 1)]
        return self._together(session, caller, parts) if together else self._apart(session, caller, parts)

    def _apart(self, session: Session, caller: Caller, items: Sequence[Asked]) -> tuple[Outcome, ...]:
        def apart(wish: Wish) -> Applied:
            doing = self._changes.doing(caller, wish.options)
            return doing.act(session, lambda work: self._part(work, caller, wish))

        outcomes: list[Outcome] = []
        for number, item in enumerate(items):
            outcomes.append(_outcome(item, apart))
            if isinstance(outcomes[-1], TryAgainError):
                # Each further attempt would wait as long as this one has.
                return (*outcomes, *(_not_tried(each) for each in items[number + 1 :]))
        return tuple(outcomes)

    def _part(self, work: UnitOfWork, caller: Caller, wish: Wish) -> Applied:
        self._changes.doing(caller, wish.options).claim_whole(work, self._found)
        return self._changes.carry_out(work, caller, wish)

    def _together(self, session: Session, caller: Caller, items: Sequence[Asked]) -> tuple[Outcome, ...]:
        def part(work: UnitOfWork, wish: Wish) -> Applied:
            doing = self._changes.doing(caller, wish.options)
            return work.part(
                lambda inner: doing.within(inner, lambda again: self._changes.carry_out(again, caller, wish))
            )

        def act(work: UnitOfWork) -> tuple[Outcome, ...]:
            for wish in (item for item in items[:1] if isinstance(item, Wish)):
                self._changes.doing(caller, wish.options).claim_whole(work, self._found)
            work.hold(_named(items))
            outcomes: list[Outcome] = []
            for item in items:
                outcomes.append(_outcome(item, lambda wish: part(work, wish)))
                if isinstance(outcomes[-1], TryAgainError):
                    raise outcomes[-1]
            if any(isinstance(outcome, MatchkeeperError) for outcome in outcomes):
                raise _NothingDoneError(tuple(outcomes))
            return tuple(outcomes)

        try:
            return session.act(act)
        except _NothingDoneError as undone:
            return _held_back(undone.outcomes)


def matching(reader: Reader, program_id: int, wanted: RowFilter) -> tuple[Ref, ...]:
    """Every record that a filter finds among what the caller sees in full, in the order of the list.

    Raises InputProblemsError when there are more than one request may act on.
    """
    found = _total(reader, program_id, wanted)
    if found.capped and wanted.can_do:
        text = f"The filter leaves more records than the {CANDIDATES:,} of which one request can tell whether"
        raise InputProblemsError((Problem(("filter",), f"{text} {wanted.can_do} is possible: narrow it."),))
    # Counted first: whoever is refused has been shown nobody.
    refs = _listed(reader, program_id, wanted) if found.count <= BULK_LIMIT else []
    if found.count > BULK_LIMIT or len(refs) > BULK_LIMIT:
        count = f"{'more than ' if found.capped else ''}{max(found.count, len(refs)):,}"
        text = f"The filter finds {count} records, and at most {BULK_LIMIT} can be changed at a time: narrow it."
        raise InputProblemsError((Problem(("filter",), text),))
    # Whom a rule lets somebody find is listed, but nobody to act upon.
    full = reader.full(refs[0].kind, [ref.id for ref in refs], program_id) if refs else frozenset()
    return tuple(ref for ref in refs if ref.id in full)


def require_acting_on(ruleset: Ruleset, key: str, kind: Kind) -> None:
    """Raises InputProblemsError when a transition is for another kind of record than the filter finds."""
    transition = transition_of(ruleset, key)
    takes = asked_of(ruleset, transition)[0]
    if kind_of(takes) is not kind:
        text = f"{transition.label} acts on a {called(takes)}: filter records of that kind."
        raise InputProblemsError((Problem(("filter",), text),))


def acted_on(ruleset: Ruleset, key: str, wanted: RowFilter) -> RowFilter:
    """The filter, of records of declared kinds only for those that a transition acts on."""
    if not isinstance(wanted, RecordFilter):
        return wanted
    takes = asked_of(ruleset, transition_of(ruleset, key))[0]
    return replace(wanted, kind_in=tuple(kind for kind in wanted.kind_in if kind == takes))


def require_number(number: int) -> None:
    """Raises InputProblemsError unless a request of so many items can be carried out."""
    if number == 0:
        raise InputProblemsError((Problem(("items",), "There is nothing to do: give at least one item."),))
    if number > BULK_LIMIT:
        text = f"At most {BULK_LIMIT} items at a time, not {number:,}. Send the rest in another request."
        raise InputProblemsError((Problem(("items",), text),))


def _total(reader: Reader, program_id: int, wanted: RowFilter) -> Total:
    match wanted:
        case UserFilter():
            return reader.lists.users_total(program_id, wanted)
        case PersonaFilter():
            return reader.lists.personas_total(program_id, wanted)
        case MatchFilter():
            return reader.lists.matches_total(program_id, wanted)
        case RecordFilter():
            return reader.lists.records_total(program_id, wanted)


def _listed(reader: Reader, program_id: int, wanted: RowFilter) -> list[Ref]:
    """One more than may be acted on, if there are more by now."""
    every = Window(limit=BULK_LIMIT + 1)
    match wanted:
        case UserFilter():
            users = reader.lists.users_page(program_id, wanted, UserOrder(), every).rows
            return [Ref(Kind.USER, row.id) for row in users]
        case PersonaFilter():
            personas = reader.lists.personas_page(program_id, wanted, every).rows
            return [Ref(Kind.PERSONA, row.id) for row in personas]
        case MatchFilter():
            return [Ref(Kind.PAIR, row.id) for row in reader.lists.matches_page(program_id, wanted, every).rows]
        case RecordFilter():
            return [Ref(Kind.RECORD, row.id) for row in reader.lists.records_page(program_id, wanted, every).rows]


def _outcome(item: Asked, carry_out: Callable[[Wish], Applied]) -> Outcome:
    if isinstance(item, MatchkeeperError):
        return item
    try:
        return carry_out(item)
    except MatchkeeperError as error:
        return error


def _numbered(item: Asked, number: int) -> Asked:
    return replace(item, options=part_of(item.options, number)) if isinstance(item, Wish) else item


def _not_tried(item: Asked) -> MatchkeeperError:
    return item if isinstance(item, MatchkeeperError) else TryAgainError(_NOT_TRIED)


def _named(items: Sequence[Asked]) -> list[Ref]:
    wishes = [item for item in items if isinstance(item, Wish)]
    return [*(wish.subject for wish in wishes), *(wish.partner for wish in wishes if wish.partner is not None)]


def _held_back(outcomes: Sequence[Outcome]) -> tuple[MatchkeeperError, ...]:
    """Why each item was not carried out, without the records that the others would have made."""
    unmade = {ref for outcome in outcomes if isinstance(outcome, Applied) for ref in outcome.created}
    return tuple(
        HeldBackError(_HELD_BACK) if isinstance(outcome, Applied) else _without(outcome, unmade) for outcome in outcomes
    )


def _without(error: MatchkeeperError, unmade: set[Ref]) -> MatchkeeperError:
    if isinstance(error, VersionConflictError) and error.current in unmade:
        return missing(error.current)
    if isinstance(error, TransitionRefusedError):
        ways = tuple(offer for offer in error.refused.alternatives if offer.subject not in unmade)
        return TransitionRefusedError(error.message, replace(error.refused, alternatives=ways))
    return error
