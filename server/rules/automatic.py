"""Compiles what makes transitions happen by themselves."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time

from server.domain.vocabulary import LASTING_LINKS
from server.engine.automatic import EVERY_DAY, WEEK, WEEKDAYS, After, Automatic, Daily, Dated, When
from server.engine.durations import Duration
from server.engine.paths import Path
from server.engine.values import DATE, INSTANT
from server.rules.conditions import Conditions
from server.rules.diagnostics import Findings
from server.rules.fields import NEVER
from server.rules.names import AUTOMATIC_WAYS, Lookup
from server.rules.nodes import Items, Node, Scalar, Table, flag, word, words
from server.rules.suggestions import listed
from server.rules.times import read_duration
from server.rules.typed import Asked

_SHIFTS = {"after": "date", "before": "date", "of": "date"}
"""The words that together say one date."""


@dataclass(frozen=True, slots=True)
class Automatics:
    """Compiles ``automatic`` of the transitions of one file."""

    conditions: Conditions
    findings: Findings

    def event(self, node: Table, lookup: Lookup) -> str | None:
        """The event that carries a transition out, if any does; and what nobody could answer is told."""
        automatic = node.get("automatic")
        if not isinstance(automatic, Table):
            return None
        for slot in ("ask", "creates"):
            if slot in node.entries:
                message = f"what happens by itself cannot have {slot}: nobody is there to answer"
                self.findings.error("contradiction", node.place_of(slot), message)
        found = automatic.get("on_event")
        event = word(automatic, "on_event")
        if event is None or found is None:
            return None
        lookup.known("event", event, lookup.names.events, found.place)
        return event

    def compile(self, key: str, node: Table, asked: Asked, *, nowhere: frozenset[str], stays: bool) -> Automatic | None:
        """How a transition happens by itself, other than by an event; None where it does not.

        ``nowhere``: the statuses that it leads from and to, by name; ``stays``: whether it can leave them as they are.
        """
        automatic = node.get("automatic")
        if not isinstance(automatic, Table):
            return None
        ways = [way for way in automatic.entries if way in AUTOMATIC_WAYS]
        kinds = {_SHIFTS.get(way, way): way for way in ways}
        if len(kinds) > 1:
            hint = "keep one, and put what must hold besides into require, where ages can be asked too"
            message = f"{' and '.join(kinds.values())} do not go together: it is not said whether one of them is enough"
            self.findings.error("contradiction", automatic.place_of(list(kinds.values())[1]), message, hint)
        for target in sorted(nowhere if ways else ()):
            message = f"{key} leads from {target} to {target}, and by itself it would do so without end"
            self.findings.error("contradiction", node.place_of("from"), message, f"leave {target} out of from")
        self._check_slots(automatic, kinds)
        if not kinds:
            return None
        kind = next(iter(kinds))
        if kind == "when":
            return self._when(automatic, asked, stays)
        self._check_several(automatic, stays and not flag(node, "restarts"))
        late = read_duration(automatic.get("late"), self.findings)
        at = time.fromisoformat(word(automatic, "at") or "00:00")
        if kind == "every":
            return Daily(at, self._days(automatic), late)
        return self._shifted(automatic, asked, at, late)

    def _when(self, automatic: Table, asked: Asked, stays: bool) -> Automatic:
        if stays:
            message = "what stays as it is would happen again and again as long as this holds"
            hint = "let it lead to another status, or let a time pass: automatic: {after: P1D}"
            self.findings.error("when-cycle", automatic.place_of("when"), message, hint)
        found = automatic.get("when")
        return When(self.conditions.given(found, asked) or NEVER)

    @staticmethod
    def _days(node: Table) -> frozenset[int]:
        named = frozenset(text for text, _ in words(node.get("every")))
        if "day" in named or "weekday" in named:
            return EVERY_DAY if "day" in named else WEEKDAYS
        return frozenset(position for position, day in enumerate(WEEK) if day in named)

    def _shifted(self, automatic: Table, asked: Asked, at: time, late: Duration | None) -> Automatic:
        """After a time in the status; or at, before or after the date of a field."""
        slot = "before" if "before" in automatic.entries else "after"
        shifts = self._durations(automatic.get(slot))
        if "of" not in automatic.entries:
            if slot == "before":
                hint = "name the field by of: {before: P7D, of: returns_on}"
                self.findings.error("missing-key", automatic.place_of(slot), "it is not said before what", hint)
            return After(shifts, late) if shifts else When(NEVER)
        path = self._date(automatic, asked)
        if path is None:
            return When(NEVER)
        type_ = self.conditions.fields().names.fields[str(path.value)].type
        if type_ == INSTANT and "at" in automatic.entries:
            message = f"{path.text} is an instant, which has a time of day of its own"
            self.findings.error("contradiction", automatic.place_of("at"), message, "leave at out")
        return Dated(path, type_, shifts, -1 if slot == "before" else 1, at, late)

    def _durations(self, node: Node | None) -> tuple[Duration, ...]:
        found: list[Duration] = []
        for each in node.items if isinstance(node, Items) else (node,):
            duration = read_duration(each, self.findings)
            if each is not None and duration is not None and duration in found:
                self.findings.error("duplicate-item", each.place, f"{duration.spoken()} is there twice")
            found += [duration] if duration else []
        return tuple(found)

    def _check_several(self, automatic: Table, goes_on: bool) -> None:
        for slot in _SHIFTS:
            given = automatic.get(slot)
            if isinstance(given, Items) and len(given.items) > 1 and not goes_on:
                message = "after the first of several times, the record is elsewhere or its time has begun anew"
                hint = "several times are for what stays: to: same, without restarts"
                self.findings.error("contradiction", automatic.place_of(slot), message, hint)

    def _date(self, automatic: Table, asked: Asked) -> Path | None:
        """The path to the field whose date it is."""
        node = automatic.get("of") or automatic
        names = self.conditions.fields().names
        typed = Lookup(names, self.findings).path(Scalar(word(automatic, "of") or "", node.place), asked)
        if typed is None:
            return None
        path = typed.path
        field = names.fields.get(path.value or "")
        if field is None or field.several or field.type not in {DATE, INSTANT}:
            dates = [key for key, each in names.fields.items() if each.type in {DATE, INSTANT} and not each.several]
            message = f"{path.text} is no field that holds one date or instant"
            self.findings.error("wrong-type", node.place, message, listed(dates) if dates else None)
            return None
        lasting = () if asked.kind in names.kinds else LASTING_LINKS
        if path.start != "self" or not set(path.links).issubset(lasting):
            message = f"{path.text} does not always lead to the same record, so its dates cannot be kept"
            hint = "only the record itself, its program and user, a match's sides and proposer have dates that are kept"
            self.findings.error("wrong-kind", node.place, message, hint)
            return None
        return path

    def _check_slots(self, node: Table, kinds: Mapping[str, str]) -> None:
        if "every" in kinds and "at" not in node.entries:
            self.findings.error("missing-key", node.place_of("every"), "every needs the key at", 'write at: "08:00"')
        if "at" in node.entries and "every" not in kinds and "of" not in node.entries:
            message = "at is the time of day of every, or of the date of a field (of); both are missing"
            self.findings.error("contradiction", node.place_of("at"), message, "add every: day")
        if "late" in node.entries and not kinds.keys() - {"when"}:
            message = "late says how late a date may be kept, and there is no date here"
            self.findings.error(
                "contradiction", node.place_of("late"), message, "it belongs to after, before, of, every"
            )
        if "before" in node.entries and "after" in node.entries:
            message = "before and after do not go together"
            self.findings.error("contradiction", node.place_of("after"), message, "write two transitions")
