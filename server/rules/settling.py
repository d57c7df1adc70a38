"""Refuses transitions with ``when`` that could make each other possible without end, within one act.

Such a circle leads a record out of a status and back into it. It is harmless where its conditions cannot all hold
at once, as long as nothing in the circle changes what they look at, and where a wait stands in it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from server.engine.ages import Age
from server.engine.automatic import When
from server.engine.conditions import (
    All,
    Answered,
    AnyOf,
    At,
    Condition,
    Count,
    Filled,
    Includes,
    Named,
    Not,
    OneOf,
    Same,
)
from server.engine.due import waits
from server.engine.effects import Fire, Put
from server.engine.memory import Been
from server.engine.paths import Path
from server.engine.ruleset import Ruleset, Transition
from server.engine.values import Compare, Constant
from server.rules.diagnostics import Findings
from server.rules.nodes import Table, section
from server.rules.steady import changing

_MANY = 7
"""How many transitions with ``when`` that could stand in circles are looked at one circle after the other."""

_ELSEWHERE = frozenset({"created", "actor"})
"""Where paths begin that lead away from the record in the circle."""

_Allowed = Mapping[object, frozenset[object]]
"""What something that stays as it is can be, for all conditions so far to hold."""


def check_settling(ruleset: Ruleset, root: Table, findings: Findings) -> None:
    """Tells each circle once, at the ``when`` of the first of its transitions in the file."""
    circles = _Circles.of(ruleset)
    told: set[frozenset[str]] = set()
    for start in circles.members:
        circle = circles.through(start)
        if circle and frozenset(circle) not in told:
            told.add(frozenset(circle))
            node = section(section(section(root, "transitions"), start), "automatic")
            message = f"this could go round without end: {' -> '.join((*circle, start))}"
            hint = "let their conditions exclude one another, or let a time pass: automatic: {after: P1D}"
            findings.error("when-cycle", node.place_of("when"), message, hint)


@dataclass(frozen=True, slots=True)
class _Circles:
    """The transitions that could stand in a circle, what each sets off, and all that this may change."""

    ruleset: Ruleset
    members: Mapping[str, Transition]
    sets_off: Mapping[str, frozenset[str]]
    moved: frozenset[str]
    creates: bool

    @classmethod
    def of(cls, ruleset: Ruleset) -> "_Circles":
        sets_off = {key: _sets_off(ruleset, key) for key in ruleset.transitions}
        members = {t.id: t for t, _ in ruleset.chained() if not waits(t)}
        while True:
            done = {key for member in members for key in sets_off[member]}
            back = {
                k: t for k, t in members.items() if any(_enters(ruleset, ruleset.transitions[key], t) for key in done)
            }
            if len(back) == len(members):
                moves = {moved for key in done for moved in _moves(ruleset.transitions[key])}
                creates = any(ruleset.transitions[key].creates for key in done)
                moved = moves | ruleset.derived.keys() if creates else changing(ruleset, moves)
                return cls(ruleset, members, sets_off, frozenset(moved), creates)
            members = back

    def through(self, start: str) -> tuple[str, ...]:
        """A circle from a transition back to it; empty where there is none."""
        if len(self.members) > _MANY:
            return self._shortest(start)
        return next(self._walk((start,), self._needs(start)), ())

    def _shortest(self, start: str) -> tuple[str, ...]:
        """The shortest circle, whatever its conditions say: to weigh those of many transitions would take too long."""
        paths: list[tuple[str, ...]] = [(start,)]
        seen = {start}
        for path in paths:
            last = self.members[path[-1]]
            for key, following in self.members.items():
                if not any(
                    _enters(self.ruleset, self.ruleset.transitions[other], following)
                    for other in self.sets_off[last.id]
                ):
                    continue
                if key == start:
                    return path
                if key not in seen:
                    seen.add(key)
                    paths.append((*path, key))
        return ()

    def _walk(self, path: tuple[str, ...], allowed: _Allowed) -> Iterator[tuple[str, ...]]:
        last = self.members[path[-1]]
        for key, following in self.members.items():
            same_record = last.machine == following.machine and not last.entered.isdisjoint(following.sources)
            others = self.sets_off[last.id] - {last.id}
            set_off = any(_enters(self.ruleset, self.ruleset.transitions[other], following) for other in others)
            joint = None if set_off else _joint(allowed, self._needs(key)) if same_record else None
            if not set_off and joint is None:
                continue
            if key == path[0]:
                yield path
            elif key not in path:
                yield from self._walk((*path, key), self._needs(key) if joint is None else joint)

    def _needs(self, key: str) -> _Allowed:
        transition = self.members[key]
        condition = transition.automatic.condition if isinstance(transition.automatic, When) else All(())
        found: dict[object, frozenset[object]] = {}
        for part in (condition, *(requirement.that for requirement in transition.requires)):
            for what, values in self._certain(part, (), True):
                found[what] = found.get(what, values) & values
        return found

    def _certain(
        self, condition: Condition, links: tuple[str, ...], wanted: bool
    ) -> Iterator[tuple[object, frozenset[object]]]:
        """What must be so, of all that the circle leaves alone, for a condition to hold, or not to hold."""
        if self._stays(condition):
            yield (condition, links), frozenset({wanted})
        match condition:
            case All(parts) if wanted:
                for part in parts:
                    yield from self._certain(part, links, True)
            case AnyOf(parts) if not wanted:
                for part in parts:
                    yield from self._certain(part, links, False)
            case Not(part):
                yield from self._certain(part, links, not wanted)
            case Named(_, inner):
                yield from self._certain(inner, links, wanted)
            case At(path, inner) if wanted and path.start not in _ELSEWHERE:
                yield from self._certain(inner, (*links, *path.links), True)
            case OneOf(path, values) if self._is_left_alone(path):
                every = self._every(str(path.value))
                before = () if path.start == "this" else links
                yield ((*before, *path.links), path.value), frozenset(values if wanted else every - values)

    def _is_left_alone(self, path: Path) -> bool:
        """Whether it is a value of the record in the circle, or of one it leads to, that no move changes."""
        return path.value not in {None, *self.moved} and path.start not in _ELSEWHERE

    def _every(self, value: str) -> frozenset[str]:
        """All that a status, a choice or the role can be."""
        if value in self.ruleset.machines:
            return frozenset(self.ruleset.machines[value].statuses)
        field = self.ruleset.fields.get(value)
        return frozenset(choice.key for choice in field.choices) if field else frozenset(self.ruleset.roles)

    def _stays(self, condition: Condition) -> bool:
        """Whether nothing in the circle can change what a condition says."""
        match condition:
            case All(parts) | AnyOf(parts):
                return all(self._stays(part) for part in parts)
            case Not(inner) | Named(_, inner) | At(_, inner):
                return self._stays(inner)
            case Count(where=where, at_least=None | Constant(), at_most=None | Constant()):
                return not self.creates and (where is None or self._stays(where))
            case (
                OneOf(path, _)
                | Same(path, _)
                | Age(path=path)
                | Been(path=path, at_least=Constant())
                | Filled(path, _)
                | Includes(path, _)
            ):
                return path.value not in self.moved
            case Compare(path=path, operand=Constant()):
                return path.value not in self.moved
            case _:
                return isinstance(condition, Answered)  # of anything else nobody can be sure


def _joint(one: _Allowed, other: _Allowed) -> _Allowed | None:
    """Both at once; None where that cannot be."""
    both = {what: one.get(what, values) & values for what, values in other.items()}
    return None if any(not values for values in both.values()) else {**one, **both}


def _sets_off(ruleset: Ruleset, key: str, seen: frozenset[str] = frozenset()) -> frozenset[str]:
    """A transition and all that it fires, one by way of another."""
    found = {key}
    for effect in ruleset.transitions[key].follows:
        if isinstance(effect, Fire) and effect.transition not in seen | found:
            found |= _sets_off(ruleset, effect.transition, seen | found)
    return frozenset(found)


def _moves(transition: Transition) -> Iterator[str]:
    """The machine that a transition moves, and the fields that it sets."""
    yield transition.machine
    for effect in transition.follows:
        if isinstance(effect, Put):
            yield effect.field


def _enters(ruleset: Ruleset, cause: Transition, transition: Transition) -> bool:
    """Whether one brings a record into a status that the other starts from, or makes one of its kind."""
    if cause.creates is not None:
        return ruleset.machines[transition.machine].owner == cause.creates
    return cause.machine == transition.machine and not cause.entered.isdisjoint(transition.sources)
