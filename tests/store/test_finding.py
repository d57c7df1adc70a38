"""The database chooses the very records that the engine would: both are asked the same conditions of random worlds."""

from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count, product
from random import Random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select

from server.domain.access import EVERYTHING
from server.engine.conditions import All, AnyOf, At, Condition, Count, Not
from server.engine.facts import Facts, Kind, Ref, Situation
from server.engine.finding import Selection
from server.engine.narrowing import suspected
from server.engine.paths import Path, Scope
from server.engine.places import Place
from server.engine.ruleset import Invariant
from server.engine.values import Constant, order_key
from server.rules.loader import load_text
from server.store.breaches import Suspicion, suspects
from server.store.cases import load_facts
from server.store.database import Store
from server.store.declared_tables import declared_statuses, field_values
from server.store.finding import Asker, chosen
from server.store.sessions import Session
from server.store.surroundings import around
from server.store.tables import acts, matches, personas, programs, sites, status_changes, users
from tests.rules.builders import SHIPPED

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
WORLDS = 8
CONDITIONS = 12
PARTS = {
    "user": [
        "{user_status: [ACTIVE, SCREENING_INCOMPLETE]}",
        "{check: PASSED}",
        "{badge: set}",
        "{badge: empty}",
        "{badge: A}",
        "{checked_on: {before: today}}",
        "{checked_on: {not_before: actor.checked_on}}",
        "{trained: true}",
        "{buddy: set}",
        "{been: {user_status: INACTIVE_WITHDRAWN}}",
        "{been: {check: [ORDERED, NONE]}}",
        "{some: {of: personas, where: {role: MENTOR, match_status: RTBM}}}",
        "{count: {of: personas, where: {capacity: {more_than: 1}}, exactly: 1}}",
        "{count: {of: matches, at_least: 2}}",
        "{count: {of: matches, at_most: rank}}",
        "{count: {of: matches, at_most: 1, where: {pair_status: OPEN}}}",
        "{self: actor}",
        "{actor: buddy}",
        "{actor: friends}",
        "{some: {of: matches, where: {any: [{mentor.user: actor}, {mentee.user: actor}]}}}",
        "{actor.user_status: ACTIVE}",
        "{actor: {trained: true}}",
        "{program.season: {not_before: this.checked_on}}",
    ],
    "persona": [
        "{role: MENTOR}",
        "{persona_status: ACTIVE, match_status: [RTBM, MATCHED]}",
        "{user_status: ACTIVE}",
        "{user: {check: PASSED}}",
        "{user: {not: {badge: set}}}",
        "{partner_site: set}",
        "{mentor_site_list: empty}",
        "{capacity: {at_least: 2, less_than: 10}}",
        "{capacity: 10}",
        "{languages: [EN, DE]}",
        "{languages: empty}",
        "{match: {pair_status: OPEN}}",
        "{match.pair_status: CLOSED}",
        "{partner: {match_status: MATCHED}}",
        "{partner.partner_site: this.partner_site}",
        "{partner.user: actor}",
        "{match: {proposer: actor}}",
        "{none: {of: matches, where: {pair_status: OPEN}}}",
        "{some: {of: personas, where: {not: {self: this}, role: this.role}}}",
        "{some: {of: actor.personas, where: {partner_site: this.partner_site, not: {role: this.role}}}}",
        "{some: {of: actor.personas, where: {capacity: {more_than: this.capacity}}}}",
        "{none: {of: actor.matches, where: {any: [{mentor: this}, {mentee: this}]}}}",
        "{actor: user}",
        "{match.meetings: {more_than: 0}}",
        "{program.phase: OPEN}",
        "{site: {free: {more_than: 1}, program.phase: OPEN}}",
        "{partner.site: this.site}",
        "{site.free: {at_least: this.capacity}}",
    ],
    "pair": [
        "{pair_status: OPEN}",
        "{mentor.partner_site: mentee.partner_site}".replace("mentee.", "this.mentee."),
        "{mentor: {user_status: ACTIVE}, mentee.match_status: MATCHED}",
        "{proposer: {user_status: ACTIVE}}",
        "{not: {actor: proposer}}",
        "{actor: [mentor.user, mentee.buddy]}",
        "{count: {of: sides, where: {languages: EN}, exactly: 2}}",
        "{meetings: {at_least: this.mentor.capacity}}",
        "{been: {pair_status: CLOSED}}",
        "{mentor: {match: {self: this}}}",
        "{mentor.site: this.mentee.site}",
        "{program: {season: set}, mentee.site.free: 2}",
    ],
}
OVERLAY = """
extends: default
program: seeing
title: Seeing
add:
  machines.check:
    label: Check
    owner: user
    start: NONE
    statuses:
      NONE: {label: None, category: STEP}
      ORDERED: {label: Ordered, category: STEP}
      PASSED: {label: Passed, category: FINAL}
  machines.phase:
    label: Phase
    owner: program
    start: SHUT
    statuses: {SHUT: {label: Shut, category: STEP}, OPEN: {label: Open, category: STEP}}
  machines.agreement:
    label: Agreement
    owner: site
    start: DRAFT
    statuses: {DRAFT: {label: Draft, category: STEP}, SIGNED: {label: Signed, category: STEP}}
  transitions:
    sign: {machine: agreement, label: Sign, from: DRAFT, to: SIGNED, allow: [PROGRAM_ADMIN]}
    open_up: {machine: phase, label: Open, from: SHUT, to: OPEN, allow: [PROGRAM_ADMIN]}
    order: {machine: check, label: Order, from: NONE, to: ORDERED, allow: [PROGRAM_ADMIN]}
    pass: {machine: check, label: Pass, from: ORDERED, to: PASSED, allow: [PROGRAM_ADMIN]}
  fields:
    trained: {of: user, label: Trained, type: boolean}
    checked_on: {of: user, label: Checked on, type: date}
    badge: {of: user, label: Badge, type: text}
    rank: {of: user, label: Rank, type: integer}
    buddy: {of: user, label: Buddy, type: user}
    friends: {of: user, label: Friends, type: user, several: true}
    capacity: {of: persona, label: Capacity, type: integer}
    languages:
      {of: persona, label: Languages, type: choice, several: true, choices: {EN: {label: E}, DE: {label: D}}}
    meetings: {of: pair, label: Meetings, type: integer}
    season: {of: program, label: Season, type: date}
    free: {of: site, label: Free, type: integer}
  finds:
"""
FINDS = "".join(
    f"    {kind}_{number}: {{allow: [PARTICIPANT], of: {kind}, where: {part}}}\n"
    for kind, parts in PARTS.items()
    for number, part in enumerate(parts)
)
RULES = load_text(SHIPPED.read_text(encoding="utf-8"), "base.yaml", {"seeing": OVERLAY + FINDS}).rulesets["seeing"]
KINDS = (Kind.USER, Kind.PERSONA, Kind.PAIR)
ASKED = {
    kind: [find.chosen.where for find in RULES.finds.values() if find.chosen.kind is kind and find.chosen.where]
    for kind in KINDS
}
STATUSES = {key: list(machine.statuses) for key, machine in RULES.machines.items()}
HOPS = {Kind.USER: (), Kind.PERSONA: (("user", Kind.USER), ("partner", Kind.PERSONA), ("match", Kind.PAIR))}
HOPS[Kind.PAIR] = (("MENTOR", Kind.PERSONA), ("MENTEE", Kind.PERSONA), ("proposer", Kind.USER))
LISTS = {
    Kind.USER: (("personas", Kind.PERSONA), ("matches", Kind.PAIR)),
    Kind.PERSONA: (("personas", Kind.PERSONA), ("matches", Kind.PAIR)),
    Kind.PAIR: (("sides", Kind.PERSONA),),
}
_programs = count(1)


