"""What the database holds and the rules forbid, with the button that mends it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from server.domain.access import Sight
from server.domain.actors import Caller
from server.engine.decide import mends, offers
from server.engine.facts import Facts, Kind, Ref, Situation, kind_of
from server.engine.invariants import amiss, belongings, still_amiss
from server.engine.narrowing import suspected
from server.engine.plan import Offer, Request
from server.engine.ruleset import Invariant, Ruleset
from server.services.access import actor_of, around, roles_of, sight
from server.services.rulebook import Rulebook
from server.store.breaches import THEIRS, Suspicion, suspects
from server.store.cases import facts as load_facts
from server.store.finding import Asker
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
        self._actor, self._suspicions = actor_of(caller, program_id), _suspicions(self._rules)

    def found(self) -> list[Inconsistency]:
        """The first of them, by the people they are about; of records that the caller sees in full.

        The database finds the people whom it can suspect, and only these are loaded, :data:`AT_A_TIME` together. Where
        an invariant leaves nobody out, everybody is looked at in the same way.
        """
        full = sight(self._rules, self._caller, self._program)
        every = (each for people in self._people(full) for each in self._among(people))
        listed: dict[tuple[str, Ref], Inconsistency] = {}
        for each in every:
            listed.setdefault((each.invariant.key, each.subject), each)
            if len(listed) == LISTED:
                break
        return list(listed.values())

    def _people(self, full: Sight) -> Iterator[list[Ref]]:
        after = 0
        while page := self._page(after, full):
            after = page[-1]
            yield [Ref(Kind.USER, number) for number in page]

    def _page(self, after: int, full: Sight) -> list[int]:
        """The next people of whom something may be told."""
        if self._suspicions is None:
            return user_ids_after(self._session.connection, self._program, after, AT_A_TIME, sight=full)
        asker = Asker(self._program, self._rules, None, self._now)
        with self._session.everything() as connection:
            return suspects(connection, asker, self._suspicions, after, AT_A_TIME, sight=full)

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


def _suspicions(ruleset: Ruleset) -> list[Suspicion] | None:
    """What is suspicious, by all invariants; None: anybody may be."""
    found = list[Suspicion]()
    for invariant in ruleset.invariants:
        kind, where = kind_of(invariant.on), suspected(ruleset, invariant)
        if where is None or kind not in THEIRS:
            return None
        found.append(Suspicion(kind, where, tuple(ruleset.roles) if invariant.per_role else (None,)))
    return found


def _nearby(subject: Ref, situation: Situation) -> tuple[Ref, ...]:
    """The record itself, then the people whose it is and what they have."""
    people = situation.people(situation.record(subject))
    sides = [ref for ref in belongings(people, situation) if situation.find(ref) is not None]
    return tuple(dict.fromkeys((subject, *people, *sides)))
