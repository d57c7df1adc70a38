"""Examples to paste into a rules file, written down from an act in a situation."""

import json
import re
from collections.abc import Iterator, Mapping

from server.engine.facts import Facts, Kind, Record, Ref
from server.engine.memory import stays
from server.engine.plan import Plan
from server.engine.ruleset import Ruleset
from server.engine.world import applied
from server.exploration.coverage import Shown, refused_with
from server.exploration.lens import Lens
from server.exploration.situation import people_of
from server.exploration.words import PEOPLE

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:[ &.]+[A-Za-z0-9_]+)*")
_RISKY = frozenset({"yes", "no", "on", "off", "y", "n", "true", "false", "null"})


def proposal(ruleset: Ruleset, name: str, shown: Shown) -> str:
    """An example that goes as the act does now, indented to stand below ``examples:``. ``name``: what it is called."""
    return "\n".join(f"  {line}" for line in _Writer(ruleset, shown).lines(name))


class _Writer:
    def __init__(self, ruleset: Ruleset, shown: Shown) -> None:
        self._ruleset, self._shown, self._lens = ruleset, shown, Lens.of(ruleset)
        self._names = dict(zip(people_of(shown.facts), PEOPLE, strict=False))

    def lines(self, name: str) -> Iterator[str]:
        """The example, line by line."""
        request, facts = self._shown.request, self._shown.facts
        yield f"{_word(name)}:"
        yield "  given:"
        for ref in sorted(facts.records, key=lambda ref: list(Kind).index(ref.kind)):
            if ref.kind is Kind.USER:
                yield f"    {self._names[ref]}: {_table(self._person(ref))}"
            elif ref.kind is Kind.PAIR:
                yield f"    {self._called(ref, facts)}: {_table(self._held(facts.records[ref]))}"
        yield f"  as: {self._shown.actor}"
        transition = self._ruleset.transitions[request.transition]
        deed = f"sends: {_word(str(transition.event))}" if request.by_event else f"does: {transition.id}"
        yield f"  {deed}"
        yield f"  upon: {self._called(request.subject, facts)}"
        if request.partner is not None:
            yield f"  partner: {self._called(request.partner, facts)}"
        yield from self._sent()
        yield from self._outcome()

    def _sent(self) -> Iterator[str]:
        request, decision = self._shown.request, self._shown.decision
        sent = {**({"role": request.role} if request.role else {}), **request.answers}
        if sent:
            yield f"  with: {_table({key: _word(value) for key, value in sent.items()})}"
        if isinstance(decision, Plan) and decision.warnings:
            yield f"  confirm: [{', '.join(warned.code for warned in decision.warnings)}]"

    def _outcome(self) -> Iterator[str]:
        decision, facts = self._shown.decision, self._shown.facts
        if not isinstance(decision, Plan):
            yield f"  refused: [{', '.join(sorted(refused_with(decision)))}]"
            return
        outcome = applied(self._ruleset, decision, facts)
        found: dict[str, dict[str, str]] = {}
        for change in decision.changes:
            ref = outcome.created.get(change.subject, change.subject)
            if ref.kind in {Kind.USER, Kind.PERSONA, Kind.PAIR}:
                found.setdefault(self._called(ref, outcome.facts), {})[change.machine] = _word(change.after)
        if found:
            yield "  expect:"
            yield from (f"    {called}: {_table(statuses)}" for called, statuses in found.items())

    def _person(self, ref: Ref) -> dict[str, str]:
        facts, told = self._shown.facts, self._held(self._shown.facts.records[ref])
        for persona in facts.personas.get(ref, ()):
            record = facts.records[persona]
            told[str(record.values["role"]).lower()] = _table(self._held(record))
        return told

    def _held(self, record: Record) -> dict[str, str]:
        values = {key: value for key, value in record.values.items() if value is not None and key != "role"}
        told = {key: _word(value) for key, value in {**record.statuses, **values}.items()}
        past = {machine: [stay.status for stay in stays(record, machine)[:-1]] for machine in record.statuses}
        asked = {machine: [each for each in had if self._matters(machine, each)] for machine, had in past.items()}
        been = {machine: f"[{', '.join(map(_word, had))}]" for machine, had in asked.items() if had}
        return {**told, **({"been": _table(been)} if been else {})}

    def _matters(self, machine: str, status: str) -> bool:
        """Whether it matters that a record has been in a status."""
        return machine in self._lens.previous or status in self._lens.been.get(machine, ())

    def _called(self, ref: Ref, facts: Facts) -> str:
        record = facts.records[ref]
        if ref.kind is Kind.USER:
            return self._names[ref]
        if ref.kind is Kind.PERSONA:
            owner, role = record.links["user"], record.values["role"]
            alike = [each for each in facts.personas[owner] if facts.records[each].values["role"] == role]
            number = f" {alike.index(ref) + 1}" if len(alike) > 1 else ""
            return f"{self._names[owner]}.{str(role).lower()}{number}"
        return " & ".join(self._names[facts.records[side].links["user"]] for side in record.links.values())


def _table(entries: Mapping[str, str]) -> str:
    return f"{{{', '.join(f'{key}: {value}' for key, value in entries.items())}}}"


def _word(text: str) -> str:
    """A word as YAML has it, in quotes where it could be taken for something else."""
    return text if _PLAIN.fullmatch(text) and text.lower() not in _RISKY else json.dumps(text, ensure_ascii=False)