def a_condition(random: Random, kind: Kind, depth: int = 2) -> Condition:
    """One of the parts, or several put together in some way. ``this`` is of the same kind in all of them."""
    ways = ["part", "part", "not", "any", "all", "at", "count"] if depth else ["part"]
    way = random.choice(ways)
    if way == "not":
        return Not(a_condition(random, kind, depth - 1))
    if way in {"any", "all"}:
        parts = tuple(a_condition(random, kind, depth - 1) for _ in range(2))
        return AnyOf(parts) if way == "any" else All(parts)
    if way == "at" and HOPS[kind]:
        link, there = random.choice(HOPS[kind])
        return At(Path(link, links=(link,)), a_condition(random, there, 0) if there is kind else plain(random, there))
    if way == "count":
        many, there = random.choice(LISTS[kind])
        least = random.randint(0, 2)
        most = random.choice([None, least, 2])
        limits = (None if limit is None else Constant(str(limit)) for limit in (least, most))
        return Count(Path(many, many=many), plain(random, there), *limits)
    return random.choice(ASKED[kind])


def seeded(seed: int) -> Random:
    return Random(seed)  # noqa: S311 - repeatable, keeps no secret


def plain(random: Random, kind: Kind) -> Condition:
    """A part that says nothing of ``this``: it can be asked of a record of any other."""
    return random.choice([part for part in ASKED[kind] if "'this'" not in repr(part)])


