"""What can be done next, and why not: the buttons of records, many records at a time."""

from collections.abc import Callable, Sequence
from datetime import datetime

from server.domain.actors import Caller
from server.domain.matches import Match
from server.engine.decide import offers
from server.engine.facts import Facts, Kind, Record, Ref, Situation
from server.engine.moves import blocked_by
from server.engine.paths import Scope
from server.engine.plan import Offer
from server.engine.ruleset import Ruleset
from server.services.access import actor_of, around, roles_of
from server.services.finding import Finder
from server.services.rulebook import Rulebook
from server.services.shown import shown_offers
from server.store.cases import facts as load_facts
from server.store.sessions import Session


class Offers:
    """Asks the engine what it would say, without writing anything."""

    __slots__ = ("_clock", "_rulebook")

    def __init__(self, rulebook: Rulebook, clock: Callable[[], datetime]) -> None:
        self._rulebook = rulebook
        self._clock = clock

    def of(
        self, session: Session, caller: Caller, program_id: int, refs: Sequence[Ref]
    ) -> dict[Ref, tuple[Offer, ...]]:
        """Every button of each record, also the blocked ones: the same decision that would refuse them.

        A user's include those of its personas and their pairs, a persona's those of its pairs; each is
        judged by the caller's roles that reach it, and what is not seen in full has none. All refs
        belong to one program; the number of statements does not depend on how many they are.
        """
        ruleset, actor, now = self._rulebook.ruleset(program_id), actor_of(caller, program_id), self._clock()
        with session.everything() as connection:
            facts = load_facts(connection, ruleset, around(caller, program_id, refs), now)
        near = {ref: _relatives(ruleset, facts, ref) for ref in refs if ref in facts.records}
        every = [each for relatives in near.values() for each in relatives]
        roles = roles_of(session, ruleset, caller, program_id, every)
        found = {
            ref: [
                offer
                for each in relatives
                if roles[ref] and roles[each]
                for offer in offers(ruleset, each, roles[each], facts, actor)
            ]
            for ref, relatives in near.items()
        }
        return shown_offers(session, Finder(session, ruleset, caller, program_id, now).sight(), found)

    def communication(self, session: Session, program_id: int, matches: Sequence[Match]) -> dict[int, tuple[str, ...]]:
        """For each match every reason why the pair may not write to each other; none: it may."""
        ruleset = self._rulebook.ruleset(program_id)
        refs = [Ref(Kind.PAIR, match.id) for match in matches]
        with session.everything() as connection:
            facts = load_facts(connection, ruleset, refs, self._clock())
        situation, terms = Situation(facts), ruleset.terms
        reasons = {}
        for ref in refs:
            record = facts.records[ref]
            scope = Scope(situation, record, record, terms=terms)
            failing = [r for r in ruleset.can_communicate if r.that.holds(scope) is not True]
            reasons[ref.id] = tuple(blocked_by(requirement, scope, ruleset.zone).text for requirement in failing)
        return reasons


def _relatives(ruleset: Ruleset, facts: Facts, ref: Ref) -> tuple[Ref, ...]:
    """The record, its personas if it is a user, and their pairs, without those that count as removed."""
    if ref.kind not in {Kind.USER, Kind.PERSONA}:
        return (ref,)
    own = facts.personas.get(ref, ()) if ref.kind is Kind.USER else ()
    personas = [persona for persona in own if not _removed(ruleset, facts.records[persona])]
    pairs = [pair for persona in (*personas, ref) for pair in facts.pairs.get(persona, ())]
    present = [pair for pair in pairs if not _removed(ruleset, facts.records[pair])]
    return tuple(dict.fromkeys((ref, *personas, *present)))


def _removed(ruleset: Ruleset, record: Record) -> bool:
    machines = ruleset.machines_of(record.sort)
    statuses = [machine.statuses.get(record.statuses[machine.key]) for machine in machines]
    return any(status is not None and status.removed for status in statuses)
