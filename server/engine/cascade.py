"""Carries one act out on paper: the move itself, then everything that follows from it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from server.engine.answers import fill_in
from server.engine.beginnings import as_held, held_by, new_persona, new_record
from server.engine.effects import About, Effect, Notify, Put
from server.engine.facts import Facts, Kind, Past, Record, Ref, Situation
from server.engine.messages import Notice, notices
from server.engine.moves import AS_PLATFORM, Judge, Move, free_place
from server.engine.outcomes import always
from server.engine.paths import Operand, Scope, UnknownRecordError, record_at, records_at
from server.engine.places import Place
from server.engine.plan import Blocker, Change, Creation, Plan, Problem, Setting, Warned
from server.engine.quiet import existing, is_quiet
from server.engine.ruleset import Ruleset, Transition
from server.engine.values import CHOICE, parts_of

DEPTH_LIMIT = 16
"""How deep a cascade may go; the check of the rules file refuses cycles, this is the second lock."""


class Cascade:
    """One act in the making. The first effect that is refused spoils it, but all are tried.

    ``author``: the record of whoever acts, which records of declared kinds keep.
    """

    def __init__(
        self, ruleset: Ruleset, facts: Facts, moment: datetime | None = None, author: Ref | None = None
    ) -> None:
        self._author = author
        self.situation = Situation(facts, moment)
        self.judge = Judge(ruleset, self.situation)
        self.changes: list[Change] = []
        self.creations: list[Creation] = []
        self.settings: dict[tuple[Ref, str], Setting] = {}
        self.warnings: list[Warned] = []
        self.notices: list[Notice] = []
        self.problems: list[Problem] = []
        self._rules = ruleset

    def carry_out(self, move: Move, cause: int | None = None) -> tuple[Blocker, ...]:
        """Judges a move whose outcome is known and, nothing being in its way, makes it and what follows.

        Or returns what is in the way.
        """
        blockers = self.judge.blockers(move)
        if blockers or move.to is None:
            return blockers
        self._caution(move)
        index = len(self.changes)
        subject = self._write(move, move.to, cause)
        effects = (*move.transition.effects, *(move.case.effects if move.case else ()))
        return tuple(blocker for effect in effects for blocker in self._follow(effect, move, subject, index))

    def _caution(self, move: Move) -> None:
        scope = self.judge.scope(move)
        for caution in move.transition.cautions:
            stands = caution.when is None or caution.when.holds(scope) is True
            warned = Warned(caution.code, caution.text)
            if stands and warned not in self.warnings:
                self.warnings.append(warned)

    def _write(self, move: Move, to: str, cause: int | None) -> Ref:
        """Makes the move; answers with the record on which its effects run."""
        if move.created is None:
            return self._move(move, to, cause)
        if move.transition.creates is Kind.USER:
            root = len(self.changes)
            self._create(move, move.subject, cause)
            cause = root
        self._create(move, move.created, cause)
        return move.created.ref

    def _move(self, move: Move, to: str, cause: int | None) -> Ref:
        transition, subject = move.transition, move.subject
        machine, before = transition.machine, subject.statuses[transition.machine]
        places = self._places(subject, machine, to)
        stays = move.case is not None and move.case.stays
        restarts = stays and transition.restarts
        self.situation.move(subject.ref, machine, to, places, transition.id, keeps_time=stays and not restarts)
        self._log(move, subject.ref, machine, (before, to), cause=cause, places=places, restarts=restarts)
        return subject.ref

    def put_back(self, ref: Ref, machine: str, to: str, name: str, *, undoes: int | None = None) -> tuple[Blocker, ...]:
        """Puts a record straight back to where it was, past its transitions; or answers with what is in the way.

        ``name``: the act under which history has it; ``undoes``: the row that it takes back.
        """
        record, at = self.situation.record(ref), self._rules.machines[machine]
        if to not in at.statuses:
            text = f"The rules no longer have the status {to}. Choose another by the buttons of the record."
            return (Blocker("CANNOT_BE_UNDONE", text, ref),)
        here = Transition(
            name, machine, name, always(to), frozenset(), frozenset(), self._rules.places[f"machines.{machine}"]
        )
        blockers = tuple(self.judge.places(Move(here, record, AS_PLATFORM, to=to)))
        if blockers:
            return blockers
        before, places = record.statuses[machine], self._places(record, machine, to)
        self.situation.move(ref, machine, to, places, name)
        cause = 0 if self.changes else None
        self.changes.append(Change(ref, machine, before, to, name, cause, False, places, undoes=undoes))
        return ()

    def _places(self, record: Record, machine: str, target: str) -> Mapping[str, int]:
        """The open places of a pair in its new status: the ones it holds, or the smallest free ones."""
        if record.ref.kind is not Kind.PAIR or not self._rules.status(machine, target).opens:
            return {}
        free = {
            role: record.places.get(role) or free_place(self._rules, self.situation, record.ref, role, persona)
            for role, persona in record.links.items()
        }
        return {role: place for role, place in free.items() if place is not None}

    def _create(self, move: Move, created: Record, cause: int | None) -> None:
        """Adds the record with a row for each of its machines: the transition's own first, the others due to it."""
        own = move.transition.machine
        places = self._places(created, own, created.statuses[own]) if own in created.statuses else {}
        begun = {
            machine: (Past(status, move.transition.id, self.situation.now),)
            for machine, status in created.statuses.items()
        }
        self.situation.add(replace(created, places=places, past=begun))
        role = created.values.get("role") if created.ref.kind is Kind.PERSONA else None
        made = Creation(
            created.ref,
            created.ref.kind,
            created.links,
            move.transition.id,
            role,
            created.proposer,
            created.declared,
        )
        self.creations.append(made)
        for key, values in held_by(self._rules, created.sort, move.fields).items():
            self.settings[created.ref, key] = Setting(created.ref, key, values)
        root = len(self.changes)
        for machine in sorted(created.statuses, key=lambda key: key != own):
            due_to = root if own in created.statuses and machine != own else cause
            self._log(move, created.ref, machine, (None, created.statuses[machine]), cause=due_to, places=places)

    def _log(
        self,
        move: Move,
        subject: Ref,
        machine: str,
        moved: tuple[str | None, str],
        *,
        cause: int | None,
        places: Mapping[str, int],
        restarts: bool = False,
    ) -> None:
        by_platform = move.by_event or move.roles == AS_PLATFORM
        self.changes.append(Change(subject, machine, *moved, move.transition.id, cause, by_platform, places, restarts))

    def plan(self, transition: Transition, answers: Mapping[str, str]) -> Plan:
        """All that it has come to, nothing being in the way."""
        return Plan(
            transition,
            tuple(self.changes),
            tuple(self.creations),
            tuple(self.warnings),
            answers,
            tuple(self.settings.values()),
            tuple(self.notices),
        )

    def next_id(self) -> int:
        """The id of the next record to be created: -1, -2 and so on."""
        return -1 - len(self.creations)

    def _follow(self, effect: Effect, move: Move, subject: Ref, cause: int) -> tuple[Blocker, ...]:
        """Picks what an effect is about and what it hands on, once, and then takes one after the other.

        What leads to a record that is not chosen yet (the other side of an offered match) is left for later.
        """
        record = self.situation.record(subject)
        scope = Scope(self.situation, record, record, None, move.answers, None, self._rules.terms, move.actor)
        wanted = effect.about.condition
        if wanted is not None and wanted.holds(scope) is not True:
            return ()
        try:
            targets = _targets(effect.about, scope)
            if isinstance(effect, Put):
                return self._put(effect, targets, scope)
            if isinstance(effect, Notify):
                said = notices(effect.message, effect.words, effect.to, subjects=targets, scope=scope, caused_by=cause)
                self.notices.extend(said)
                return ()
            role = effect.role.value(scope) if effect.role else None
            partner = None if effect.partner is None else record_at(effect.partner, scope)
            targets = () if effect.partner is not None and partner is None else targets
            handed_on = {key: operand.value(scope) for key, operand in effect.answers.items()}
            fields = {key: self._held(key, operand, scope) for key, operand in effect.fields.items()}
        except UnknownRecordError:
            return ()
        chain = (*move.chain, move.transition.id)
        if len(chain) > DEPTH_LIMIT:
            return endless(effect.place, chain)
        transition = self._rules.transitions[effect.transition]
        answers = {**move.answers, **{key: value for key, value in handed_on.items() if value is not None}}
        found: list[Blocker] = []
        for target in targets:
            moved = self.situation.record(target)
            sides = (moved,) if partner is None else (moved, partner)
            fired = Move(transition, moved, AS_PLATFORM, sides=sides, chain=chain, answers=answers, fields=fields)
            found.extend(self._fire(fired, role, cause))
        return tuple(found)

    def _put(self, effect: Put, targets: tuple[Ref, ...], scope: Scope) -> tuple[Blocker, ...]:
        """Sets a field of each target; what is added to or taken from is the target's own value."""
        for ref in targets:
            record = self.situation.record(ref)
            if effect.only_if_empty and (record.values.get(effect.field) or record.lists.get(effect.field)):
                continue
            held = {effect.field: self._held(effect.field, effect.operand, replace(scope, self=record))}
            self.settings[ref, effect.field] = Setting(ref, effect.field, held[effect.field])
            self.situation.set(ref, *as_held(self._rules, held))
        return ()

    def _held(self, key: str, operand: Operand | None, scope: Scope) -> tuple[str, ...]:
        """What a field holds once it is set."""
        field, value = self._rules.fields[key], operand.value(scope) if operand else None
        if value is None:
            return ()
        return parts_of(value) if field.several and field.type == CHOICE else (value,)

    def _fire(self, fired: Move, role: str | None, cause: int) -> tuple[Blocker, ...]:
        transition = fired.transition
        if transition.creates is Kind.PERSONA:
            number, held = self.next_id(), fired.fields
            created = new_persona(self._rules, self.situation, fired.subject, role, number, held=held)
            fired = replace(fired, created=created)
        elif transition.creates in self._rules.kinds:
            record = new_record(self._rules, self.situation, fired, self.next_id(), self._author)
            fired = replace(fired, created=record)
        form = fill_in(transition, self.judge.scope(fired))
        self.problems.extend(form.problems)
        asked = {question.input.key for question in transition.asks}  # what is not asked here is handed on further
        answers = {key: value for key, value in fired.answers.items() if key not in asked}
        fired = self.judge.ways(replace(fired, answers={**answers, **form.answers}))[0]
        if existing(fired, self.judge.scope(fired)):
            return ()
        blockers = self.carry_out(fired, cause)
        return () if is_quiet(fired, blockers) else blockers


def endless(place: Place, chain: tuple[str, ...]) -> tuple[Blocker, ...]:
    """What is in the way where one thing follows from another without end."""
    return (Blocker("TOO_DEEP", "The rules set each other off without end.", None, place, chain),)


def _targets(about: About, scope: Scope) -> tuple[Ref, ...]:
    """The records an effect is about; a list is picked once, before the first of them moves."""
    if about.each is not None:
        every, where = records_at(about.each, scope), about.where
        listed = [each for each in every if where is None or where.holds(scope.at(each)) is True]
        return tuple(each.ref for each in (about.pick.of(listed, scope) if about.pick else listed))
    record = scope.self if about.subject is None else record_at(about.subject, scope)
    return () if record is None else (record.ref,)
