"""The acts that create people, as what they are short for: transitions."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from server.domain.vocabulary import PERSONA_STATUS, USER_STATUS, Acts
from server.engine.facts import Kind
from server.rules.diagnostics import Findings
from server.rules.nodes import Entry, Scalar, Table, section

ACTS, TRANSITIONS = "acts", "transitions"
OFFERED = "offered"
"""Says of an act written out that it is no button, and begins where its machine starts; no file can say so."""


@dataclass(frozen=True, slots=True)
class _Short:
    label: str
    help: str
    machine: str
    creates: Kind


_SHORT: Mapping[str, _Short] = {
    Acts.REGISTER_USER: _Short("Register", "Brings somebody in, with a first persona.", USER_STATUS, Kind.USER),
    Acts.ADD_PERSONA: _Short("Add persona", "Gives somebody a further persona.", PERSONA_STATUS, Kind.PERSONA),
}


def written_out(root: Table, broken: frozenset[tuple[str, ...]], findings: Findings) -> Table:
    """The file with its acts that create people written out as transitions, after all others.

    They begin where their machine starts. What is ``broken`` is left out.
    """
    acts, transitions = section(root, ACTS), section(root, TRANSITIONS)
    found = {key: acts.entries[key] for key in _SHORT if key in acts.entries and (ACTS, key) not in broken}
    for key in found.keys() & transitions.entries.keys():
        message = f"acts.{key} is short for a transition {key}, and there is one already"
        findings.error("contradiction", found[key].place, message, "keep one of the two")
    made = {key: Entry(act.place, _transition(_SHORT[key], act)) for key, act in found.items()}
    kept = {key: entry for key, entry in acts.entries.items() if key not in found}
    sections = {
        ACTS: replace(acts, entries=kept),
        TRANSITIONS: replace(transitions, entries={**transitions.entries, **made}),
    }
    entries = {key: replace(entry, node=sections.get(key, entry.node)) for key, entry in root.entries.items()}
    return replace(root, entries=entries)


def _transition(short: _Short, act: Entry) -> Table:
    said = {
        "machine": short.machine,
        "label": short.label,
        "help": short.help,
        "creates": short.creates.value,
        OFFERED: False,
    }
    entries = {slot: Entry(act.place, Scalar(value, act.place)) for slot, value in said.items()}
    return Table({**entries, **(act.node.entries if isinstance(act.node, Table) else {})}, act.node.place)
