"""Keeps rules out of force that would strand people: nobody ends up where nothing leads on."""

from collections.abc import Mapping
from datetime import datetime

from server.engine.ruleset import Ruleset
from server.rules.diagnostics import Diagnostic, Severity
from server.services.impact import at, diagnosed, impact_on
from server.services.relocating import Refused, Relocating, UnmovableError
from server.store.unit_of_work import UnitOfWork


class StrandedError(Exception):
    """Rules would strand people. ``told``: the errors, by the program whose rules they are of."""

    def __init__(self, told: Mapping[str, tuple[Diagnostic, ...]]) -> None:
        super().__init__(f"rules of {', '.join(told)} would strand people")
        self.told = told


def bring_over(
    work: UnitOfWork, program_id: int, before: Ruleset | None, after: Ruleset, now: datetime, *, is_new: bool
) -> tuple[Diagnostic, ...]:
    """Brings a program's people under rules that follow, moving those of whom the rules say where they go.

    ``is_new``: they come into force with this act. Then what is answered are the errors for which it must not be
    saved. Rules that are in force already, by another process, stay so: the same is only warned of.
    """
    severity = Severity.ERROR if is_new else Severity.WARNING
    former = before if is_new else None
    affected = impact_on(work, program_id, former, after)
    told = tuple(diagnosed(each, before, after, severity) for each in affected if each.stranded)
    if told and is_new:
        return told
    try:
        work.part(lambda part: Relocating(part, program_id, after, now, former).carry_out(affected))
    except UnmovableError as error:
        told += _unmovable(after, error.refused, severity)
    return told


def _unmovable(ruleset: Ruleset, refused: Refused, severity: Severity) -> tuple[Diagnostic, ...]:
    found = []
    for (relocation, reason), count in refused.items():
        path = f"moved.{relocation.machine}.{relocation.status}"
        message = f"{count} of those in {relocation.status} cannot go to {relocation.to}: {reason}"
        hint = "let them go somewhere else, or see to them before the edit"
        found.append(at(ruleset, path, "cannot-move", message, hint=hint, severity=severity))
    return tuple(found)
