"""What the database holds and the rules forbid, with the button that mends it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from server.domain.access import Sight
from server.domain.actors import Caller
from server.engine.decide import mends, offers
from server.engine.facts import Facts, Kind, Ref, Situation
from server.engine.invariants import amiss, belongings, still_amiss
from server.engine.plan import Offer, Request
from server.engine.ruleset import Invariant
from server.services.access import actor_of, around, roles_of, sight
from server.services.rulebook import Rulebook
from server.store.cases import facts as load_facts
from server.store.sessions import Session
from server.store.users import user_ids_after

LISTED = 100
"""How many are told at a time: mend these, then ask again."""

AT_A_TIME = 200
"""How many people are looked at together."""


@dataclass(frozen=True, slots=True)
class Inconsistency:
    """An invariant that a record breaks. ``repair``: a button that ends it, which the caller may press; None: none."""

    invariant: Invariant
    subject: Ref
    repair: Offer | None


class Inconsistencies:
    """Looks through one program for one caller, at one moment."""

    def __init__(self, rulebook: Rulebook, session: Session, caller: Caller, program_id: int, now: datetime) -> None:
        self._rules, self._session, self._caller = rulebook.ruleset(program_id), session, caller
        self._program, self._now = program_id, now
        self._actor = actor_of(caller, program_id)

    def found(self) -> list[Inconsistency]:
        """The first of them, by the people they are about; of records that the caller sees in full.

        Everybody is looked at, :data:`AT_A_TIME` together in a number of statements that does not grow with them.
        """
        listed: dict[tuple[str, Ref], Inconsistency] = {}
        full = sight(self._rules, self._caller, self._program)
        for people in self._people(full) if self._rules.invariants else ():
            for each in self._among(people):
                listed.setdefault((each.invariant.key, each.subject), each)
            if len(listed) >= LISTED:
                break
        return list(listed.values())[:LISTED]

    def _people(self, full: Sight) -> Iterator[list[Ref]]:
        after, page = 0, [0]
        while page:
            page = user_ids_after(self._session.connection, self._program, after, AT_A_TIME, sight=full)
            after = page[-1] if page else after
            yield [Ref(Kind.USER, number) for number in page]

    def _among(self, people: list[Ref]) -> Iterator[Inconsistency]:
        with self._session.everything() as connection:
            facts = load_facts(connection, self._rules, around(self._caller, self._program, people), self._now)
        situation = Situation(facts)
        theirs = [*people, *belongings(people, situation)]
        wrong = list(amiss(self._rules, situation, theirs))
        near = dict.fromkeys(ref for _, subject, _ in wrong for ref in _nearby(subject, situation))
        roles = roles_of(self._session, self._rules, self._caller, self._program, near)
        for invariant, subject, role in wrong:
            if roles[subject]:
                may = {ref: roles[ref] for ref in _nearby(subject, situation) if roles[ref]}
                yield Inconsistency(invariant, subject, self._repair(facts, may, (invariant, subject, role)))

    def _repair(
        self, facts: Facts, may: dict[Ref, frozenset[str]], wrong: tuple[Invariant, Ref, str | None]
    ) -> Offer | None:
        """The first button, of the record itself and then of those nearby, after which it is right."""
        invariant, subject, role = wrong

        def stays(situation: Situation) -> bool:
            return still_amiss(self._rules, invariant, situation, subject, role)

        for ref, roles in may.items():
            for each in offers(self._rules, ref, roles, facts, self._actor):
                request = Request(each.transition.id, ref, roles, role=each.role, actor=self._actor)
                if each.allowed and mends(self._rules, request, facts, stays):
                    return each  # nothing blocks it, so it names nobody
        return None


def _nearby(subject: Ref, situation: Situation) -> tuple[Ref, ...]:
    """The record itself, then the people whose it is and what they have."""
    people = situation.people(situation.record(subject))
    sides = [ref for ref in belongings(people, situation) if situation.find(ref) is not None]
    return tuple(dict.fromkeys((subject, *people, *sides)))