class World:
    """Rows written at random into a program of its own, by no rules: also what could never come about."""

    def __init__(self, session: Any, random: Random) -> None:
        self.random, self.connection = random, session.connection
        self.program = self._add(programs, key=f"p{next(_programs)}", name="P", version=1)
        act = {"name": "a", "subject_kind": "user", "subject_id": 0, "actor_roles": [], "answers": {}, "revision": "r"}
        self.act = self._add(acts, program_id=self.program, effective_at=NOW, recorded_at=NOW, **act)
        self.sites = [self._add(sites, program_id=self.program, key=key, name=key, version=1) for key in ("n", "s")]
        if random.random() < 0.5:
            there = {"subject_kind": "program", "subject_id": self.program, "machine": "phase", "since": NOW}
            self._put(declared_statuses, program_id=self.program, status="OPEN", **there)
        self.users = [self._user() for _ in range(random.randint(2, 4))]
        self.personas = [self._persona() for _ in range(random.randint(2, 6))]
        self.pairs = [self._pair() for _ in range(random.randint(0, 5))]
        self._fields()

    def _add(self, table: Any, **values: Any) -> int:
        return int(self._put(table, **values).inserted_primary_key[0])

    def _put(self, table: Any, **values: Any) -> Any:
        return self.connection.execute(insert(table).values(**values))

    def _status(self, machine: str) -> dict[str, Any]:
        return {machine: self.random.choice(STATUSES[machine]), f"{machine}_since": NOW}

    def _user(self) -> int:
        plain = {"name": "N", "created_at": NOW, "version": 1, "name_key": "n", "search_text": "n"}
        status = self._status("user_status")
        user = self._add(users, program_id=self.program, **plain, **status)
        self._past("user", user, "user_status", status["user_status"])
        if self.random.random() < 0.6:
            row = {"subject_kind": "user", "subject_id": user, "machine": "check", "since": NOW}
            now = self.random.choice(STATUSES["check"])
            self._put(declared_statuses, program_id=self.program, status=now, **row)
            self._past("user", user, "check", now)
        return user

    def _past(self, kind: str, number: int, machine: str, now: str) -> None:
        """What it was before, if anything, and at last what it is."""
        row = {"subject_kind": kind, "subject_id": number, "machine": machine, "transition": "t", "by_platform": False}
        before = [self.random.choice(STATUSES[machine]) for _ in range(self.random.randint(0, 2))]
        for after in (*before, now) if before else ():
            row |= {"program_id": self.program, "act_id": self.act, "effective_at": NOW}
            self._add(status_changes, after=after, **row)

    def _persona(self) -> int:
        pick = self.random.choice
        placed = {"site_id": pick([*self.sites, None]), "mentor_site_list": pick(["pool", None])}
        plain = {"role": pick(["MENTOR", "MENTEE"]), "user_id": pick(self.users), "created_at": NOW, "version": 1}
        status = self._status("persona_status") | self._status("match_status")
        return self._add(personas, program_id=self.program, **plain, **placed, **status)

    def _pair(self) -> int:
        pick = self.random.choice
        status = self._status("pair_status")
        sides = dict(zip(("mentor_id", "mentee_id"), self.random.sample(self.personas, 2), strict=True))
        plain = {
            "status_act_id": self.act,
            "created_at": NOW,
            "version": 1,
            "proposed_by_id": pick([*self.users, None]),
        }
        pair = self._add(matches, program_id=self.program, **plain, **sides, **status)
        self._past("pair", pair, "pair_status", status["pair_status"])
        return pair

    def _ids(self) -> dict[str, list[int]]:
        own = {"user": self.users, "persona": self.personas, "pair": self.pairs}
        return {**own, "program": [self.program], "site": self.sites}

    def _fields(self) -> None:
        pick, ids = self.random.choice, self._ids()
        day = NOW.date() + timedelta(days=self.random.randint(-1, 1))
        values = {
            "trained": lambda: pick(["true", "false"]),
            "checked_on": lambda: pick([day.isoformat(), "2026-01-31"]),
            "badge": lambda: pick(["A", "a"]),
            "rank": lambda: pick(["0", "1", "2"]),
            "buddy": lambda: f"User-{pick(self.users)}",
            "friends": lambda: f"User-{pick(self.users)}",
            "capacity": lambda: pick(["1", "2", "10", "-3"]),
            "languages": lambda: pick(["EN", "DE"]),
            "meetings": lambda: pick(["0", "2"]),
            "season": lambda: pick([day.isoformat(), "2026-01-31"]),
            "free": lambda: pick(["1", "2"]),
        }
        for key, value in values.items():
            field = RULES.fields[key]
            for number in ids[field.owner.value]:
                held = {value() for _ in range(self.random.randint(0, 2 if field.several else 1))}
                for position, text in enumerate(sorted(held)):
                    row = {"subject_kind": field.owner.value, "subject_id": number, "field": key, "position": position}
                    row |= {"value": text, "order_key": order_key(field.type, text)}
                    self._put(field_values, program_id=self.program, **row)

    def asked(self, kind: Kind, where: Condition, actor: Ref | None) -> frozenset[int]:
        asker = Asker(self.program, RULES, actor, NOW)
        return chosen(self.connection, asker, Selection(kind, frozenset({"PARTICIPANT"}), where))

    def suspected(self, *suspicions: Suspicion) -> list[int]:
        """All whom they find, two at a time."""
        asker, found, after = Asker(self.program, RULES, None, NOW), list[int](), 0
        while page := suspects(self.connection, asker, suspicions, after, 2, sight=EVERYTHING):
            found += page
            after = page[-1]
        return found


