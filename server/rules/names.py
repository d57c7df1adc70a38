"""Everything a rules file gives a name, gathered before anything is checked, so that order does not matter."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from server.domain.vocabulary import MATCH_STATUS, PAIR_STATUS, PERSONA_STATUS, USER_STATUS
from server.engine.facts import STANDING, Kind, Sort
from server.engine.kinds import BETWEEN, ends
from server.engine.places import Place
from server.engine.ruleset import PLATFORM
from server.engine.values import CHOICE, INTEGER, SITE, TEXT
from server.rules.allowed import allowed
from server.rules.asking import asking
from server.rules.diagnostics import Findings
from server.rules.groups import Group, groups_of
from server.rules.nodes import Node, Scalar, Table, child, flag, items_of, section, word, words
from server.rules.suggestions import did_you_mean, listed, quoted
from server.rules.typed import Asked, PathError, Typed, resolve

OWNERS: Mapping[str, Sort] = {
    USER_STATUS: Kind.USER,
    PERSONA_STATUS: Kind.PERSONA,
    MATCH_STATUS: Kind.PERSONA,
    PAIR_STATUS: Kind.PAIR,
}
"""The four machines that every program has, and the kind of record each lives on."""

_SORTS: Mapping[str, Sort] = {kind.value: kind for kind in STANDING}
AUTOMATIC_WAYS = frozenset({"after", "before", "of", "when", "every"})
"""The words that say how a transition happens by itself; an event may stand beside them."""

DERIVED: Mapping[str, str] = {"numbers": INTEGER, "derived": CHOICE}
"""The sections of values that are worked out, with their type."""

CREATED: Mapping[str, Sort] = {"user": Kind.USER, "persona": Kind.PERSONA, "pair": Kind.PAIR}
"""What ``creates`` can name beside the kinds that the file declares."""


def created(name: str | None, kinds: Iterable[str]) -> Sort | None:
    """What a word after ``creates`` makes; None where it makes nothing."""
    return {**CREATED, **{key: key for key in kinds}}.get(name or "")


@dataclass(frozen=True, slots=True)
class Head:
    """What other transitions need to know of one: enough to check what fires it.

    ``kind``: the kind of record whose status it sets; None while its machine is unknown. ``required``: what must be
    answered, if it is asked; ``certain``: what there is an answer to in any case.
    """

    machine: str | None
    kind: Sort | None
    creates: Sort | None
    allow: frozenset[str]
    required: frozenset[str]
    asked: frozenset[str]
    certain: frozenset[str]
    fires: tuple[tuple[str, Place], ...]


@dataclass(frozen=True, slots=True)
class FieldHead:
    """What a field is of, of which type, and whether it holds several values; ``choices`` by key.

    ``derived``: nothing is kept in it, it is worked out.
    """

    owner: Sort
    type: str
    choices: tuple[str, ...] = ()
    several: bool = False
    derived: bool = False


PLACEMENTS: Mapping[str, FieldHead] = {
    "partner_site": FieldHead(Kind.PERSONA, SITE),
    "mentor_site_list": FieldHead(Kind.PERSONA, TEXT),
}
"""Where a persona is placed."""


@dataclass(frozen=True, slots=True)
class Names:
    """The names of a file by section; statuses by machine, choices by input (with the input's type).

    ``owners``: every machine, standing or declared, with the kind of record it lives on. ``kinds``: what the records
    of each declared kind are linked to, by name.
    """

    categories: tuple[str, ...]
    actors: tuple[str, ...]
    roles: tuple[str, ...]
    events: tuple[str, ...]
    facts: tuple[str, ...]
    statuses: Mapping[str, tuple[str, ...]]
    choices: Mapping[str, tuple[str, ...]]
    types: Mapping[str, str]
    transitions: Mapping[str, Head]
    owners: Mapping[str, Sort]
    fields: Mapping[str, FieldHead]
    kinds: Mapping[str, Mapping[str, Sort]]
    messages: tuple[str, ...] = ()
    several: frozenset[str] = frozenset()
    """The inputs that take several choices."""
    groups: Mapping[str, Group] = field(default_factory=dict)
    groups_used: set[str] = field(default_factory=set)
    """The groups that something names; fills up as the file is compiled."""

    @property
    def sorts(self) -> tuple[Sort, ...]:
        """Every kind of record, the standing ones first."""
        return (*STANDING, *self.kinds)

    def head(self, value: str | None) -> FieldHead | None:
        """What a value is like that is read as fields are: a field itself, or where a persona is placed."""
        return self.fields.get(value or "") or PLACEMENTS.get(value or "")

    def ends(self, creates: Sort) -> tuple[Sort, ...]:
        """The records that a new one of a kind is made for, in the order in which they are named."""
        links = self.kinds.get(creates)
        return ends(creates, {}) if links is None else tuple(links.values())

    def second(self, head: Head) -> tuple[str, Sort] | None:
        """The second link of the record that a transition creates, with where it leads; None where there is none."""
        links = tuple(self.kinds.get(head.creates or "", {}).items())
        return links[1] if len(links) == BETWEEN else None

    def fired_on(self, head: Head) -> Sort | None:
        """The kind of record a transition is fired on; None while that is unknown."""
        return head.kind if head.creates is None else next(iter(self.ends(head.creates)), None)

    def values_of(self, sort: Sort) -> tuple[str, ...]:
        """What the file itself adds to the values of a kind of record: its further machines, and the fields."""
        machines = [key for key, owner in self.owners.items() if owner == sort and key not in OWNERS]
        return (*machines, *(key for key, head in self.fields.items() if head.owner == sort))

    def links_of(self, sort: Sort) -> Mapping[str, Sort]:
        """What a record of a declared kind is linked to, by name."""
        return self.kinds.get(sort, {})

    def lists_of(self, sort: Sort) -> tuple[Sort, ...]:
        """The declared kinds whose records are linked to records of this one."""
        return tuple(kind for kind, links in self.kinds.items() if sort in links.values())


def gather(root: Node) -> Names:
    """Gathers the names, also of things whose shape is wrong: others may refer to them all the same."""
    machines, inputs, transitions = (section(root, key) for key in ("machines", "inputs", "transitions"))
    kinds = {key: dict(_links(entry.node)) for key, entry in section(root, "kinds").entries.items()}
    sorts = {**_SORTS, **{key: key for key in kinds}}
    owners = _owners(machines, sorts)
    return Names(
        categories=tuple(section(root, "categories").entries),
        actors=tuple(section(root, "actors").entries),
        roles=tuple(section(root, "roles").entries),
        events=tuple(section(root, "events").entries),
        facts=tuple(section(root, "facts").entries),
        statuses={key: tuple(section(entry.node, "statuses").entries) for key, entry in machines.entries.items()},
        choices={key: tuple(section(entry.node, "choices").entries) for key, entry in inputs.entries.items()},
        types={key: word(entry.node, "type") or "" for key, entry in inputs.entries.items()},
        transitions={key: _head(entry.node, owners, kinds) for key, entry in transitions.entries.items()},
        owners=owners,
        fields={**_derived(root, sorts), **_fields(section(root, "fields"), sorts)},
        kinds=kinds,
        messages=tuple(section(root, "messages").entries),
        groups=groups_of(root),
        several=frozenset(key for key, entry in inputs.entries.items() if flag(entry.node, "several")),
    )


def _links(node: Node) -> Iterator[tuple[str, Sort]]:
    for name, entry in section(node, "of").entries.items():
        yield from ((name, _SORTS.get(sort, sort)) for sort, _ in words(entry.node)[:1])


def _fields(declared: Table, sorts: Mapping[str, Sort]) -> dict[str, FieldHead]:
    return {
        key: FieldHead(
            sorts[owner],
            word(entry.node, "type") or "",
            tuple(section(entry.node, "choices").entries),
            flag(entry.node, "several"),
        )
        for key, entry in declared.entries.items()
        if (owner := word(entry.node, "of") or "") in sorts
    }


def _derived(root: Node, sorts: Mapping[str, Sort]) -> dict[str, FieldHead]:
    found = {}
    for name, type_ in DERIVED.items():
        for key, entry in section(root, name).entries.items():
            owner = word(entry.node, "of") or ""
            if owner in sorts:
                cases = tuple(section(entry.node, "cases").entries)
                found[key] = FieldHead(sorts[owner], type_, cases, derived=True)
    return found


def _owners(machines: Table, sorts: Mapping[str, Sort]) -> dict[str, Sort]:
    declared = {key: sorts.get(word(entry.node, "owner") or "") for key, entry in machines.entries.items()}
    return {**OWNERS, **{key: sort for key, sort in declared.items() if sort is not None and key not in OWNERS}}


def _head(node: Node, owners: Mapping[str, Sort], kinds: Iterable[str]) -> Head:
    asks = asking(child(node, "ask"))
    lists = [child(each, "then") for each in (node, *items_of(child(node, "cases")))]
    fires = [fired for effects in lists for effect in items_of(effects) for fired in words(child(effect, "fire"))]
    return Head(
        machine=word(node, "machine"),
        kind=owners.get(word(node, "machine") or ""),
        creates=created(word(node, "creates"), kinds),
        allow=frozenset(each.key for each in allowed(child(node, "allow"))) | platform_too(node),
        required=frozenset(each.key for each in asks if each.required),
        asked=frozenset(each.key for each in asks),
        certain=frozenset(each.key for each in asks if each.certain),
        fires=tuple(fires),
    )


def platform_too(node: Node) -> frozenset[str]:
    """Who may carry out a transition besides those of its ``allow``: the platform, if it happens by itself."""
    automatic = child(node, "automatic")
    by_itself = isinstance(automatic, Table) and not AUTOMATIC_WAYS.isdisjoint(automatic.entries)
    return frozenset({PLATFORM}) if by_itself else frozenset()


@dataclass(frozen=True, slots=True)
class Lookup:
    """Looks names up, and notes the unknown ones with what they might have meant."""

    names: Names
    findings: Findings

    def known(self, what: str, name: str, among: Iterable[str], place: Place) -> bool:
        """Whether a name is known; ``what`` says what it should name (``status of user_status``)."""
        known = tuple(among)
        if name in known:
            return True
        code = f"unknown-{what.partition(' ')[0]}"
        thing, _, whose = what.partition(" of ")
        message = f"{whose} has no {thing} {quoted(name)}" if whose else f"there is no {thing} {quoted(name)}"
        message += did_you_mean(name, known)
        self.findings.error(code, place, message, listed(known))
        return False

    def path(self, node: Scalar, asked: Asked) -> Typed | None:
        """Where a path leads; None, with an error, where it leads nowhere."""
        try:
            return resolve(str(node.value), asked, self.names)
        except PathError as error:
            self.findings.error("unknown-path", node.place, error.message, error.hint)
            return None

    def taken(self, what: str, place: Place, hint: str = "choose another key") -> None:
        """Notes that a name which the file gives has a meaning in conditions already."""
        self.findings.error("reserved-name", place, f"{what} means something else in conditions already", hint)

    def kind(self, node: Table, key: str) -> bool:
        """Whether the kind of record is known that a key of a map names."""
        return self.known("kind", word(node, key) or "", self.names.sorts, (node.get(key) or node).place)

    def set_of(self, what: str, node: Node | None, among: Iterable[str]) -> frozenset[str]:
        """The names of a list (or the one name instead of a list) that are known."""
        known = tuple(among)
        return frozenset(text for text, place in words(node) if self.known(what, text, known, place))

    def statuses(self, machine: str, node: Node | None) -> frozenset[str]:
        """The statuses of a machine that a list names, by themselves or as a group."""
        return frozenset(status for text, place in words(node) for status in self._statuses(machine, text, place))

    def _statuses(self, machine: str, text: str, place: Place) -> frozenset[str]:
        own, group = self.names.statuses.get(machine, ()), self.names.groups.get(text)
        if group is not None and group.machine == machine:
            self.names.groups_used.add(text)
            return group.statuses & frozenset(own)
        if group is not None:
            message = f"{text} is a group of statuses of {group.machine}, not of {machine}"
            self.findings.error("unknown-status", place, message, listed(own))
            return frozenset()
        groups = [key for key, each in self.names.groups.items() if each.machine == machine]
        known = self.known(f"status of {machine}", text, (*own, *groups), place)
        return frozenset({text}) if known else frozenset()
