"""What every act has in common: who may, the options, the row of history, the answer."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from server.domain.actors import Caller
from server.domain.commands import Applied, Options
from server.domain.errors import InputProblemsError, NotPermittedError
from server.domain.history import Act
from server.domain.people import NewPersona, NewUser
from server.engine.facts import Ref
from server.engine.places import Place
from server.engine.plan import Change, Plan, Problem
from server.engine.ruleset import OWNER, Ruleset, Transition
from server.store.unit_of_work import UnitOfWork

NOTE_LIMIT = 2_000
"""The most characters a note may have."""


def require_act(ruleset: Ruleset, caller: Caller, act: str) -> None:
    """Refuses an act of the rules file's ``acts`` to whoever may not do it. Raises NotPermittedError."""
    allowed = ruleset.acts.get(act, frozenset())
    if OWNER in caller.roles or allowed & caller.roles:
        return
    labels = ", ".join(ruleset.actors[key].label for key in ruleset.actors if key in allowed) or "nobody"
    raise NotPermittedError(f"This is for: {labels}.")


def option_problems(options: Options, now: datetime) -> tuple[Problem, ...]:
    """What is wrong with the options of an act that moves no status."""
    found = list(note_problems(options))
    if options.effective_at is not None and options.effective_at > now:
        text = "The time lies in the future. Leave it out for now, or give a past one."
        found.append(Problem(("options", "effective_at"), text))
    return tuple(found)


def note_problems(options: Options) -> tuple[Problem, ...]:
    """A note that is too long."""
    if options.note is None or len(options.note) <= NOTE_LIMIT:
        return ()
    return (Problem(("options", "note"), f"A note may have at most {NOTE_LIMIT} characters."),)


def require_none(problems: tuple[Problem, ...]) -> None:
    """Raises InputProblemsError with every problem, if there are any."""
    if problems:
        raise InputProblemsError(problems)


def quiet_plan(ruleset: Ruleset, act: str, subject: Ref, machine: str, status: str) -> Plan:
    """The plan of an act that leaves the status as it is: one row of history, from and to the same."""
    place = ruleset.places.get(f"acts.{act}", Place("", 1))
    transition = Transition(act, machine, act.replace("_", " ").capitalize(), status, frozenset(), frozenset(), place)
    return Plan(transition, (Change(subject, machine, status, status, act, None, False),))


@dataclass(frozen=True, slots=True)
class OpenAct:
    """One act under way: in which transaction, under which rules, by whom, when and with which options."""

    work: UnitOfWork
    program_id: int
    ruleset: Ruleset
    caller: Caller
    now: datetime
    options: Options

    def write(
        self,
        name: str,
        plan: Plan,
        *,
        details: Mapping[Ref, NewUser | NewPersona] | None = None,
        answers: Mapping[str, str] | None = None,
    ) -> Applied:
        """Writes a plan with its history, or on a dry run only tells it. ``name``: transition, event or act."""
        root = plan.changes[0].subject
        if self.options.dry_run:
            return Applied(plan, root if root.id > 0 else None, warnings=plan.warnings, dry_run=True)
        said = plan.answers if answers is None else answers
        free = {question.input.key for question in plan.transition.asks if question.input.type == "text"}
        act = replace(
            self.row(name, root.kind),
            answers={key: value for key, value in said.items() if key not in free},
            texts={key: value for key, value in said.items() if key in free},
        )
        written = self.work.apply(act, max(root.id, 0), plan, details or {})
        subject = written.created.get(root, root)
        created = tuple(written.created[creation.ref] for creation in plan.creations)
        return Applied(plan, subject, written.changes, created, plan.warnings)

    def row(self, name: str, subject_kind: str) -> Act:
        """The row of history that tells of this act."""
        return Act(
            program_id=self.program_id,
            name=name,
            subject_kind=subject_kind,
            actor_name=self.caller.name,
            actor_roles=tuple(sorted(self.caller.roles)),
            actor_user_id=self.caller.user_id,
            recorded_at=self.now,
            effective_at=self.options.effective_at or self.now,
            revision=self.ruleset.revision,
            note=self.options.note,
        )
