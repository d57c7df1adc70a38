"""What of an act, and of the reasons against one, is shown to somebody who does not see everything."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from server.domain.access import Sight
from server.domain.commands import Applied
from server.domain.history import StatusChange
from server.engine.facts import Kind, Ref
from server.engine.plan import Blocker, Creation, Offer, Plan, Problem
from server.services.access import known
from server.store.sessions import Session
from server.store.unit_of_work import UnitOfWork
from server.store.visibility import seen

Work = Session | UnitOfWork

_LATER = "Something else that this would change has changed since then. Give a later time."


def shown_offers(work: Work, sight: Sight, offers: Mapping[Ref, Sequence[Offer]]) -> dict[Ref, tuple[Offer, ...]]:
    """The buttons, with reasons that name no record which may not be seen; the rule's own text stays."""
    if sight.whole:
        return {ref: tuple(buttons) for ref, buttons in offers.items()}
    every = [blocker for buttons in offers.values() for button in buttons for blocker in button.blockers]
    visible = _named(work, sight, every)
    return {
        ref: tuple(replace(each, blockers=tuple(_veiled(b, visible) for b in each.blockers)) for each in buttons)
        for ref, buttons in offers.items()
    }


def shown_blockers(work: Work, sight: Sight, blockers: Sequence[Blocker]) -> tuple[Blocker, ...]:
    """The reasons, without the records that may not be seen."""
    if sight.whole:
        return tuple(blockers)
    visible = _named(work, sight, blockers)
    return tuple(_veiled(blocker, visible) for blocker in blockers)


def shown_problems(work: Work, sight: Sight, problems: Sequence[Problem]) -> tuple[Problem, ...]:
    """The faults of a request; one that lies in a record which may not be seen says so without naming it."""
    subjects = [problem.subject for problem in problems if problem.subject is not None]
    if sight.whole or not subjects:
        return tuple(problems)
    visible = known(work, sight, subjects)
    told = (p if p.subject is None or p.subject in visible else Problem(p.path, _LATER, p.code) for p in problems)
    return tuple(dict.fromkeys(told))


def shown_applied(work: Work, sight: Sight, applied: Applied) -> Applied:
    """What an act did or would do to records that are seen in full; the act itself is always told.

    Also what follows for others is carried out, and stands in their history.
    """
    if sight.whole or applied.kept:
        return applied
    if applied.dry_run and applied.plan is not None:
        return replace(applied, plan=_shown_plan(work, sight, applied.plan))
    touched = {*(Ref(change.kind, change.subject_id) for change in applied.changes), *applied.created}
    visible = _in_full(work, sight, touched)
    own, *followed = applied.changes
    return replace(
        applied,
        changes=(own, *(change for change in followed if Ref(change.kind, change.subject_id) in visible)),
        created=tuple(ref for ref in applied.created if ref in visible),
    )


def shown_changes(work: Work, sight: Sight, changes: Sequence[StatusChange]) -> tuple[StatusChange, ...]:
    """The rows of history about records that are seen in full."""
    if sight.whole:
        return tuple(changes)
    visible = _in_full(work, sight, {Ref(change.kind, change.subject_id) for change in changes})
    return tuple(change for change in changes if Ref(change.kind, change.subject_id) in visible)


def _shown_plan(work: Work, sight: Sight, plan: Plan) -> Plan:
    """The plan without what it would do to others; what it would make belongs to whom it is made for."""
    existing = {
        *(change.subject for change in plan.changes if change.subject.id > 0),
        *(ref for made in plan.creations for ref in made.links.values() if ref.id > 0),
    }
    visible = set(_in_full(work, sight, existing))
    for made in plan.creations:
        if _is_own(made, visible):
            visible.add(made.ref)
    kept = [number for number, change in enumerate(plan.changes) if number == 0 or change.subject in visible]
    place = {number: position for position, number in enumerate(kept)}
    changes = tuple(
        replace(change, caused_by=None if change.caused_by is None else place.get(change.caused_by))
        for change in (plan.changes[number] for number in kept)
    )
    notices = tuple(
        replace(notice, caused_by=place[notice.caused_by])
        for notice in plan.notices
        if notice.caused_by in place and notice.subject in visible
    )
    creations = tuple(made for made in plan.creations if made.ref in visible)
    return replace(plan, changes=changes, creations=creations, notices=notices)


def _is_own(made: Creation, visible: set[Ref]) -> bool:
    return made.kind is Kind.USER or any(ref in visible for ref in made.links.values())


def _in_full(work: Work, sight: Sight, refs: Iterable[Ref]) -> frozenset[Ref]:
    wanted = list(refs)
    found: set[Ref] = set()
    for kind in {ref.kind for ref in wanted}:
        numbers = [ref.id for ref in wanted if ref.kind is kind]
        found |= {Ref(kind, number) for number in seen(work.connection, sight, kind, numbers)}
    return frozenset(found)


def _named(work: Work, sight: Sight, blockers: Iterable[Blocker]) -> frozenset[Ref]:
    return known(work, sight, [blocker.subject for blocker in blockers if blocker.subject is not None])


def _veiled(blocker: Blocker, visible: frozenset[Ref]) -> Blocker:
    """The reason without the record, and without the values seen there."""
    if blocker.subject is None or blocker.subject in visible:
        return blocker
    return replace(blocker, subject=None, seen=())
