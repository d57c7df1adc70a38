"""Which words of a ruleset clients name in their code, in groups."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from server.engine.machines import Status
from server.engine.ruleset import Ruleset, Transition


@dataclass(frozen=True, slots=True)
class Term:
    """One key of the rules file. ``doc``: what it means, for people, in one line; None where the file says nothing."""

    key: str
    doc: str | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Keys of one kind. ``name``: words joined by ``_``, from which each language makes a name of its own."""

    name: str
    doc: str
    terms: tuple[Term, ...]


class _Labelled(Protocol):
    @property
    def key(self) -> str: ...
    @property
    def label(self) -> str: ...


def groups_of(ruleset: Ruleset) -> tuple[Group, ...]:
    """Every group that holds anything: the standing ones first, then statuses and choices, in the order of the file."""
    return tuple(group for group in (*_standing(ruleset), *_statuses(ruleset), *_choices(ruleset)) if group.terms)


def _standing(ruleset: Ruleset) -> Iterator[Group]:
    fields = {**ruleset.fields, **ruleset.derived}.values()
    yield Group("machines", "Machines: what has statuses.", _labelled(ruleset.machines.values()))
    yield Group(
        "transitions",
        "Transitions: what people press, and what history names.",
        tuple(map(_transition, ruleset.transitions.values())),
    )
    yield Group("inputs", "Questions: the keys of answers.", _labelled(ruleset.inputs.values()))
    yield Group("fields", "Fields of records.", _labelled(fields))
    yield Group("actors", "Actors: the roles of whoever asks.", _labelled(ruleset.actors.values()))
    yield Group("roles", "Roles that a persona stands for.", _labelled(ruleset.roles.values()))
    yield Group("kinds", "Kinds of record that the program declares.", _labelled(ruleset.kinds.values()))
    yield Group("events", "Events: what sendEvent takes.", tuple(Term(key) for key in ruleset.events))


def _statuses(ruleset: Ruleset) -> Iterator[Group]:
    for machine in ruleset.machines.values():
        terms = tuple(_status(each) for each in machine.statuses.values())
        yield Group(machine.key, f"The statuses of {_sentence(machine.label)}", terms)


def _choices(ruleset: Ruleset) -> Iterator[Group]:
    for asked in ruleset.inputs.values():
        yield Group(f"{asked.key}_answer", f"What can be answered to: {asked.label}", _labelled(asked.choices))
    for held in (*ruleset.fields.values(), *ruleset.derived.values()):
        yield Group(f"{held.key}_value", f"What the field can hold: {held.label}", _labelled(held.choices))


def _labelled(things: Iterable[_Labelled]) -> tuple[Term, ...]:
    return tuple(Term(each.key, each.label) for each in things)


def _status(status: Status) -> Term:
    short = f" ({status.short})" if status.short and status.short != status.label else ""
    return Term(status.key, _sentences(f"{status.label}{short}", status.description))


def _transition(transition: Transition) -> Term:
    return Term(transition.id, _sentences(transition.label, transition.help))


def _sentences(*parts: str | None) -> str:
    told = [part for part in parts if part]
    return " ".join([*map(_sentence, told[:-1]), *told[-1:]])


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
