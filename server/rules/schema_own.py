"""The schema made for the files of a program: their own statuses, transitions and actors, for editors to complete."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from server.domain.vocabulary import Acts
from server.engine.facts import SURROUNDINGS, THEIRS
from server.rules.diagnostics import Findings, RulesError
from server.rules.files import RuleFiles
from server.rules.nodes import Table, section, word
from server.rules.overlays import merge
from server.rules.schema_overlays import overlay_for
from server.rules.schema_parts import NAMES, Schema, table
from server.rules.schema_published import complete
from server.rules.source import read_file

Words = Mapping[str, str]
"""Names, each with what an editor shows of it."""

_SECTIONS = ("categories", "actors", "roles", "events", "machines", "inputs", "messages", "transitions", "facts")


def schema_for(roots: Sequence[Table]) -> Schema:
    """The schema of rules files in which every name must be one of those that ``roots`` declare.

    ``roots``: the maps of the base file, and of the base with each overlay laid over it.
    """
    names = Names(roots)
    filled: Schema = names.fill(complete())
    definitions = filled["$defs"]
    base = definitions["base"]["properties"]
    transition = base["transitions"]["additionalProperties"]
    transition["allOf"] = [names.moves(machine) for machine in names.of["machines"]]
    for key, label in names.of["machines"].items():
        for shape in ("condition", "test"):
            definitions[shape]["properties"][key] = {"description": label, **names.is_one(key)}
    definitions["overlay"] = overlay_for(definitions["overlay"], base, roots[0])
    return filled


def roots_of(files: RuleFiles) -> list[Table]:
    """The map of the base file, and of the base with each overlay laid over it, as far as they can be read.

    Names count also while the rules are not in order, for that is when an editor is needed. Raises RulesError where
    the base file is no map at all.
    """
    findings = Findings()
    base = read_file(files.base, findings).root
    if not isinstance(base, Table):
        raise RulesError(findings.all())
    overlays = [read_file(file, findings).root for file in files.overlays.values()]
    laid = [merge(base, overlay, Findings()).root for overlay in overlays if isinstance(overlay, Table)]
    return [base, *(root for root in laid if isinstance(root, Table))]


class Names:
    """What the files of a program declare, by section."""

    def __init__(self, roots: Sequence[Table]) -> None:
        self.of: dict[str, Words] = {key: _declared(roots, key) for key in _SECTIONS}
        self.statuses = {machine: _statuses(roots, machine) for machine in self.of["machines"]}
        standing: Words = {str(kind): "" for kind in (*THEIRS, *SURROUNDINGS)}
        fields = {
            key: label for part in ("fields", "numbers", "derived") for key, label in _declared(roots, part).items()
        }
        self.of |= {
            "owners": {**standing, **_declared(roots, "kinds")},
            "fields": fields,
            "inputs": {f"{key}{sign}": label for key, label in self.of["inputs"].items() for sign in ("", "!")},
            "deeds": {**self.of["transitions"], **dict.fromkeys((Acts.REGISTER_USER, Acts.ADD_PERSONA), "")},
            "statuses": {key: label for statuses in self.statuses.values() for key, label in statuses.items()},
        }

    def fill(self, shape: Any) -> Any:
        """The shape with the names that can stand in each place."""
        if isinstance(shape, list):
            return [self.fill(each) for each in shape]
        if not isinstance(shape, Mapping):
            return shape
        filled = {key: self.fill(value) for key, value in shape.items() if key != NAMES}
        words = self.of.get(shape.get(NAMES, ""))
        if shape.get(NAMES) == "conditions":
            return {**filled, "anyOf": [_one_of(self.of["facts"]), {"type": "object"}]}
        return _named(filled, words) if words else filled

    def moves(self, machine: str) -> Schema:
        """What a transition of a machine can lead from and to."""
        goals = {**self.statuses[machine], "previous": "back to the status before", "same": "it stays as it is"}
        sources = {"anyOf": [*self.is_one(machine)["anyOf"][:2], {"type": "object"}]}
        return {
            "if": {"properties": {"machine": {"const": machine}}, "required": ["machine"]},
            "then": {"properties": {"from": sources, "to": _one_of(goals)}},
        }

    def is_one(self, machine: str) -> Schema:
        """One status of a machine, or a list; or the way to another, or a condition."""
        one = _one_of(self.statuses[machine])
        several = {"type": "array", "items": one, "minItems": 1}
        return {"anyOf": [one, several, {"type": "string", "pattern": "[.]"}, {"type": "object"}]}


def _declared(roots: Sequence[Table], part: str) -> dict[str, str]:
    return {
        key: word(entry.node, "label") or word(entry.node, "title") or ""
        for root in roots
        for key, entry in section(root, part).entries.items()
    }


def _statuses(roots: Sequence[Table], machine: str) -> dict[str, str]:
    """The statuses of a machine, each with its label and description, and the groups of them."""
    found = {}
    for root in roots:
        for key, entry in section(section(section(root, "machines"), machine), "statuses").entries.items():
            said = (word(entry.node, "label"), word(entry.node, "description"))
            found[key] = ": ".join(each for each in said if each)
        groups = section(root, "groups").entries.items()
        found |= {key: "a group of statuses" for key, entry in groups if word(entry.node, "machine") == machine}
    return found


def _one_of(words: Words) -> Schema:
    return {"type": "string", "enum": list(words), "enumDescriptions": list(words.values())}


def _named(shape: Schema, words: Words) -> Schema:
    """The shape of something that must name one of these, in whichever of its forms it may."""
    types = shape["type"] if isinstance(shape["type"], list) else [shape["type"]]
    if types == ["array"]:
        return {**shape, "items": _named(shape["items"], words)}
    forms: Mapping[str, Callable[[], Schema]] = {
        "string": lambda: _one_of(words),
        "array": lambda: {"type": "array", "items": _one_of(words), "minItems": 1, "uniqueItems": True},
        "object": lambda: table({key.rstrip("!"): shape["additionalProperties"] for key in words}),
    }
    kept: Schema = {"description": shape["description"]} if "description" in shape else {}
    made = [forms[each]() for each in types]
    return {**kept, **made[0]} if len(made) == 1 else {**kept, "anyOf": made}
