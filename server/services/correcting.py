"""Putting the words of an act right: its note and answers, with a trace, and without touching what it did."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from server.domain.actors import Caller
from server.domain.commands import Applied, Options
from server.domain.errors import NotFoundError
from server.domain.history import NOTE, Correction, StatusChange
from server.domain.vocabulary import Acts
from server.engine.answers import fill_in
from server.engine.decide import deciding
from server.engine.facts import Facts, Ref, Situation
from server.engine.paths import Scope
from server.engine.plan import Problem
from server.services.acts import (
    OpenAct,
    length_problems,
    locked,
    note_problems,
    quiet_plan,
    require_act,
    require_none,
)
from server.services.changes import unknown_sites
from server.services.details import tidy
from server.services.once import Doing
from server.services.people import erased
from server.services.records import load_user, missing_change, reached, reached_change
from server.services.rulebook import Rulebook
from server.store.corrections import correct
from server.store.history import changes_of_act
from server.store.sessions import Session
from server.store.unit_of_work import UnitOfWork

_UNDO = "Take the act back with undoStatusChange, and do it again with another answer."
_NOW_ONLY = "What is put right is put right now. Leave the time out."
_NOTHING = "Nothing would be different: send a note or an answer that is not there yet."


@dataclass(frozen=True, slots=True)
class Words:
    """What an act is to say instead. ``answers``: by key, empty to take one away.

    ``note``: None takes the note away, where ``has_note`` says that anything is said of it at all.
    """

    note: str | None = None
    has_note: bool = False
    answers: Mapping[str, str] = field(default_factory=dict)


class Correcting:
    """Corrects what people have written down in history."""

    __slots__ = ("_clock", "_rulebook")

    def __init__(self, rulebook: Rulebook, clock: Callable[[], datetime]) -> None:
        self._rulebook, self._clock = rulebook, clock

    def correct(self, session: Session, caller: Caller, change_id: int, words: Words, options: Options) -> Applied:
        """Puts the note and answers right of the act to which a row of history belongs.

        History gets a row of its own for it, which moves nothing. An answer on which something depended stands: the
        act is taken back for that. Raises NotFoundError, NotPermittedError, InputProblemsError, VersionConflictError.
        """

        def act(work: UnitOfWork) -> Applied:
            found = reached_change(work, self._rulebook, caller, change_id)
            first = changes_of_act(work.connection, [found.act_id])[found.act_id][0]
            subject = Ref(first.kind, first.subject_id)
            try:
                record = reached(work, self._rulebook, caller, subject)
            except NotFoundError:
                raise missing_change(change_id) from None
            require_act(record.ruleset, record.roles, Acts.CORRECT_HISTORY)
            doing = OpenAct(work, record.program_id, record.ruleset, caller, self._clock(), options, record.roles)
            facts = locked(doing, subject)
            first = changes_of_act(work.connection, [found.act_id])[found.act_id][0]  # anew, now that it is locked
            require_none((*note_problems(options), *_problems(doing, first, words), *_erased(doing, facts, subject)))
            answers = _answers(doing, facts, first, words)
            parts = tuple(_parts(first, words, answers))
            require_none(() if parts else (Problem((), _NOTHING),))
            statuses = facts.records[subject].statuses
            machine = first.machine if first.machine in statuses else next(iter(statuses))
            plan = quiet_plan(record.ruleset, Acts.CORRECT_HISTORY, subject, machine, statuses[machine])
            done = doing.write(Acts.CORRECT_HISTORY, plan)
            if not options.dry_run:
                inputs = record.ruleset.inputs
                free = frozenset(key for key in answers if key in inputs and inputs[key].type == "text")
                correct(work.connection, parts, by=done.changes[0].act_id, free=free)
            return done

        return Doing(self._rulebook, caller, options, self._clock).act(session, act)


def _parts(first: StatusChange, words: Words, answers: Mapping[str, str]) -> Iterator[Correction]:
    """Whatever would be different."""
    if words.has_note and tidy(words.note) != first.note:
        yield Correction(first.act_id, NOTE, first.note, tidy(words.note))
    for key, answer in answers.items():
        if answer != first.answers.get(key, ""):
            yield Correction(first.act_id, key, first.answers.get(key), answer or None)


def _problems(doing: OpenAct, first: StatusChange, words: Words) -> Iterator[Problem]:
    if doing.options.effective_at is not None:
        yield Problem(("options", "effective_at"), _NOW_ONLY)
    yield from length_problems(words.note, ("note",))
    transition, rules = doing.ruleset.transitions.get(first.transition), doing.ruleset
    steering = deciding(rules, transition) if transition else frozenset()
    for key in words.answers:
        if transition is None:
            text = "The rules ask nothing here, or no longer. Only the note can be put right."
            yield Problem(("answers", key), text)
        elif key in steering:
            label = rules.inputs[key].label if key in rules.inputs else key
            yield Problem(("answers", key), f'What followed depended on the answer to "{label}". {_UNDO}')


def _erased(doing: OpenAct, facts: Facts, subject: Ref) -> tuple[Problem, ...]:
    """Of whoever was erased nothing is written down any more."""
    people = Situation(facts).people(facts.records[subject])
    return tuple(problem for ref in people for problem in erased(load_user(doing.work, ref)))[:1]


def _answers(doing: OpenAct, facts: Facts, first: StatusChange, words: Words) -> Mapping[str, str]:
    """The answers as they would stand, held against the questions as when they were given.

    Only what the correction brings about counts: what was wrong before is no fault of it.
    """
    transition = doing.ruleset.transitions.get(first.transition)
    if transition is None or not words.answers:
        return {}
    record = facts.records[Ref(first.kind, first.subject_id)]
    scope = Scope(Situation(facts), record, record, None, first.answers, None, doing.ruleset.terms, doing.actor)
    before = fill_in(transition, scope)
    after = fill_in(transition, replace(scope, answers={**first.answers, **words.answers}))
    new = [p for p in after.faults if p not in before.faults or p.path[-1] in words.answers]
    require_none((*new, *unknown_sites(doing, transition, words.answers)))
    return {key: after.answers.get(key, "") for key in words.answers}
