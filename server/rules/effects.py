"""Compiles what follows from a transition, and checks that what is fired exists, fits and comes to an end."""

from dataclasses import dataclass

from server.engine.conditions import Condition
from server.engine.effects import About, Effect, Fire, Pick, Put
from server.engine.facts import Kind
from server.engine.paths import Operand, Path
from server.engine.places import Place
from server.engine.ruleset import PLATFORM
from server.engine.values import ORDERED
from server.rules.circles import circles, heights
from server.rules.conditions import Conditions
from server.rules.counts import records
from server.rules.diagnostics import Findings
from server.rules.fields import FieldRules
from server.rules.handing import Handing
from server.rules.messages import Messages
from server.rules.names import FieldHead, Head, Lookup, Names
from server.rules.nodes import Node, Scalar, Table, flag, items_of, section, word
from server.rules.suggestions import listed, quoted
from server.rules.typed import ROLE, Asked, Typed

_CHOICES = ("first", "last")
_DEEDS = ("fire", "set", "notify")
_LONGEST = 8
"""How many transitions may fire one another in a row."""


@dataclass(frozen=True, slots=True)
class Effects:
    """Compiles the ``then`` lists of one file."""

    names: Names
    conditions: Conditions
    messages: Messages
    findings: Findings

    def compile(self, node: Node | None, asked: Asked, answered: frozenset[str] = frozenset()) -> tuple[Effect, ...]:
        """The effects of one list. ``answered``: the inputs whose answers are certainly there."""
        found: list[Effect] = []
        for item in items_of(node):
            if isinstance(item, Table):
                found += self._effect(item, asked, answered)
        return tuple(found)

    def _effect(self, node: Table, asked: Asked, answered: frozenset[str]) -> list[Effect]:
        """What one item of the list does; several things only where it sets several fields."""
        given = [deed for deed in _DEEDS if deed in node.entries]
        if len(given) != 1:
            code = "contradiction" if given else "missing-key"
            self.findings.error(code, node.place, f"an effect does one of: {', '.join(_DEEDS)}")
            return []
        if given == ["notify"]:
            said = self.messages.notify(node, asked, *self._aimed(node, asked))
            return [] if said is None else [said]
        if "to" in node.entries:
            self.findings.error("contradiction", node.place_of("to"), "to says whom a message goes to; nothing is sent")
        if given == ["set"]:
            return self._puts(node, asked)
        fire = self._fire(node, asked, answered)
        return [] if fire is None else [fire]

    def _puts(self, node: Table, asked: Asked) -> list[Effect]:
        """A map of fields, each with the value that it gets."""
        targets, about = self._aimed(node, asked)
        found: list[Effect] = []
        for key, entry in section(node, "set").entries.items():
            head = self.names.fields.get(key)
            if head is None or targets is None:
                Lookup(self.names, self.findings).known("field", key, self.names.fields, entry.place)
                continue
            if head.derived:
                message = f"{key} is worked out, so nothing can be set there"
                self.findings.error("contradiction", entry.place, message, "set what it is worked out from")
                continue
            if head.owner != targets.kind:
                message = f"{key} is a field of a {head.owner}, but this leads to a {targets.kind}"
                self.findings.error("wrong-kind", entry.place, message, "name the record with subject or each")
            operand = FieldRules(self.names, self.findings, self.conditions.zone).set_to(key, entry.node, asked)
            empty = flag(node, "if_empty")
            found.append(Put(key, operand, entry.place, about, empty))
        return found

    def _aimed(self, node: Table, asked: Asked) -> tuple[Typed | None, About]:
        """What an effect is about, and where that leads; None after an error."""
        condition, targets = self.conditions.given(node.get("if"), asked), self._targets(node, asked)
        path = targets.path if targets and targets.path.text else None
        chosen = _choice(node)
        if chosen is not None:
            which, among = chosen
            pick = self._pick(among, targets, last=which == "last")
            return targets, About(None, path, self._where(among, asked, targets), condition, pick)
        if "each" in node.entries:
            return targets, About(None, path, self._where(node, asked, targets), condition)
        if "where" in node.entries:
            message = "where chooses among the records of each, which is missing"
            self.findings.error("contradiction", node.place_of("where"), message, "to ask the subject itself write if")
        return targets, About(path, condition=condition)

    def _pick(self, node: Table, targets: Typed | None, *, last: bool) -> Pick:
        """The order in which one is the first or the last."""
        by = word(node, "by")
        if by is None or targets is None:
            return Pick(last=last)
        machines = [key for key, owner in self.names.owners.items() if owner == targets.kind]
        if by in machines:
            return Pick(by, last=last)
        ordered = {key: head.type for key, head in self.names.fields.items() if _has_order(head, targets)}
        if by not in ordered:
            message = f"{by} brings the records of a {targets.kind} into no order"
            self.findings.error("wrong-type", node.place_of("by"), message, listed([*machines, *ordered]))
        return Pick(by, ordered.get(by), last=last)

    def _fire(self, node: Table, asked: Asked, answered: frozenset[str]) -> Fire | None:
        name = word(node, "fire") or ""
        place = node.entries["fire"].node.place
        targets, about = self._aimed(node, asked)
        if not Lookup(self.names, self.findings).known("transition", name, self.names.transitions, place):
            return None
        head = self.names.transitions[name]
        if targets is not None:
            self._check_fits(name, head, targets, place)
        rules = FieldRules(self.names, self.findings, self.conditions.zone)
        role, answers, fields, partner = Handing(rules, name, head, asked).read(section(node, "with"))
        self._check_complete(node, name, head, role, answered | answers.keys())
        return Fire(name, place, about, role, answers, fields, partner)

    def _targets(self, node: Table, asked: Asked) -> Typed | None:
        """What is moved: its path (with an empty text for the subject itself) and kind; None after an error."""
        subject, each = node.get("subject"), node.get("each")
        if subject is not None and each is not None:
            message = "an effect moves one subject or each of a list, not both"
            self.findings.error("contradiction", node.place_of("each"), message)
            return None
        chosen = _choice(node)
        if chosen is not None:
            of = chosen[1].get("of")
            return records(of, asked, self.names, self.findings) if isinstance(of, Scalar) else None
        if isinstance(each, Scalar):
            return records(each, asked, self.names, self.findings)
        if not isinstance(subject, Scalar):
            return Typed(Path(""), asked.kind)
        typed = Lookup(self.names, self.findings).path(subject, asked)
        if typed is not None and (typed.path.many or typed.path.value):
            hint = f"write each: {quoted(subject.value)}" if typed.path.many else None
            self.findings.error("not-a-record", subject.place, f"{quoted(subject.value)} is not one record", hint)
            return None
        return typed

    def _where(self, node: Table, asked: Asked, targets: Typed | None) -> Condition | None:
        return None if targets is None else self.conditions.given(node.get("where"), asked.at(targets.kind))

    def _check_fits(self, name: str, head: Head, targets: Typed, place: Place) -> None:
        if head.creates is Kind.PAIR:
            self.findings.error(
                "cannot-fire", place, f"{name} creates a pair: two people choose each other, no effect does"
            )
        elif head.creates is Kind.USER:
            self.findings.error("cannot-fire", place, f"{name} creates a user: somebody registers them, no effect does")
        elif (fired_on := self.names.fired_on(head)) is not None and fired_on != targets.kind:
            message = f"{name} is fired on a {fired_on}, but this leads to a {targets.kind}"
            self.findings.error("wrong-kind", place, message, "name the record with subject or each")
        if PLATFORM not in head.allow:
            message = f"{name} does not allow {PLATFORM}, who carries out what follows"
            self.findings.error("not-allowed", place, message, f"add {PLATFORM} to the allow of {name}")

    def _check_complete(
        self, node: Table, name: str, head: Head, role: Operand | None, answered: frozenset[str]
    ) -> None:
        place = node.entries["fire"].node.place
        if head.creates is Kind.PERSONA and role is None and ROLE not in section(node, "with").entries:
            hint = f"add with: {{role: {self.names.roles[0]}}}" if self.names.roles else None
            self.findings.error("missing-role", place, f"{name} creates a persona: say of which role", hint)
        link, sort = self.names.second(head) or ("", "")
        if link and link not in section(node, "with").entries:
            hint = f"add with: {{{link}: ...}}, the way to a {sort}"
            self.findings.error("missing-link", place, f"{name} creates a {head.creates}: say its {link}", hint)
        for key in sorted(head.required - answered):
            message = f"{name} asks {key}, and nobody answers it here"
            self.findings.error(
                "unanswered", place, message, f"ask {key} in the transition that fires it, or give it by with"
            )


def _choice(node: Table) -> tuple[str, Table] | None:
    """Which one of a list the subject is, if it is one of a list: first or last, and of which."""
    subject = node.get("subject")
    if not isinstance(subject, Table):
        return None
    return next(((word_, section(subject, word_)) for word_ in _CHOICES if word_ in subject.entries), None)


def _has_order(head: FieldHead, targets: Typed) -> bool:
    return head.owner == targets.kind and not head.several and head.type in ORDERED


def check_chains(names: Names, findings: Findings) -> None:
    """Finds transitions that set each other off in a circle, or in a row too long to follow."""
    fires = {
        name: {fired: place for fired, place in head.fires if fired in names.transitions}
        for name, head in names.transitions.items()
    }
    found = heights(fires)
    for name, height in found.items():
        if height == _LONGEST + 1:
            place = next(place for fired, place in fires[name].items() if found[fired] == _LONGEST)
            findings.error("too-deep", place, f"more than {_LONGEST} transitions fire one another in a row here")
    for circle in circles(fires):
        message = f"the transitions set each other off without end: {' -> '.join((*circle, circle[0]))}"
        hint = "let one of them not fire the next"
        findings.error("effect-cycle", fires[circle[-1]][circle[0]], message, hint)
