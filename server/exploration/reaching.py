"""Findings on where people can and cannot get to."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

from server.engine.cast import Cast, MissingError
from server.engine.effects import Fire
from server.engine.facts import SURROUNDINGS, Facts, Kind
from server.engine.machines import Machine, Status
from server.engine.places import Place
from server.engine.ruleset import Ruleset, Transition
from server.exploration.acts import without_fills
from server.exploration.finding import Finding
from server.exploration.lens import START, parts
from server.exploration.situation import Canon, Key, people_of, size_of
from server.exploration.space import PEOPLE, Edge, Space
from server.exploration.ways import Spot, Ways, after, record_at, spots
from server.exploration.words import Teller, story, told

FINAL = "FINAL"
"""The category of the statuses that end something."""


def unreached(space: Space) -> Iterator[Finding]:
    """Statuses that nobody can come into, and transitions that nobody can carry out."""
    ruleset, reached = space.ruleset, set[tuple[str, str]]()
    for node in space.nodes.values():
        reached.update(pair for record in node.facts.records.values() for pair in record.statuses.items())
    for node in space.nodes.values():  # what is forgotten at once was reached all the same
        plans = (edge.plan for edge in node.edges if edge.plan)
        reached.update((change.machine, change.after) for plan in plans for change in plan.changes)
    unsure, unsure_of = _beyond(space)
    for machine, status in _statuses(ruleset):
        if (machine.key, status.key) not in reached | unsure:
            text = f"nobody can ever come into the {machine.label} {status.label}"
            yield Finding("status-never-reached", text, _place(ruleset, status), "let something lead there, or drop it")
    for transition in ruleset.transitions.values():
        if transition.id not in space.tally.happened | unsure_of:
            text = f"{transition.label} can never be carried out"
            hint = "see what it starts from and requires, and what fires it; or drop it"
            yield Finding("never-carried-out", text, transition.place, hint)


def _beyond(space: Space) -> tuple[set[tuple[str, str]], set[str]]:
    """The statuses and transitions that may lie behind a form that could not be filled in."""
    transitions = set(space.tally.unanswered)
    while True:
        every = [space.ruleset.transitions[key] for key in transitions]
        statuses = {(each.machine, status) for each in every for status in each.targets}
        fired = {effect.transition for each in every for effect in parts(each.follows, Fire)}
        led = {t.id for t in space.ruleset.transitions.values() if any((t.machine, s) in statuses for s in t.sources)}
        if fired | led <= transitions or not transitions:
            return statuses, transitions
        transitions |= fired | led


def _statuses(ruleset: Ruleset) -> Iterator[tuple[Machine, Status]]:
    for machine in ruleset.machines.values():
        for status in machine.statuses.values():
            yield machine, status


def _place(ruleset: Ruleset, status: Status) -> Place:
    return ruleset.places[f"machines.{status.machine}.statuses.{status.key}"]


def dead_ends(space: Space, ways: Ways) -> Iterator[Finding]:
    """Statuses, not final, that nobody ever leaves."""
    left = ways.left()
    for machine, status in _statuses(space.ruleset):
        if status.category == FINAL or len(machine.statuses) == 1 or (machine.key, status.key) in left:
            continue
        spot = next((s for s in _all(ways) if record_at(s).statuses.get(machine.key) == status.key), None)
        if spot is not None:
            text = f"whoever is {status.label} ({machine.label}) stays so: nothing leads on, and it is no final status"
            hint = "add a transition that leads on, or make it FINAL"
            yield Finding("dead-end", text, _place(space.ruleset, status), hint, _story(spot, space))


def _all(ways: Ways) -> Iterator[Spot]:
    return (spot for node in ways.within for spot in spots(node))


def _story(spot: Spot, space: Space) -> tuple[str, ...]:
    return story(spot[0], Teller(space.ruleset))


def unfinished(space: Space, ways: Ways) -> Iterator[Finding]:
    """People who can come into a situation from which they can never finish, a finding for each status.

    Not where nothing leads on from the status at all: that is a dead end.
    """
    for machine in space.ruleset.machines_of(Kind.USER):
        final = {key for key, status in machine.statuses.items() if status.category == FINAL}
        if not final:
            continue
        done = ways.coming_to(machine.key, frozenset(final))
        stuck: dict[str, Spot] = {}
        for spot in _all(ways):
            status = record_at(spot).statuses.get(machine.key)
            if status is not None and spot not in done and (machine.key, status) in ways.left():
                stuck.setdefault(status, spot)
        for key, spot in stuck.items():
            yield _stuck(space, machine.statuses[key], machine, spot)


def _stuck(space: Space, status: Status, machine: Machine, spot: Spot) -> Finding:
    node, position = spot
    teller = Teller(space.ruleset)
    steps = story(node, teller)
    who = f"somebody who is {status.label} ({machine.label})"
    text = f"{who} may never finish: {teller.person(node.order[position])} cannot come to a final status"
    hint = f"in this situation: {teller.situation(node.facts)}"
    return Finding("never-finishes", text, _place(space.ruleset, status), hint, steps)


def irrevocable(space: Space, ways: Ways) -> Iterator[Finding]:
    """Acts after which a record never again comes into a status of the category it was in, without a warning."""
    for transition in space.ruleset.transitions.values():
        pressed = [edge for node in ways.within for edge in node.edges if _is_pressed(edge, transition)]
        moved = [edge for edge in pressed if edge.plan and edge.plan.changes[0].before != edge.plan.changes[0].after]
        if transition.creates or not moved:
            continue
        lost = [edge for edge in moved if not _returns(edge, space, ways)]
        if len(lost) == len(moved) and any(edge.plan and not edge.plan.warnings for edge in lost):
            edge = next(edge for edge in lost if edge.plan and not edge.plan.warnings)
            text = f"{transition.label} can never be taken back, and nobody is warned"
            hint = "add a warn, or a transition that leads back"
            yield Finding("not-taken-back", text, transition.place, hint, told(edge.origin, Teller(space.ruleset)))


def _is_pressed(edge: Edge, transition: Transition) -> bool:
    return edge.origin.act.transition == transition.id and edge.plan is not None and transition.pressable


def _returns(edge: Edge, space: Space, ways: Ways) -> bool:
    change = edge.plan.changes[0] if edge.plan else None
    machine = space.ruleset.machines[change.machine] if change else None
    if change is None or machine is None or change.before is None:
        return True
    category = machine.statuses[change.before].category
    alike = frozenset(key for key, status in machine.statuses.items() if status.category == category)
    spot = after(edge, change.subject)
    return spot is not None and spot in ways.coming_to(machine.key, alike)


def nowhere(space: Space) -> Iterator[Finding]:
    """Examples that begin in situations that nobody can be in, as far as statuses tell."""
    lens = replace(space.lens, been={}, did=frozenset(), previous=frozenset(), ages={}, kept=frozenset())
    canon = Canon(space.ruleset, lens)
    known: set[Key] = {canon.key(_people(node.facts))[0] for node in space.nodes.values()}
    for example in space.ruleset.examples:
        with suppress(MissingError):
            facts = Facts(Cast(space.ruleset, example).records(example, START), START)
            groups = canon.separated(without_fills(facts, space.lens))
            told = (
                _people(group)
                for group in groups
                if _is_told(group) and size_of(canon.shape(group)) <= space.complete_to
            )
            missing = next((group for group in told if canon.key(group)[0] not in known), None)
            if missing is not None:
                where = Teller(space.ruleset).situation(missing)
                hint = "give all that belongs to it, such as the match of whoever is matched; or mend the rules"
                text = f'the example "{example.key}" begins where nobody can be: {where}'
                yield Finding("example-from-nowhere", text, example.place, hint)


def _people(facts: Facts) -> Facts:
    return Facts([record for ref, record in facts.records.items() if ref.kind not in SURROUNDINGS], facts.now)


def _is_told(facts: Facts) -> bool:
    """Whether personas are given of everybody: where an example leaves them out, they do not matter to it."""
    people = people_of(facts)
    return bool(people) and len(people) <= PEOPLE and all(facts.personas.get(user) for user in people)
