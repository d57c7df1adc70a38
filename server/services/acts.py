"""What every act has in common: who may, the options, the row of history, the answer."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from server.domain.access import Sight
from server.domain.actors import Caller
from server.domain.commands import Applied, Options
from server.domain.errors import InputProblemsError, NotPermittedError
from server.domain.history import Act
from server.domain.people import NewPersona, NewUser
from server.engine.facts import Facts, Ref
from server.engine.outcomes import always
from server.engine.places import Place
from server.engine.plan import IN_THE_FUTURE, Change, Plan, Problem
from server.engine.ruleset import OWNER, PLATFORM, Ruleset, Transition
from server.services.access import actor_of, roles_on
from server.services.finding import Finder
from server.services.notices import post
from server.services.records import missing, require_version
from server.services.shown import shown_applied
from server.store.apply import Written
from server.store.unit_of_work import UnitOfWork

NOTE_LIMIT = 2_000
"""The most characters a note may have."""


def require_act(ruleset: Ruleset, roles: Iterable[str], act: str) -> frozenset[str]:
    """Those of the roles under which an act of the rules file's ``acts`` may be done.

    ``roles``: the caller's, as far as they reach what the act is about. Raises NotPermittedError when
    none of them will do.
    """
    return require_role(ruleset, roles, ruleset.acts.get(act, frozenset()))


def require_role(ruleset: Ruleset, roles: Iterable[str], allowed: frozenset[str]) -> frozenset[str]:
    """Those of the roles that are among the ones allowed; see :func:`require_act`."""
    may = frozenset(roles) & (allowed | {OWNER})
    if may:
        return may
    raise NotPermittedError(f"This is for: {labels_of(ruleset, allowed or {OWNER})}.")


def labels_of(ruleset: Ruleset, actors: Collection[str]) -> str:
    """Some of the rules' actors as people know them, in the order of the file."""
    return ", ".join(actor.label for key, actor in ruleset.actors.items() if key in actors) or "nobody"


def option_problems(options: Options, now: datetime) -> tuple[Problem, ...]:
    """What is wrong with the options of an act that moves no status."""
    found = list(note_problems(options))
    if options.effective_at is not None and options.effective_at > now:
        found.append(Problem(("options", "effective_at"), IN_THE_FUTURE))
    return tuple(found)


def note_problems(options: Options) -> tuple[Problem, ...]:
    """What is wrong with the note of an act."""
    return length_problems(options.note, ("options", "note"))


def length_problems(note: str | None, path: tuple[str, ...]) -> tuple[Problem, ...]:
    """A note that is too long."""
    if note is None or len(note) <= NOTE_LIMIT:
        return ()
    return (Problem(path, f"A note may have at most {NOTE_LIMIT} characters."),)


def require_none(problems: tuple[Problem, ...]) -> None:
    """Raises InputProblemsError with every problem, if there are any."""
    if problems:
        raise InputProblemsError(problems)


def quiet_plan(ruleset: Ruleset, act: str, subject: Ref, machine: str, status: str) -> Plan:
    """The plan of an act that leaves the status as it is: one row of history, from and to the same."""
    place = ruleset.places.get(f"acts.{act}", Place("", 1))
    transition = Transition(
        act, machine, act.replace("_", " ").capitalize(), always(status), frozenset(), frozenset(), place
    )
    return Plan(transition, (Change(subject, machine, status, status, act, None, False),))


@dataclass(frozen=True, slots=True)
class OpenAct:
    """One act under way: in which transaction, under which rules, by whom, when and with which options.

    ``roles``: those of the caller's that reach what the act is about.
    """

    work: UnitOfWork
    program_id: int
    ruleset: Ruleset
    caller: Caller
    now: datetime
    options: Options
    roles: frozenset[str] = frozenset()

    @property
    def sight(self) -> Sight:
        """What the caller sees of the program."""
        return Finder(self.work, self.ruleset, self.caller, self.program_id, self.now).sight()

    @property
    def actor(self) -> Ref | None:
        """The caller's own record in the program, if there is one."""
        return actor_of(self.caller, self.program_id)

    def write(
        self,
        name: str,
        plan: Plan,
        *,
        details: Mapping[Ref, NewUser | NewPersona] | None = None,
        answers: Mapping[str, str] | None = None,
    ) -> Applied:
        """Writes a plan with its history, or on a dry run only tells it; the answer tells what the caller may see.

        ``name``: transition, event or act.
        """
        if plan.kept is not None:
            kept = Applied(plan, plan.kept, dry_run=self.options.dry_run, kept=True)
            return shown_applied(self.work, self.sight, kept)
        root = plan.changes[0].subject
        if self.options.dry_run:
            would = Applied(plan, root if root.id > 0 else None, warnings=plan.warnings, dry_run=True)
            return shown_applied(self.work, self.sight, would)
        said = plan.answers if answers is None else answers
        free = {question.input.key for question in plan.transition.asks if question.input.type == "text"}
        act = replace(
            self.row(name, root.kind),
            answers={key: value for key, value in said.items() if key not in free},
            texts={key: value for key, value in said.items() if key in free},
        )
        written = self.keep(act, max(root.id, 0), plan, details)
        subject = written.created.get(root, root)
        created = tuple(written.created[creation.ref] for creation in plan.creations)
        done = Applied(plan, subject, written.changes, created, plan.warnings)
        return shown_applied(self.work, self.sight, done)

    def keep(
        self, act: Act, subject_id: int, plan: Plan, details: Mapping[Ref, NewUser | NewPersona] | None = None
    ) -> Written:
        """Writes everything that a plan says under a row of history: statuses, records, fields, messages."""
        written = self.work.apply(act, subject_id, plan, details or {}, self.ruleset.fields)
        post(self.work, self.program_id, self.ruleset, plan=plan, written=written, now=self.now)
        return written

    def row(self, name: str, subject_kind: str) -> Act:
        """The row of history that tells of this act."""
        return Act(
            program_id=self.program_id,
            name=name,
            subject_kind=subject_kind,
            actor_name=self.caller.name,
            actor_roles=tuple(sorted(self.caller.roles - {PLATFORM})),
            actor_user_id=self.caller.user_id,
            recorded_at=self.now,
            effective_at=self.options.effective_at or self.now,
            revision=self.ruleset.revision,
            note=self.options.note,
        )


def locked(doing: OpenAct, ref: Ref, *more: Ref) -> Facts:
    """The facts around a record, locked, still within reach, at the version the caller expects.

    ``more``: what else they are to be about.
    """
    facts = doing.work.case(doing.ruleset, [ref, *more], doing.now)
    if not roles_on(doing.work, doing.ruleset, doing.caller, doing.program_id, ref):
        raise missing(ref)
    require_version(doing.work, ref, doing.options.expected_version)
    return facts
