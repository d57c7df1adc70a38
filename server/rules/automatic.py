"""Compiles what makes transitions happen by themselves."""

from dataclasses import dataclass
from datetime import time

from server.engine.automatic import After, Automatic, Daily, When
from server.engine.conditions import All
from server.engine.durations import Duration
from server.rules.conditions import Conditions
from server.rules.diagnostics import Findings
from server.rules.names import AUTOMATIC_WAYS, Lookup
from server.rules.nodes import Table, word
from server.rules.times import read_duration
from server.rules.typed import Asked

_ONLY_DAILY = ("at", "missed", "tolerance")
_HOUR = Duration(seconds=3600)
_NEVER = When(All(()))
"""What stands in for a way that could not be compiled; the errors keep it from being used."""


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

    def compile(self, key: str, node: Table, asked: Asked, stays: frozenset[str]) -> Automatic | None:
        """How a transition happens by itself, other than by an event; None where it does not.

        ``stays``: the statuses that it leads from and to.
        """
        automatic = node.get("automatic")
        if not isinstance(automatic, Table):
            return None
        ways = [way for way in automatic.entries if way in AUTOMATIC_WAYS]
        if len(ways) > 1:
            hint = "keep one, and put what must hold besides into require, where ages can be asked too"
            message = f"{' and '.join(ways)} do not go together: it is not said whether one of them is enough"
            self.findings.error("contradiction", automatic.place_of(ways[1]), message, hint)
        self._check_daily(automatic)
        for target in sorted(stays if ways else ()):
            message = f"{key} leads from {target} to {target}, and by itself it would do so without end"
            self.findings.error("contradiction", node.place_of("from"), message, f"leave {target} out of from")
        return self._way(ways[0], automatic, asked) if ways else None

    def _way(self, way: str, node: Table, asked: Asked) -> Automatic:
        found = node.get(way)
        if way == "after":
            duration = read_duration(found, self.findings)
            return After(duration) if duration else _NEVER
        if way == "when":
            return When(self.conditions.compile(found, asked)) if found else _NEVER
        return self._daily(node)

    def _daily(self, node: Table) -> Daily:
        skips = word(node, "missed") == "skip"
        tolerance = read_duration(node.get("tolerance"), self.findings) or _HOUR
        at = time.fromisoformat(word(node, "at") or "00:00")
        return Daily(at, word(node, "every") == "weekday", tolerance if skips else None)

    def _check_daily(self, node: Table) -> None:
        if "every" in node.entries:
            if "at" not in node.entries:
                self.findings.error(
                    "missing-key", node.place_of("every"), "every needs the key at", 'write at: "08:00"'
                )
            if "tolerance" in node.entries and word(node, "missed") != "skip":
                message = "a tolerance is for dates that are skipped when they are missed"
                self.findings.error("contradiction", node.place_of("tolerance"), message, "add missed: skip")
            return
        for slot in _ONLY_DAILY:
            if slot in node.entries:
                message = f"{slot} belongs to every, which is missing"
                self.findings.error("contradiction", node.place_of(slot), message, "add every: day")
