"""Counts what an edit does to the people a program has, and says it in words."""

from dataclasses import replace

from server.engine.facts import Kind
from server.engine.impact import Affected, Loss, impact
from server.engine.places import Place
from server.engine.ruleset import Ruleset
from server.rules.diagnostics import Diagnostic, Findings, Severity
from server.rules.overlays import first_place
from server.store.populations import populations
from server.store.programs import known_statuses
from server.store.sessions import Session
from server.store.unit_of_work import UnitOfWork

_NOUNS = {
    Kind.PROGRAM: ("program", "programs"),
    Kind.SITE: ("site", "sites"),
    Kind.USER: ("person", "people"),
    Kind.PERSONA: ("persona", "personas"),
    Kind.PAIR: ("match", "matches"),
}
_TEXTS = {
    Loss.WAY_ON: "would have no way on any more: nothing leads out of it",
    Loss.BUTTON: "would lose the last button: nobody could press anything for them any more",
}


def impact_on(
    work: Session | UnitOfWork, program_id: int, before: Ruleset | None, after: Ruleset
) -> tuple[Affected, ...]:
    """What becomes of a program's people when rules follow on those before, if these are known.

    One statement for each machine and each status that no file knows, however many the people are.
    """
    found = impact(before, after, populations(work.connection, program_id, after))
    unnamed = {each.status.machine for each in found if not each.status.category}
    known = {
        (status.machine, status.key): status
        for machine in sorted(unnamed)
        for status in known_statuses(work.connection, program_id, machine)
    }
    return tuple(replace(each, status=known.get((each.status.machine, each.status.key), each.status)) for each in found)


def sentence(affected: Affected, before: Ruleset | None, after: Ruleset) -> str:
    """One sentence on what happens to whom."""
    status = affected.status
    whom, is_one = _whom(affected, before, after), affected.count == 1
    roles = [f"{after.roles[role].label} {count}" for role, count in sorted(_roles(affected).items())]
    split = f" ({', '.join(roles)})" if roles else ""
    where = f"{whom} in {status.label}{split}"
    if affected.loss is not Loss.STATUS:
        return f"{where} {_TEXTS[affected.loss]}"
    if affected.to is not None:
        goal = after.status(status.machine, affected.to).label
        return f"{where} {'moves' if is_one else 'move'} to {goal}, as the status is dropped"
    if affected.accepted:
        return f"{where} {'has' if is_one else 'have'} no {status.machine} any more, which is dropped"
    return f"{where} would be in no status: these rules have no {status.key} in {status.machine}"


def _roles(affected: Affected) -> dict[str, int]:
    return {role: count for role, count in affected.by_role.items() if role is not None}


def _whom(affected: Affected, before: Ruleset | None, after: Ruleset) -> str:
    rulesets = (ruleset for ruleset in (after, before) if ruleset is not None)
    machines = (found for ruleset in rulesets if (found := ruleset.machines.get(affected.status.machine)))
    owner = next((machine.owner for machine in machines), "")
    one, many = next((words for kind, words in _NOUNS.items() if kind == owner), ("record", "records"))
    return f"{affected.count} {one if affected.count == 1 else many}"


def diagnosed(affected: Affected, before: Ruleset | None, after: Ruleset, severity: Severity) -> Diagnostic:
    """The same at the place of the file where it can be mended, with what to write there."""
    status = affected.status
    path = f"machines.{status.machine}.statuses.{status.key}"
    if affected.loss is not Loss.STATUS:
        hint = f"add a transition from {status.key}, or give it the category FINAL if people are to stay in it"
        return at(after, path, "stranded", sentence(affected, before, after), hint=hint, severity=severity)
    machine = after.machines.get(status.machine)
    goals = f" {{{status.key}: ...}}}}, with one of {', '.join(machine.statuses)}" if machine else " dropped}"
    hint = f"say where they go: moved: {{{status.machine}:{goals}"
    return at(after, path, "stranded", sentence(affected, before, after), hint=hint, severity=severity)


def at(ruleset: Ruleset, path: str, code: str, message: str, *, hint: str, severity: Severity) -> Diagnostic:
    """A diagnostic at the place of a path, or where it was taken away, or of what it would stand in."""
    place = first_place(ruleset.removed, path) or _nearest(ruleset, path)
    findings = Findings()
    own = place.file == ruleset.places["program"].file
    findings.know(place.file, ruleset.texts[-1 if own else 0])
    (findings.error if severity is Severity.ERROR else findings.warn)(code, place, message, hint)
    return findings.all()[0]


def _nearest(ruleset: Ruleset, path: str) -> Place:
    while path and path not in ruleset.places:
        path = path.rpartition(".")[0]
    return ruleset.places[path or "program"]
