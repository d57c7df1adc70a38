"""Taking an act back: the same plan or refusal as for any other act, made from what the act did."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from server.engine.beginnings import as_held
from server.engine.cascade import Cascade
from server.engine.facts import Facts, Kind, Record, Ref
from server.engine.invariants import broken
from server.engine.moves import AS_PLATFORM, Move
from server.engine.outcomes import always
from server.engine.places import Place
from server.engine.plan import Blocker, Change, Plan, Refusal, Setting
from server.engine.ruleset import OWNER, Ruleset, Transition
from server.engine.settling import settle

UNDO = "undo_status_change"
"""The act under which history has it, and the transition of what goes straight back."""

_BY_HAND = AS_PLATFORM | {OWNER}
"""What takes a created record back is done as part of the undo, whoever else may press it."""


@dataclass(frozen=True, slots=True)
class Step:
    """One row of history, as far as taking it back goes by it. ``undoes``: the row that it took back itself."""

    id: int
    subject: Ref
    machine: str
    before: str | None
    after: str
    transition: str
    undoes: int | None = None
    restarts: bool = False

    @property
    def moves(self) -> bool:
        """Whether anything is different after it."""
        return self.before != self.after or self.restarts


@dataclass(frozen=True, slots=True)
class Former:
    """What a field held before an act set it, and afterwards; None: no longer known."""

    subject: Ref
    field: str
    before: tuple[str, ...] | None
    after: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Deed:
    """An act that was done: its ``name``, its rows in their order, the act's own first, and the fields that it set.

    ``later``: all rows about the same records that were written after it, in their order.
    """

    name: str
    steps: tuple[Step, ...]
    formers: tuple[Former, ...] = ()
    later: tuple[Step, ...] = ()

    @property
    def root(self) -> Step:
        """The act's own row."""
        return self.steps[0]

    @property
    def touched(self) -> tuple[Ref, ...]:
        """Every record that it moved, made or set a field of."""
        return tuple(dict.fromkeys((*(step.subject for step in self.steps), *(each.subject for each in self.formers))))

    def is_undone(self) -> bool:
        """Whether it has been taken back, and that has not been taken back in turn."""
        own = {step.id for step in self.steps}
        return any(step.undoes in own for step in standing(self.later))

    def changed_since(self) -> tuple[Step, ...]:
        """The later rows that still count: what was taken back itself is as if it had never been."""
        first = self.root.id
        return tuple(
            step for step in standing(self.later) if step.moves and (step.undoes is None or step.undoes < first)
        )


def standing(steps: Iterable[Step]) -> tuple[Step, ...]:
    """Those of the rows that have not been taken back, in their order."""
    undone: set[int] = set()
    found: list[Step] = []
    for step in sorted(steps, key=lambda step: -step.id):
        if step.id in undone:
            continue
        found.append(step)
        if step.undoes is not None:
            undone.add(step.undoes)
    return tuple(reversed(found))


def decide_undo(
    ruleset: Ruleset,
    deed: Deed,
    roles: frozenset[str],
    facts: Facts,
    *,
    actor: Ref | None = None,
    confirmed: frozenset[str] = frozenset(),
) -> Plan | Refusal:
    """What taking an act back would change, or every reason why not.

    What the act made is taken back by the ``undo`` of the transition that made it, with all that follows; whatever
    is not back by then goes straight back to where it was. ``roles``: the caller's, on what the act was about.
    """
    undoing = _Undoing(ruleset, deed, facts, actor)
    permission = undoing.permission(roles)
    blockers = (*permission, *undoing.in_the_way()) or undoing.carry_out()
    if blockers:
        return Refusal(undoing.transition, not permission, tuple(dict.fromkeys(blockers)))
    cascade = undoing.cascade
    unconfirmed = tuple(warned for warned in cascade.warnings if warned.code not in confirmed)
    if unconfirmed:
        return Refusal(undoing.transition, True, unconfirmed=unconfirmed)
    return cascade.plan(undoing.transition, {})


