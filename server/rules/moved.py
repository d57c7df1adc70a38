"""Reads ``moved``: for each status that is dropped, the status where the people in it go."""

from collections.abc import Mapping

from server.engine.places import Place
from server.rules.diagnostics import Findings
from server.rules.names import Lookup, Names
from server.rules.nodes import Scalar, Table, section, text_of
from server.rules.schema_moved import DROPPED

_STILL = "moved is for what is dropped: take this line away, or drop the status"


def moved(
    root: Table, names: Names, findings: Findings, broken: frozenset[tuple[str, ...]]
) -> dict[str, Mapping[str, str]]:
    """By machine, where the people of each dropped status go; nowhere, where the machine is gone as a whole."""
    if ("moved",) in broken:
        return {}
    found: dict[str, Mapping[str, str]] = {}
    for machine, entry in section(root, "moved").entries.items():
        if ("moved", machine) in broken:
            continue
        if isinstance(entry.node, Scalar):
            _check_gone(machine, entry.place, names, findings)
            found[machine] = {}
        elif isinstance(entry.node, Table):
            found[machine] = _goals(machine, entry.place, entry.node, names, findings)
    return found


def _check_gone(machine: str, place: Place, names: Names, findings: Findings) -> None:
    if machine in names.statuses:
        message = f"{machine} is a machine still, so that it is not {DROPPED}"
        findings.error("contradiction", place, message, "say by status where people go, or take the machine away")


def _goals(machine: str, place: Place, table: Table, names: Names, findings: Findings) -> dict[str, str]:
    lookup = Lookup(names, findings)
    if not lookup.known("machine", machine, names.statuses, place):
        return {}
    present, goals = names.statuses[machine], {}
    for status, entry in table.entries.items():
        if status in present:
            findings.error("contradiction", entry.place, f"{status} is a status of {machine} still", _STILL)
        goal = text_of(entry.node)
        if lookup.known(f"status of {machine}", goal, present, entry.node.place):
            goals[status] = goal
    return goals
