"""Taking acts back: whoever may do something may undo it, with all that followed, as long as nothing stands on it."""

from collections.abc import Callable, Sequence
from datetime import datetime

from server.domain.actors import Caller
from server.domain.commands import Applied, Options
from server.domain.history import StatusChange
from server.engine.facts import Facts, Ref
from server.engine.plan import Blocker, Plan, Problem
from server.engine.ruleset import Ruleset
from server.engine.undoing import UNDO, Deed, decide_undo
from server.services.access import actor_of, around, roles_of
from server.services.acts import OpenAct, note_problems, require_none
from server.services.finding import Finder
from server.services.once import Doing
from server.services.records import reached_change, require_version
from server.services.refusals import refused
from server.services.rulebook import Rulebook
from server.services.shown import shown_blockers
from server.store.cases import facts as load_facts
from server.store.sessions import Session
from server.store.undoing import deeds, withdraw_messages
from server.store.unit_of_work import UnitOfWork

_NOW_ONLY = "What is taken back is taken back now. Leave the time out."


class Undoing:
    """Takes back acts that stand in history."""

    __slots__ = ("_clock", "_rulebook")

    def __init__(self, rulebook: Rulebook, clock: Callable[[], datetime]) -> None:
        self._rulebook, self._clock = rulebook, clock

    def undo(self, session: Session, caller: Caller, change_id: int, options: Options) -> Applied:
        """Takes the whole act back to which a row of history belongs, with new rows.

        Raises NotFoundError, InputProblemsError, VersionConflictError, and TransitionRefusedError with every reason.
        """

        def act(work: UnitOfWork) -> Applied:
            change = reached_change(work, self._rulebook, caller, change_id)
            ruleset, now = self._rulebook.ruleset(change.program_id), self._clock()
            touched = deeds(work.connection, [change.act_id])[change.act_id].touched
            facts = work.case(ruleset, around(caller, change.program_id, touched), now)
            deed = deeds(work.connection, [change.act_id])[change.act_id]  # anew, for its records are locked only now
            root = deed.root.subject
            require_version(work, root, options.expected_version)
            about = _about(deed, facts)
            roles = frozenset.intersection(*roles_of(work, ruleset, caller, change.program_id, about).values())
            doing = OpenAct(work, change.program_id, ruleset, caller, now, options, roles)
            require_none((*note_problems(options), *_time_problems(options)))
            plan = _decided(doing, deed, facts)
            done = doing.write(UNDO, plan)
            if not options.dry_run:
                withdraw_messages(work.connection, [step.id for step in deed.steps])
            return done

        return Doing(self._rulebook, caller, options, self._clock).act(session, act)

    def blockers_of(
        self, session: Session, caller: Caller, program_id: int, changes: Sequence[StatusChange]
    ) -> dict[int, tuple[Blocker, ...]]:
        """For each act to which rows of a program's history belong every reason why the caller cannot take it back.

        The number of statements does not depend on how many rows there are.
        """
        ruleset, now = self._rulebook.ruleset(program_id), self._clock()
        with session.everything() as connection:
            found = deeds(connection, [change.act_id for change in changes])
            touched = dict.fromkeys(ref for deed in found.values() for ref in deed.touched)
            facts = load_facts(connection, ruleset, around(caller, program_id, [*touched]), now)
        about = {act: _about(deed, facts) for act, deed in found.items()}
        roles = roles_of(session, ruleset, caller, program_id, [ref for refs in about.values() for ref in refs])
        sight = Finder(session, ruleset, caller, program_id, now).sight()
        actor = actor_of(caller, program_id)
        reasons: dict[int, tuple[Blocker, ...]] = {}
        for act, deed in found.items():
            may = frozenset.intersection(*(roles[ref] for ref in about[act]))
            decision = decide_undo(ruleset, deed, may, facts, actor=actor)
            reasons[act] = () if isinstance(decision, Plan) else decision.blockers
        names = [(act, blocker) for act, blockers in reasons.items() for blocker in blockers]
        shown = shown_blockers(session, sight, [blocker for _, blocker in names])
        return {act: tuple(b for (own, _), b in zip(names, shown, strict=True) if own == act) for act in reasons}


def _about(deed: Deed, facts: Facts) -> tuple[Ref, ...]:
    """What somebody must reach to take an act back: its record, of one that it made also what that stands between."""
    record = facts.records[deed.root.subject]
    made = deed.root.before is None
    return (record.ref, *(record.links.values() if made else ()))


def _decided(doing: OpenAct, deed: Deed, facts: Facts) -> Plan:
    ruleset: Ruleset = doing.ruleset
    decision = decide_undo(ruleset, deed, doing.roles, facts, actor=doing.actor, confirmed=doing.options.confirm)
    if isinstance(decision, Plan):
        return decision
    raise refused(doing, decision, deed.root.subject, facts)


def _time_problems(options: Options) -> tuple[Problem, ...]:
    return () if options.effective_at is None else (Problem(("options", "effective_at"), _NOW_ONLY),)