class _Undoing:
    """One act on its way back, on paper."""

    def __init__(self, ruleset: Ruleset, deed: Deed, facts: Facts, actor: Ref | None) -> None:
        self.cascade = Cascade(ruleset, facts, author=actor)
        self._rules, self._deed, self._facts, self._actor = ruleset, deed, facts, actor
        self._original = ruleset.transitions.get(deed.root.transition)
        self._made = tuple(dict.fromkeys(step.subject for step in deed.steps if step.before is None))
        self.transition = self._as_transition()

    def _as_transition(self) -> Transition:
        """The undo as a transition that leads to where the act began."""
        root, original = self._deed.root, self._original
        label = f"Undo {original.label if original else root.transition.replace('_', ' ')}"
        place = original.place if original else self._rules.places.get(f"machines.{root.machine}", Place("", 1))
        lead = always(root.before or root.after)
        return Transition(UNDO, root.machine, label, lead, frozenset(), frozenset(), place)

    def _block(self, code: str, text: str, subject: Ref | None = None) -> Blocker:
        return Blocker(code, text, subject or self._deed.root.subject, self.transition.place)

    def permission(self, roles: frozenset[str]) -> tuple[Blocker, ...]:
        """Why this caller may not: an act is taken back by whoever may do it."""
        if self._deed.root.transition == UNDO:
            return () if roles else (self._block("NOT_PERMITTED", "This is for whoever may change the record."),)
        if self._original is None:
            return self._permission_on_fields(roles)
        judge, by_event = self.cascade.judge, self._deed.name in self._rules.events
        return tuple(judge.permission(self._as_move(self._original, roles, by_event=by_event)))

    def _as_move(self, original: Transition, roles: frozenset[str], *, by_event: bool) -> Move:
        """The act as its move would be judged on the records as they are."""
        record = self.cascade.situation.record(self._deed.root.subject)
        user = record.links.get("user") if original.creates is Kind.PERSONA else None
        subject = self.cascade.situation.record(user) if user else record
        sides = tuple(side for ref in record.links.values() if (side := self.cascade.situation.find(ref)))
        created = record if original.creates else None
        return Move(original, subject, roles, created=created, sides=sides, by_event=by_event, actor=self._actor)

    def _permission_on_fields(self, roles: frozenset[str]) -> tuple[Blocker, ...]:
        fields = [self._rules.fields[each.field] for each in self._deed.formers if each.field in self._rules.fields]
        if not fields:
            text = "What was before it is not kept in history, or the rules no longer know it: put it right by hand."
            return (self._block("CANNOT_BE_UNDONE", text),)
        closed = [field.label for field in fields if not field.may_be_set_by(roles)]
        return (self._block("NOT_PERMITTED", f"You may not set {', '.join(closed)}."),) if closed else ()

    def in_the_way(self) -> tuple[Blocker, ...]:
        """What has happened since, and what history no longer knows."""
        if self._deed.is_undone():
            return (self._block("ALREADY_UNDONE", "This has been taken back already."),)
        return (*self._changed_since(), *self._changed_fields())

    def _changed_since(self) -> Iterator[Blocker]:
        for step in self._deed.changed_since():
            machine, cause = self._rules.machines.get(step.machine), self._rules.transitions.get(step.transition)
            what = machine.label if machine else step.machine
            by = cause.label if cause else step.transition.replace("_", " ")
            text = f"The {what} of a record that this touched has changed since, by {by}. Take that back first."
            yield self._block("CHANGED_SINCE", text, step.subject)

    def _changed_fields(self) -> Iterator[Blocker]:
        for each in self._deed.formers:
            field, record = self._rules.fields.get(each.field), self._facts.records[each.subject]
            label = field.label if field else each.field
            if field is None or each.before is None or each.after is None:
                text = f"What {label} held before is no longer known. Set it by hand."
                yield self._block("CANNOT_BE_UNDONE", text, each.subject)
            elif _holding(record, each.field) != frozenset(each.after):
                yield self._block("CHANGED_SINCE", f"{label} has been set since. Set it by hand.", each.subject)

    def carry_out(self) -> tuple[Blocker, ...]:
        """Takes everything back on paper; or answers with what is in the way."""
        root = self._deed.root.subject
        others = [ref for ref in self._deed.touched if ref not in self._made and ref != root]
        found = [] if root in self._made else [*self._straight_back(root)]
        found += [blocker for ref in self._made for blocker in self._unmake(ref)]
        found += [blocker for ref in others for blocker in self._straight_back(ref)]
        if found:
            return tuple(found)
        self._fields_back()
        self._account()
        cascade = self.cascade
        return settle(self._rules, cascade, self.transition) or broken(self._rules, self._facts, cascade)

    def _unmake(self, ref: Ref) -> Iterator[Blocker]:
        """Takes a record back that the act made, unless that has followed already."""
        rows = [step for step in self._deed.steps if step.subject == ref]
        record, making = self.cascade.situation.record(ref), self._rules.transitions.get(rows[0].transition)
        if any(record.statuses[row.machine] != row.after for row in {row.machine: row for row in rows}.values()):
            return
        undo = self._rules.transitions.get(making.undo) if making and making.undo else None
        if undo is None:
            label = making.label if making else rows[0].transition
            text = (
                f"The rules say of nothing that it takes back what {label} makes. Change the record by its own buttons."
            )
            yield self._block("CANNOT_BE_UNDONE", text, ref)
            return
        move = self.cascade.judge.ways(Move(undo, record, _BY_HAND, chain=(UNDO,), actor=self._actor))[0]
        yield from self.cascade.carry_out(move, 0 if self.cascade.changes else None)

    def _straight_back(self, ref: Ref) -> Iterator[Blocker]:
        for step in reversed([step for step in self._deed.steps if step.subject == ref]):
            present = self.cascade.situation.record(ref).statuses.get(step.machine)
            if step.before is not None and present == step.after:
                yield from self.cascade.put_back(ref, step.machine, step.before, UNDO, undoes=step.id)

    def _fields_back(self) -> None:
        for each in self._deed.formers:
            if each.subject not in self._made and each.before is not None:
                self.cascade.settings[each.subject, each.field] = Setting(each.subject, each.field, each.before)
                self.cascade.situation.set(each.subject, *as_held(self._rules, {each.field: each.before}))

    def _account(self) -> None:
        """Says of every row of the act which row takes it back: what stayed where it is gets a row that says so."""
        changes = self.cascade.changes
        answered = {change.undoes for change in changes}
        for step in reversed(self._deed.steps):
            if step.id in answered:
                continue
            same = [n for n, change in enumerate(changes) if _takes_back(change, step) and change.undoes is None]
            if same:
                changes[same[-1]] = replace(changes[same[-1]], undoes=step.id)
            elif (present := self.cascade.situation.record(step.subject).statuses.get(step.machine)) is not None:
                cause, at = 0 if changes else None, (step.subject, step.machine, present, present)
                changes.append(Change(*at, UNDO, cause, False, self._places(step.subject), undoes=step.id))

    def _places(self, ref: Ref) -> dict[str, int]:
        return dict(self.cascade.situation.record(ref).places)


def _takes_back(change: Change, step: Step) -> bool:
    own = (change.subject, change.machine) == (step.subject, step.machine)
    return own and (step.before is None or change.after == step.before)


def _holding(record: Record, field: str) -> frozenset[str]:
    """What a record holds in a field, one value or several."""
    value = record.values.get(field)
    return record.lists.get(field, frozenset()) if value is None else frozenset({value})
