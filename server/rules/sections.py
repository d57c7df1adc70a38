"""Compiles the sections around the transitions: categories, actors, roles, machines, questions and the rest."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from server.domain.access import FieldClass, Reach
from server.domain.vocabulary import PAIR_STATUS, PERSONA_STATUS, SIDES, USER_STATUS
from server.engine.facts import SURROUNDINGS, Kind, Sort
from server.engine.kinds import RecordKind
from server.engine.machines import Category, Machine, Status
from server.engine.places import Place
from server.engine.questions import Input
from server.engine.roles import ActorRole, Role
from server.engine.ruleset import OWNER, PLATFORM, Field
from server.engine.values import INTEGER
from server.rules.diagnostics import Findings
from server.rules.fields import declared
from server.rules.kinds import Kinds
from server.rules.names import OWNERS, FieldHead, Lookup, Names
from server.rules.nodes import Entry, Node, Scalar, Table, flag, section, word, words
from server.rules.outcomes import Outcomes
from server.rules.questions import Inputs
from server.rules.suggestions import did_you_mean
from server.rules.typed import is_reserved

_FOR = "for"
_UNLIMITED = "unlimited"
_SLOTS = {"counts": (PAIR_STATUS,), "removed": (USER_STATUS, PERSONA_STATUS, PAIR_STATUS)}
"""What only the statuses of some machines can say of themselves."""


@dataclass(frozen=True, slots=True)
class Sections:
    """Reads the plain sections of one file. ``broken``: the paths whose shape is wrong, left out."""

    root: Table
    names: Names
    findings: Findings
    broken: frozenset[tuple[str, ...]]

    def things(self, name: str) -> list[tuple[str, Table]]:
        """The things of a section that have the right shape, in the order of the file."""
        if (name,) in self.broken:
            return []
        entries = section(self.root, name).entries.items()
        return [(key, e.node) for key, e in entries if isinstance(e.node, Table) and (name, key) not in self.broken]

    def categories(self) -> dict[str, Category]:
        """The kinds of box in the flow chart."""
        things = self.things("categories")
        return {key: Category(key, _text(node, "label"), _text(node, "colour")) for key, node in things}

    def actors(self) -> dict[str, ActorRole]:
        """Who may press buttons. The platform and the owner must be among them."""
        declared = section(self.root, "actors")
        for needed, who in ((OWNER, "the owner of the installation"), (PLATFORM, "the platform itself")):
            if needed not in declared.entries and "actors" in self.root.entries:
                hint = f"add {needed}: {{label: ..., scope: all}}"
                place = self.root.place_of("actors")
                self.findings.error("missing-actor", place, f"actors needs {needed}, {who}", hint)
        return {key: self._actor(key, node) for key, node in self.things("actors")}

    @staticmethod
    def _actor(key: str, node: Table) -> ActorRole:
        scope, said = _text(node, "scope"), node.get("sees")
        unsaid = {FieldClass.PUBLIC} if scope == Reach.SELF else set(FieldClass)
        sees = unsaid if said is None else {FieldClass.PUBLIC, *(word for word, _ in words(said))}
        return ActorRole(key, _text(node, "label"), scope, frozenset(sees))

    def roles(self) -> dict[str, Role]:
        """Whom a persona stands for: exactly the two sides of a pair, in the order of the sides."""
        declared = section(self.root, "roles")
        for key in SIDES:
            if key not in declared.entries and "roles" in self.root.entries:
                self.findings.error("missing-role", self.root.place_of("roles"), f"roles needs {key}")
        for key, entry in declared.entries.items():
            if key not in SIDES:
                message = f"there is no side {key} in a pair{did_you_mean(key, SIDES)}"
                self.findings.error("unknown-role", entry.place, message, "the roles are exactly MENTOR and MENTEE")
        found = {key: self._role(key, node) for key, node in self.things("roles")}
        return {key: found[key] for key in SIDES if key in found}

    def _role(self, key: str, node: Table) -> Role:
        limit = node.get("open_pairs")
        said = limit.value if isinstance(limit, Scalar) and isinstance(limit.value, (int, str)) else None
        number = None if said == _UNLIMITED else said
        if isinstance(number, str) and limit is not None:
            self._check_limit(number, limit.place)
        return Role(key, _text(node, "label"), number, flag(node, "site_list"), flag(node, "minor"))

    def _check_limit(self, name: str, place: Place) -> None:
        """A limit that differs among personas stands in a field of theirs."""
        wholes = [key for key, head in self.names.fields.items() if _is_limit(head)]
        if Lookup(self.names, self.findings).known("field", name, self.names.fields, place) and name not in wholes:
            message = f"{name} is no single whole number of a persona"
            self.findings.error("wrong-type", place, message, "a number, unlimited, or such a field")

    def allowed(self, name: str) -> dict[str, frozenset[str]]:
        """Who may do each act, or send each event."""
        lookup = Lookup(self.names, self.findings)
        return {key: lookup.set_of("actor", node.get("allow"), self.names.actors) for key, node in self.things(name)}

    def inputs(self, zone: ZoneInfo) -> dict[str, Input]:
        """The questions. Only those of the type choice have choices."""
        declared, inputs = section(self.root, "inputs"), Inputs(self.findings, zone)
        return {key: inputs.input(key, node, declared.place_of(key)) for key, node in self.things("inputs")}

    def kinds(self) -> dict[str, RecordKind]:
        """The further kinds of record."""
        return Kinds(self.root, self.names, self.findings).compile(self.things("kinds"))

    def fields(self) -> dict[str, Field]:
        """What the program wants to know of its records; those of kinds that are not there are left out."""
        lookup = Lookup(self.names, self.findings)
        known = [(key, node) for key, node in self.things("fields") if lookup.kind(node, "of")]
        for key, node in known:
            self._check_has_history(self.names.fields[key].owner, node.place_of("of"))
        return {key: declared(key, node, self.names, self.findings) for key, node in known}

    def _check_has_history(self, owner: Sort, place: Place) -> None:
        """What is set stands in the history of a machine: the program and its sites have only those declared."""
        if owner in SURROUNDINGS and owner not in self.names.owners.values():
            message = f"no machine lives on the {owner}, in whose history a change of the field could stand"
            self.findings.error("missing-machine", place, message, f"add a machine with owner: {owner}")

    def check_groups(self) -> None:
        """A group names statuses of one machine, and is called like nothing that conditions have already."""
        declared, lookup = section(self.root, "groups"), Lookup(self.names, self.findings)
        for key, node in self.things("groups"):
            if is_reserved(key):
                lookup.taken(key, declared.place_of(key))
            machine, place = _text(node, "machine"), (node.get("machine") or node).place
            if lookup.known("machine", machine, self.names.owners, place):
                what = f"status of {machine}"
                lookup.set_of(what, node.get("statuses"), self.names.statuses.get(machine, ()))

    def machines(self, categories: Mapping[str, Category], outcomes: Outcomes) -> dict[str, Machine]:
        """The standing machines and the file's own, in the order of the file."""
        declared = section(self.root, "machines")
        for key in OWNERS:
            if key not in declared.entries and "machines" in self.root.entries:
                self.findings.error("missing-machine", self.root.place_of("machines"), f"machines needs {key}")
        for key, entry in declared.entries.items():
            self._check_machine(key, entry)
        things = [(key, node) for key, node in self.things("machines") if key in self.names.owners]
        return {key: self._machine(key, node, categories, outcomes) for key, node in things}

    def _check_machine(self, key: str, entry: Entry) -> None:
        """A further machine says on what it lives, and takes no word that means something else."""
        owner = entry.node.get("owner") if isinstance(entry.node, Table) else None
        if key in OWNERS:
            if isinstance(owner, Scalar) and owner.value != OWNERS[key]:
                message = f"{key} lives on a {OWNERS[key]}"
                self.findings.error("contradiction", owner.place, message, "take owner away")
        elif is_reserved(key):
            Lookup(self.names, self.findings).taken(key, entry.place)
        elif owner is None:
            hint = f"if it is a machine of your own, add owner: {', '.join(self.names.sorts)} (one of them)"
            message = f"there is no machine {key}{did_you_mean(key, OWNERS)}"
            self.findings.error("unknown-machine", entry.place, message, hint)
        elif isinstance(entry.node, Table):
            Lookup(self.names, self.findings).kind(entry.node, "owner")

    def _machine(self, key: str, node: Table, categories: Mapping[str, Category], outcomes: Outcomes) -> Machine:
        start, starts = outcomes.start(key, node)
        begins, declared = {start, *(case.to for case in starts)}, section(node, "statuses")
        built = [self._status(key, status, entry.node, categories) for status, entry in declared.entries.items()]
        statuses = {
            status.key: replace(status, position=position, is_initial=status.key in begins)
            for position, status in enumerate(built)
        }
        if key == PAIR_STATUS and not any(status.opens for status in statuses.values()):
            place = section(self.root, "machines").place_of(key)
            self.findings.error(
                "no-open-status", place, f"no status of {key} counts as open", "add counts: open to one"
            )
        return Machine(key, _text(node, "label"), self.names.owners[key], start, statuses, key not in OWNERS, starts)

    def _status(self, machine: str, key: str, node: Node, categories: Mapping[str, Category]) -> Status:
        lookup, category = Lookup(self.names, self.findings), _text(node, "category")
        table = node if isinstance(node, Table) else Table({}, node.place)
        self._check_slots(machine, key, table)
        place = (table.get("category") or table).place
        lookup.known("category", category, self.names.categories, place)
        return Status(
            machine=machine,
            key=key,
            label=_text(node, "label"),
            category=category,
            colour=categories[category].colour if category in categories else "",
            position=0,
            is_initial=False,
            short=word(node, "short"),
            description=word(node, "description"),
            roles=self.roles_of(machine, table),
            opens=word(node, "counts") is not None,
            removed=flag(node, "removed"),
        )

    def _check_slots(self, machine: str, key: str, node: Table) -> None:
        further = [each for each, owner in self.names.owners.items() if owner in self.names.kinds]
        for slot, standing in _SLOTS.items():
            machines = (*standing, *(further if slot == "removed" else ()))
            if slot in node.entries and machine not in machines:
                message = f"{slot} belongs to statuses of {' or '.join(machines)}, not of {machine}"
                self.findings.error("contradiction", node.place_of(slot), message)
        if "counts" in node.entries and flag(node, "removed"):
            message = f"{key} cannot count as open and be removed"
            self.findings.error("contradiction", node.place_of("removed"), message)

    def roles_of(self, machine: str, node: Table, creates: Sort | None = None) -> frozenset[str] | None:
        """The roles that a status or transition is for; None for all. Whoever creates a user creates a persona too."""
        wanted = node.get(_FOR)
        if wanted is None:
            return None
        if self.names.owners.get(machine) is not Kind.PERSONA and creates is not Kind.USER:
            message = f"for chooses among personas; {machine} does not live on a persona"
            self.findings.error("contradiction", node.place_of(_FOR), message)
        return Lookup(self.names, self.findings).set_of("role", wanted, self.names.roles)


def _is_limit(head: FieldHead) -> bool:
    return (head.owner, head.type, head.several) == (Kind.PERSONA, INTEGER, False)


def _text(node: Node, key: str) -> str:
    return word(node, key) or ""
