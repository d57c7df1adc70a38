"""Compiles where transitions lead and where records begin: by case, back to the status before, quietly."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from server.engine.conditions import Condition
from server.engine.facts import Kind, Sort
from server.engine.machines import Machine
from server.engine.moves import ALREADY_THERE
from server.engine.outcomes import PREVIOUS, SAME, Case
from server.engine.places import Place
from server.engine.ruleset import Transition
from server.rules.acts import OFFERED
from server.rules.conditions import Conditions
from server.rules.diagnostics import Findings
from server.rules.effects import Effects
from server.rules.names import CREATED, Lookup, Names
from server.rules.nodes import Items, Node, Table, child, items_of, section, word, words
from server.rules.typed import Asked

_BUILT_IN = (ALREADY_THERE, "WRONG_STATUS")


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Compiles the outcomes of one file."""

    names: Names
    conditions: Conditions
    effects: Effects
    findings: Findings

    def cases(self, key: str, node: Table, before: Asked, after: Asked) -> tuple[Case, ...]:
        """Where a transition leads. ``before``: where its conditions stand; ``after``: where its effects do.

        What leads back does not say yet to which statuses; :func:`led_back` adds them. Where an act leads is known once
        the machines are: :func:`started`.
        """
        if OFFERED in node.entries:
            return ()
        certain = self.names.transitions[key].certain
        given = [slot for slot in ("to", "cases") if slot in node.entries]
        if len(given) != 1:
            message = f"transitions.{key} needs to or cases, one of them: where it leads"
            code, place = ("contradiction", node.place_of("cases")) if given else ("missing-key", node.place)
            self.findings.error(code, place, message)
            return ()
        if given == ["to"]:
            return (Case(self._target(node)),)
        cases = []
        for item in self._ordered(node.get("cases")):
            then = self.effects.compile(item.get("then"), after, certain)
            cases.append(Case(self._target(item, node), self.conditions.given(item.get("if"), before), then))
        return tuple(cases)

    def _target(self, node: Table, whole: Table | None = None) -> str:
        target, place = word(node, "to") or "", (node.get("to") or node).place
        transition = whole or node
        machine = word(transition, "machine") or ""
        if target not in {PREVIOUS, SAME}:
            Lookup(self.names, self.findings).known(f"status of {machine}", target, self.names.statuses[machine], place)
        elif "creates" in transition.entries:
            message = "what is created has no status before" + (" in which it could stay" if target == SAME else "")
            self.findings.error("contradiction", place, message, "name the status it begins in")
        return target

    def _ordered(self, node: Node | None) -> Iterator[Table]:
        """The items of a list of which the first that holds counts."""
        items = [item for item in items_of(node) if isinstance(item, Table)]
        for item in items[:-1]:
            if "if" not in item.entries:
                message = "this one always holds, so none of those below it ever counts"
                self.findings.error("contradiction", item.place, message, "give it an if, or put it last")
        yield from items

    def start(self, machine: str, node: Table) -> tuple[str, tuple[Case, ...]]:
        """Where the records of a machine begin: without a condition, and before that under which."""
        found, lookup = node.get("start"), Lookup(self.names, self.findings)
        statuses = section(node, "statuses").entries
        if not isinstance(found, Items):
            start = word(node, "start") or ""
            lookup.known(f"status of {machine}", start, statuses, (found or node).place)
            return start, ()
        owner = self.names.owners[machine]
        asked = Asked(owner, owner, unanswered="a record begins before anything is answered about it")
        cases = []
        for item in self._ordered(found):
            to = word(item, "to") or ""
            lookup.known(f"status of {machine}", to, statuses, (item.get("to") or item).place)
            cases.append(Case(to, self.conditions.given(item.get("if"), asked)))
        if not cases or cases[-1].condition is not None:
            message = f"where does a record begin of which none of this holds? The last start of {machine} needs no if"
            self.findings.error("missing-key", found.place, message, "end the list with {to: ...}")
        return (cases[-1].to if cases else ""), tuple(cases[:-1])

    def quiet(self, node: Table) -> frozenset[str]:
        """The codes of the blockers that are no error: some of its own requirements, or that it starts elsewhere."""
        found = node.get("quiet")
        if found is None:
            return frozenset()
        if CREATED.get(word(node, "creates") or "") is Kind.USER:
            self._refuse_new("quiet", node)
            return frozenset()
        known = (*(() if "creates" in node.entries else _BUILT_IN), *section(node, "require").entries)
        return Lookup(self.names, self.findings).set_of("code", found, known)

    def existing(self, key: str, node: Table, creates: Sort | None) -> Condition | None:
        """Which record is enough instead of a new one."""
        where = section(node, "existing").get("where")
        if where is None:
            return None
        if creates is None:
            message = "existing belongs to what creates a record"
            self.findings.error("contradiction", node.place_of("existing"), message)
            return None
        if creates is Kind.USER:
            self._refuse_new("existing", node)
            return None
        asked = Asked(creates, creates, None, self.names.transitions[key].asked, nobody=None)
        if creates is Kind.PERSONA:
            asked = replace(asked, this=Kind.USER, created=creates)
        return self.conditions.compile(where, asked)

    def _refuse_new(self, slot: str, node: Table) -> None:
        message = f"{slot} leaves as it is what is there, and nobody is there yet"
        hint = "known says what becomes of somebody who is"
        self.findings.error("contradiction", node.place_of(slot), message, hint)


def started(transitions: Mapping[str, Transition], machines: Mapping[str, Machine]) -> dict[str, Transition]:
    """The transitions, of which acts say where they lead: to wherever their machine starts."""
    found = dict(transitions)
    for key, each in transitions.items():
        machine = machines.get(each.machine)
        if not each.offered and machine is not None:
            cases = tuple(Case(status) for status in machine.statuses if status in machine.begins)
            found[key] = replace(each, cases=cases)
    return found


def led_back(transitions: Mapping[str, Transition], root: Table, findings: Findings) -> dict[str, Transition]:
    """The transitions, of which those that lead back say to which statuses: from where their sources are entered."""
    found = dict(transitions)
    returning = [key for key, each in found.items() if any(case.to == PREVIOUS for case in each.cases)]
    growing = True
    while growing:
        growing = False
        for key in returning:
            back = frozenset(before for source in found[key].sources for before in _before(found, key, source))
            cases = tuple(replace(case, back=back) if case.to == PREVIOUS else case for case in found[key].cases)
            growing = growing or cases != found[key].cases
            found[key] = replace(found[key], cases=cases)
    for key in returning:
        for source in sorted(source for source in found[key].sources if not _before(found, key, source)):
            message = f"{key} leads back to the status before {source}, but nothing leads from another to {source}"
            findings.error("no-way-back", _place_of_previous(section(section(root, "transitions"), key)), message)
    return found


def returning(transitions: Mapping[str, Transition]) -> frozenset[str]:
    """The machines in which something leads back to the status before."""
    return frozenset(t.machine for t in transitions.values() if any(case.to == PREVIOUS for case in t.cases))


def _before(transitions: Mapping[str, Transition], key: str, status: str) -> frozenset[str]:
    """From where a status of the machine of a transition is entered."""
    machine = transitions[key].machine
    entering = [t for t in transitions.values() if t.machine == machine and status in t.entered]
    return frozenset().union(*(each.sources for each in entering)) - {status}


def _place_of_previous(node: Table) -> Place:
    every = (node, *items_of(node.get("cases")))
    return next((place for each in every for text, place in words(child(each, "to")) if text == PREVIOUS), node.place)