def by_engine(
    facts: Facts, kind: Kind, where: Condition, actor: Ref | None, only_role: str | None = None
) -> frozenset[int]:
    situation, terms = Situation(facts), RULES.terms
    scopes = {
        ref.id: Scope(situation, record, record, terms=terms, actor=actor, only_role=only_role)
        for ref, record in facts.records.items()
        if ref.kind is kind
    }
    return frozenset(number for number, scope in scopes.items() if where.holds(scope) is True)


def test_the_parts_are_many_enough_to_say_something() -> None:
    assert {kind.value: len(parts) for kind, parts in ASKED.items()} == {k: len(parts) for k, parts in PARTS.items()}


def test_the_database_and_the_engine_choose_the_same_records(store: Store) -> None:
    told: set[bool] = set()

    @settings(max_examples=WORLDS, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
    @given(st.integers(0, 2**32))
    def compare(seed: int) -> None:
        random = seeded(seed)

        def work(session: Session) -> None:
            session.act(lambda unit: compared(World(unit, random), random))

        store.mutate_now(work)

    def compared(world: World, random: Random) -> None:
        near = around(world.connection, RULES.surroundings, [], world.users)
        facts = load_facts(world.connection, RULES, world.users, near, NOW)
        cases = [(kind, where) for kind in KINDS for where in ASKED[kind]]
        cases += [(kind, a_condition(random, kind)) for kind in KINDS for _ in range(CONDITIONS)]
        for kind, where in cases:
            actor = Ref(Kind.USER, random.choice(world.users))
            found = world.asked(kind, where, actor)
            assert found == by_engine(facts, kind, where, actor), where
            told.add(bool(found))

    compare()
    assert told == {True, False}


def owners(facts: Facts, kind: Kind, numbers: frozenset[int]) -> set[int]:
    """The people whose records these are."""
    situation = Situation(facts)
    return {user.id for number in numbers for user in situation.people(situation.record(Ref(kind, number)))}


def test_whoever_breaks_an_invariant_is_suspected_and_hardly_anybody_else(store: Store) -> None:
    told, needless = set[bool](), 0

    def compared(world: World, random: Random) -> int:
        near = around(world.connection, RULES.surroundings, [], world.users)
        facts = load_facts(world.connection, RULES, world.users, near, NOW)
        more = 0
        for kind, _ in product(KINDS, range(CONDITIONS)):
            never, roles = a_condition(random, kind), random.choice([(None,), tuple(RULES.roles)])
            where = suspected(RULES, Invariant("i", kind, roles != (None,), never, "Because.", Place("rules.yaml", 1)))
            wrong = frozenset().union(*(by_engine(facts, kind, never, None, role) for role in roles))
            guilty = owners(facts, kind, wrong)
            found = set(world.users) if where is None else set(world.suspected(Suspicion(kind, where, roles)))
            assert guilty <= found, never
            told.add(bool(guilty))
            more += len(found) > len(guilty)
        return more

    for seed in range(WORLDS // 3):
        random = seeded(seed)
        act = partial(lambda own, unit: compared(World(unit, own), own), random)
        needless += store.mutate_now(lambda session, act=act: session.act(act))
    assert told == {True, False}
    assert needless < CONDITIONS * len(KINDS) * WORLDS // 3 // 3


def test_a_choice_is_asked_of_some_records_only(store: Store) -> None:
    def work(session: Session) -> None:
        def act(unit: Any) -> None:
            world = World(unit, seeded(1))
            asker = Asker(world.program, RULES, None, NOW)
            everybody = Selection(Kind.USER, frozenset({"PARTICIPANT"}), None)
            assert chosen(unit.connection, asker, everybody) == set(world.users)
            assert chosen(unit.connection, asker, everybody, world.users[:1]) == set(world.users[:1])

        session.act(act)

    store.mutate_now(work)


def test_records_of_another_program_are_never_chosen(store: Store) -> None:
    def work(session: Session) -> None:
        def act(unit: Any) -> None:
            World(unit, seeded(1))
            other = Asker(World(unit, seeded(2)).program, RULES, None, NOW)
            found = chosen(unit.connection, other, Selection(Kind.USER, frozenset({"PARTICIPANT"}), None))
            home = select(users.c.id).where(users.c.program_id == other.program_id)
            assert found == set(unit.connection.scalars(home))

        session.act(act)

    store.mutate_now(work)
