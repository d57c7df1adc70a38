"""Compiles what a transition that brings people in says besides, and who is let in without signing in."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from server.domain.access import Reach
from server.engine.facts import Kind, Sort
from server.engine.intake import Intake
from server.engine.places import Place
from server.engine.ruleset import PLATFORM, Ruleset
from server.rules.diagnostics import Findings
from server.rules.names import Lookup, Names
from server.rules.nodes import Table, word, words
from server.rules.suggestions import quoted

_SLOTS = ("fields", "email", "known")


@dataclass(frozen=True, slots=True)
class Intakes:
    """Reads ``fields``, ``email`` and ``known`` of the transitions of one file."""

    names: Names
    findings: Findings

    def compile(self, key: str, node: Table, creates: Sort | None) -> Intake | None:
        """What a transition that creates a user says of it; None for every other, which may say nothing of the kind."""
        if creates is not Kind.USER:
            for slot in _SLOTS:
                if slot in node.entries:
                    message = f"{slot} belongs to what creates a user"
                    self.findings.error("contradiction", node.place_of(slot), message, "write creates: user beside it")
            return None
        return Intake(dict(self._fields(node)), "email" not in node.entries, self._known(key, node))

    def _fields(self, node: Table) -> Iterator[tuple[str, bool]]:
        lookup = Lookup(self.names, self.findings)
        for said, place in words(node.get("fields")):
            name = said.removesuffix("!")
            if not lookup.known("field", name, self.names.fields, place):
                continue
            if self.names.fields[name].derived:
                self.findings.error("contradiction", place, f"{name} is worked out, so nobody fills it in")
            owner = self.names.fields[name].owner
            if owner not in {Kind.USER, Kind.PERSONA}:
                message = f"{name} is a field of a {owner}, and none is made here"
                self.findings.error("wrong-kind", place, message, "name fields of the user or of the persona")
            yield name, said != name

    def _known(self, key: str, node: Table) -> str | None:
        """The transition for people who are known already: the platform carries it out, so it must be able to."""
        name, said = word(node, "known"), node.get("known")
        if name is None or said is None:
            return None
        if not Lookup(self.names, self.findings).known("transition", name, self.names.transitions, said.place):
            return name
        head = self.names.transitions[name]
        if head.creates is not Kind.PERSONA:
            message = f"{name} creates no persona, so it gives nobody one"
            self.findings.error("wrong-kind", said.place, message, "name a transition with creates: persona")
        if PLATFORM not in head.allow:
            message = f"{name} does not allow {PLATFORM}, who gives known people their persona"
            self.findings.error("not-allowed", said.place, message, f"add {PLATFORM} to the allow of {name}")
        for missing in sorted(head.required - self.names.transitions[key].certain):
            message = f"{name} asks {missing}, and nobody answers it here"
            self.findings.error("unanswered", said.place, message, f"ask {missing} in {key} as well")
        return name


def check_strangers(ruleset: Ruleset, findings: Findings) -> None:
    """Whoever is not signed in may come in, and nothing else; nor can they find out by trying what others hold."""
    strangers = frozenset(key for key, actor in ruleset.actors.items() if actor.scope == Reach.NONE)
    if not strangers:
        return
    hint = "name them only in transitions with creates: user"
    for key, place, allowed in _doors(ruleset):
        for actor in sorted(allowed & strangers):
            findings.error("stranger", place, f"{actor} is whoever is not signed in, and may not {key}", hint)
    for transition in ruleset.transitions.values():
        if not transition.intake or not transition.allow & strangers:
            continue
        for name in transition.intake.fields:
            if ruleset.fields[name].unique:
                message = f"{name} is unique, so that anybody could find out here whether somebody has a value"
                findings.error("stranger", transition.place, message, f"take {quoted(name)} out of fields")


def _doors(ruleset: Ruleset) -> Iterable[tuple[str, Place, frozenset[str]]]:
    """Everything somebody may be allowed to do, but for coming in: what, where it stands, who may."""
    places = ruleset.places
    yield from ((f"do {key}", places[f"acts.{key}"], who) for key, who in ruleset.acts.items())
    yield from ((f"report {key}", places[f"events.{key}"], who) for key, who in ruleset.events.items())
    yield from ((f"set {key}", places[f"fields.{key}"], field.allow) for key, field in ruleset.fields.items())
    others = (each for each in ruleset.transitions.values() if each.creates is not Kind.USER)
    yield from ((f"press {each.id}", each.place, each.allow) for each in others)
