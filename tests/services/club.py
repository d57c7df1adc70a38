"""A club with a flow of its own: the base program, and what its overlay declares on top."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from server.domain.actors import Caller
from server.domain.commands import Applied, Options, Registration
from server.engine.facts import Facts, Ref
from server.engine.ruleset import OWNER, Ruleset
from server.rules.loader import load_text
from server.services.changes import Changes
from server.services.fields import Fields
from server.services.offers import Offers
from server.services.people import People
from server.services.rulebook import open_rulebook
from server.store.cases import facts
from server.store.sessions import Session, Store

BASE = (Path(__file__).parents[2] / "rules" / "transitions.yaml").read_text(encoding="utf-8")
CLUB = """
extends: default
program: club
title: The club
remove:
  examples: {because: The club asks more of a match.}
change:
  roles.MENTOR.open_pairs: capacity
add:
  machines.background_check:
    label: Background check
    owner: user
    start: NONE
    statuses:
      NONE:    {label: Not begun, category: STEP}
      ORDERED: {label: Ordered, category: STEP}
      PASSED:  {label: Passed, category: FINAL}
  events.training.finished: {allow: [PROGRAM_ADMIN]}
  machines.training:
    label: Training
    owner: user
    start: OPEN
    statuses:
      OPEN: {label: Open, category: STEP}
      DONE: {label: Done, category: FINAL}
      OLD:  {label: Old, category: FINAL}
  fields:
    trained: {of: user, label: Trained, type: boolean, allow: [PROGRAM_ADMIN]}
    capacity:
      {of: persona, label: How many mentees at once, type: integer, sees: public, allow: [SITE_STAFF, PARTICIPANT]}
    languages:
      of: persona
      label: Languages
      type: choice
      several: true
      sees: public
      allow: [PARTICIPANT, PROGRAM_ADMIN]
      choices: {EN: {label: English}, DE: {label: German}, FR: {label: French}}
    checked_on: {of: user, label: Checked on, type: date, allow: [PROGRAM_ADMIN]}
    badge: {of: user, label: Badge, type: text, unique: true, allow: [PROGRAM_ADMIN]}
    buddy: {of: user, label: Buddy, type: user, allow: [PROGRAM_ADMIN]}
    meetings: {of: pair, label: Meetings, type: integer, allow: [PROGRAM_ADMIN]}
  transitions:
    report_in:
      machine: training
      label: Report in
      from: OPEN
      to: DONE
      allow: [SYSTEM]
      automatic: {on_event: training.finished}
    train:
      {machine: training, label: Train, from: OPEN, to: DONE, allow: [SYSTEM], automatic: {when: {trained: true}}}
    outgrow:
      machine: training
      label: Outgrow
      from: DONE
      to: OLD
      allow: [SYSTEM]
      automatic: {after: P365D}
      then: [{set: {trained: false}}]
    order_check:
      machine: background_check
      label: Order check
      from: NONE
      to: ORDERED
      allow: [PROGRAM_ADMIN]
    pass_check:
      machine: background_check
      label: Passed
      from: ORDERED
      to: PASSED
      allow: [PROGRAM_ADMIN]
      require:
        BADGE:
          that: {badge: set}
          otherwise: Give the person a badge first.
      then:
        - {set: {checked_on: today}}
        - {each: personas, where: {role: MENTOR}, set: {capacity: 2}, if_empty: true}
  transitions.match.require.CHECKED:
    that: {mentor: {background_check: PASSED}}
    otherwise: The mentor's background check is not passed.
  transitions.match.require.SPARE_TIME:
    that: {mentor.capacity: {more_than: 0}}
    otherwise: The mentor takes nobody at present.
"""
RULES = load_text(BASE, "transitions.yaml", {"club": CLUB}).rulesets
START = datetime(2026, 3, 1, 12, tzinfo=UTC)
PLAIN = Options()
BOSS = Caller("Olga Owner", frozenset({OWNER}))
T = TypeVar("T")


class Club:
    """A store with the club's program in it; time moves on by a minute with every act."""

    def __init__(self, store: Store, rules: Mapping[str, Ruleset] = RULES, key: str = "club") -> None:
        self.store, self.now, self.key = store, START, key
        self.book = store.mutate_now(lambda session: open_rulebook(session, rules, START))
        self.program = self.book.program(key).id
        self.rules = self.book.ruleset(self.program)
        self.people, self.changes = People(self.book, self.clock), Changes(self.book, self.clock)
        self.fields, self.offers = Fields(self.book, self.clock), Offers(self.book, self.clock)

    def clock(self) -> datetime:
        self.now += timedelta(minutes=1)
        return self.now

    def act(self, act: Callable[..., T], *given: Any, by: Caller = BOSS, **named: Any) -> T:
        return self.store.mutate_now(lambda session: act(session, by, *given, **named))

    def join(self, name: str, role: str) -> tuple[Ref, Ref]:
        asked = Registration(role, name, f"{name}@example.org", program=self.key)
        user, persona = self.act(self.people.register, asked, Options()).created
        return user, persona

    def perform(self, transition: str, subject: Ref, *, by: Caller = BOSS, **named: Any) -> Applied:
        given = {"answers": {}, "options": Options(), **named}
        return self.act(self.changes.perform, transition, subject, by=by, **given)

    def set(self, subject: Ref, by: Caller = BOSS, options: Options = PLAIN, **wishes: tuple[str, ...]) -> Applied:
        return self.act(self.fields.update, subject, wishes, options, by=by)

    def caller(self, role: str, person: Ref | None = None) -> Caller:
        return Caller("Sam", frozenset({role}), person.id if person else None, self.program)

    def known(self, *refs: Ref) -> Facts:
        def work(session: Session) -> Facts:
            return facts(session.connection, self.rules, refs, self.now)

        return self.store.query_now(work)

    def values(self, ref: Ref) -> dict[str, Any]:
        """What the fields of a record hold."""
        record = self.known(ref).records[ref]
        own = {field.key for field in self.rules.fields_of(record.sort)}
        held = {**record.values, **{key: tuple(sorted(found)) for key, found in record.lists.items()}}
        return {key: value for key, value in held.items() if key in own and value}
