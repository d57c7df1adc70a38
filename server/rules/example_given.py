"""Compiles what an example begins with: its people, their personas, and the pairs between them."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from server.engine.examples import Figure, Given, Name
from server.engine.facts import Kind
from server.engine.places import Place
from server.engine.ruleset import PLATFORM
from server.rules.example_names import Naming, people_in
from server.rules.names import PLACEMENTS
from server.rules.nodes import Entry, Items, Scalar, Table, text_of, words
from server.rules.suggestions import did_you_mean, listed, quoted

_BEEN, _ACTS_AS, _PROPOSER = "been", "acts_as", "proposer"
_ALSO = {
    Kind.PROGRAM: (_BEEN,),
    Kind.SITE: (_BEEN,),
    Kind.USER: (_BEEN, _ACTS_AS),
    Kind.PERSONA: (_BEEN, *PLACEMENTS),
    Kind.PAIR: (_BEEN, _PROPOSER),
}


@dataclass(slots=True)
class _State:
    """What is said of one record so far."""

    statuses: dict[str, str] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)
    lists: dict[str, frozenset[str]] = field(default_factory=dict)
    been: dict[str, tuple[str, ...]] = field(default_factory=dict)
    proposer: str | None = None


@dataclass(frozen=True, slots=True)
class Beginnings:
    """Reads the ``given`` of one example; ``acts_as`` fills up as it goes."""

    naming: Naming
    acts_as: dict[str, frozenset[str]] = field(default_factory=dict)

    def compile(self, given: Table) -> tuple[Given, ...]:
        """Every record that is there at the beginning, people before their personas."""
        self.naming.people.update(dict.fromkeys(key for key in given.entries if people_in(key) == (key,)))
        return tuple(found for key, entry in given.entries.items() for found in self._thing(key, entry))

    def _thing(self, key: str, entry: Entry) -> Iterator[Given]:
        name = self.naming.record(key, entry.place)
        if name is None or not isinstance(entry.node, Table):
            return
        if name.further:
            message = "an example begins with people, their personas and pairs"
            self.naming.findings.error("contradiction", entry.place, message, f"make the {name.sort} in a step")
            return
        if name.kind is Kind.PERSONA:
            person = people_in(key)[0]
            message = f"{key} is said of {person}: {person}: {{{key.partition('.')[2]}: {{...}}}}"
            self.naming.findings.error("contradiction", entry.place, message)
            return
        roles = {role.lower(): role for role in self.naming.names.roles} if name.kind is Kind.USER else {}
        own = {word: each for word, each in entry.node.entries.items() if word not in roles}
        yield self._given(name, Table(own, entry.node.place))
        for word, each in entry.node.entries.items():
            if word in roles:
                yield from self._personas(key, roles[word], each)

    def _personas(self, person: str, role: str, entry: Entry) -> Iterator[Given]:
        nodes = entry.node.items if isinstance(entry.node, Items) else (entry.node,)
        for number, node in enumerate(nodes, 1):
            if isinstance(node, Table):
                name = Name(f"{person}.{role.lower()}", (Figure(person, role, number),), entry.place)
                yield self._given(name, node)
            else:
                message = f"{role.lower()} of {person} is a map of what is said of that persona, or a list of them"
                self.naming.findings.error("wrong-type", entry.place, message, "{} for one that is as it begins")

    def _given(self, name: Name, node: Table) -> Given:
        state = _State()
        for key, entry in node.entries.items():
            self._said(state, name, key, entry)
        return Given(name, state.statuses, state.values, state.lists, state.been, state.proposer)

    def _said(self, state: _State, name: Name, key: str, entry: Entry) -> None:
        names, lookup = self.naming.names, self.naming.lookup
        if names.owners.get(key) is name.kind:
            status = self._word(entry)
            if status and lookup.known(f"status of {key}", status[0], names.statuses.get(key, ()), status[1]):
                state.statuses[key] = status[0]
        elif key in self.naming.fields_of(name.kind):
            values = self.naming.field(key, entry.node, name.kind)
            if names.fields[key].several:
                state.lists[key] = frozenset(values)
            elif values:
                state.values[key] = values[0]
        elif key in _ALSO[name.kind]:
            self._besides(state, name, key, entry)
        else:
            self._unknown(name, key, entry.place)

    def _besides(self, state: _State, name: Name, key: str, entry: Entry) -> None:
        lookup, names = self.naming.lookup, self.naming.names
        if key == _BEEN:
            for machine, past in entry.node.entries.items() if isinstance(entry.node, Table) else ():
                own = [each for each, kind in names.owners.items() if kind is name.kind]
                if lookup.known("machine", machine, own, past.place):
                    known = lookup.set_of(f"status of {machine}", past.node, names.statuses.get(machine, ()))
                    state.been[machine] = tuple(text for text, _ in words(past.node) if text in known)
        elif key == _ACTS_AS:
            others = [actor for actor in names.actors if actor != PLATFORM]
            self.acts_as[name.text] = lookup.set_of("actor", entry.node, others)
        elif key == _PROPOSER:
            proposer = self._word(entry)
            if proposer and lookup.known("person", proposer[0], self.naming.people, proposer[1]):
                state.proposer = proposer[0]
        else:
            state.values[key] = text_of(entry.node)

    def _word(self, entry: Entry) -> tuple[str, Place] | None:
        """The one word that is said; None, with an error, where something else is."""
        if isinstance(entry.node, Scalar) and isinstance(entry.node.value, str):
            return entry.node.value, entry.node.place
        self.naming.findings.error("wrong-type", entry.place, "one word belongs here")
        return None

    def _unknown(self, name: Name, key: str, place: Place) -> None:
        names = self.naming.names
        known = [machine for machine, kind in names.owners.items() if kind is name.kind]
        known += [
            *self.naming.fields_of(name.kind),
            *_ALSO[name.kind],
            *((role.lower() for role in names.roles) if name.kind is Kind.USER else ()),
        ]
        message = f"a {name.kind.value} has no {quoted(key)}{did_you_mean(key, known)}"
        self.naming.findings.error("unknown-path", place, message, listed(known))
