"""What happens at one site never alters an answer to another, unless it touches a pair across the two."""

import json
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import timedelta
from random import Random
from typing import Any

import pytest
import strawberry

from server.domain.actors import Caller
from server.domain.commands import Options
from server.domain.errors import MatchkeeperError
from server.domain.vocabulary import MENTEE, MENTOR
from server.graphql.schema import build_schema
from server.rules.loader import load_text
from server.store.database import Store
from tests.following import BEGINNING
from tests.graphql.builders import Api
from tests.graphql.looking import RICH, Reading, followed
from tests.services.school import GOODBYE, School
from tests.serving import RULES

QUERIES, CHANGES = 24, 25
SEEDS = (0, *(pytest.param(seed, marks=pytest.mark.proof) for seed in range(1, 8)))

PERSONA = (
    "id version role createdAt statusChangedAt mentorSiteList status { key } matchStatus { key } partnerSite { id key }"
)
OFFERS = (
    "availableTransitions(includeBlocked: true) { allowed role transition { key } subject { id }"
    " blockers { code message subject { id } } warnings { code } }"
)
HISTORY = (
    "id cursor machine transition actorName note effectiveAt recordedAt from { key } to { key } answers { key value }"
    " subject { id version } causedBy { id } causes { id transition subject { id } }"
)
USER = (
    "id version name email externalId createdAt statusChangedAt status { key } statuses { machine since }"
    f" personas {{ {PERSONA} }} matches {{ id }} {OFFERS}"
    f" history(first: 5) {{ totalCount nodes {{ {HISTORY} }} pageInfo {{ hasNextPage endCursor }} }}"
)
MATCH = (
    "id version status { key } proposedBy { id name } createdAt openedAt closedAt answers { key value }"
    " canCommunicate communicationBlockers"
    f" mentor {{ {PERSONA} user {{ {USER} }} }} mentee {{ {PERSONA} user {{ {USER} }} matches {{ id }} }} {OFFERS}"
)
PAGE = "totalCount edges { cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"
NODE = f"... on User {{ {USER} }} ... on Persona {{ {PERSONA} }} ... on Match {{ {MATCH} }} ... on Site {{ id key }}"
MACHINES = ("user_status", "persona_status", "match_status", "pair_status")

OTHER = "extends: default\nprogram: other\ntitle: Other\n"

Query = tuple[str, dict[str, Any]]


class Asking:
    """Makes random queries, some of which go on from the cursors of earlier answers."""

    def __init__(self, api: Api, seed: int) -> None:
        self._api = api
        self._random = Random(seed)  # noqa: S311 - repeatable, keeps no secret
        self._cursors: dict[str, list[str]] = {}
        self._ways: tuple[Callable[[], str], ...] = (
            self._users,
            self._personas,
            self._matches,
            self._history,
            self._counts,
            self._nodes,
            self._by_name,
            lambda: "{ sites { id key name } programs { key history { totalCount } } viewer { programs { key } } }",
        )

    def answers(self, queries: Iterable[str]) -> dict[str, str]:
        """What each query is answered, byte for byte."""
        return {text: self._told(text) for text in queries}

    def first_answers(self) -> dict[str, str]:
        """Queries and what they are answered: every way of asking at least once, then any of them."""
        answers = {}
        for way in (*self._ways, *self._random.choices(self._ways, k=QUERIES - len(self._ways))):
            text = way()
            answers[text] = self._told(text)
            self._remember(json.loads(answers[text]))
        return answers

    def _told(self, text: str) -> str:
        result = self._api.run(text)
        errors = [str(error) for error in result.errors or ()]
        return json.dumps({"data": result.data, "errors": errors}, ensure_ascii=False, default=str)

    def _remember(self, told: Any) -> None:
        for name, found in (told["data"] or {}).items():
            if isinstance(found, dict) and "edges" in found:
                self._cursors.setdefault(name, []).extend(edge["cursor"] for edge in found["edges"])

    def _window(self, name: str) -> str:
        pick, size = self._random.choice, self._random.randint(1, 6)
        cursors = self._cursors.get(name) or [None]
        cursor = pick([None, pick(cursors)])
        if pick([True, True, False]):
            return f"first: {size}" + (f', after: "{cursor}"' if cursor else "")
        return f"last: {size}" + (f', before: "{cursor}"' if cursor else "")

    def _some(self, *criteria: str) -> str:
        chosen = [criterion for criterion in criteria if self._random.random() < 0.3]
        return f", filter: {{ {', '.join(chosen)} }}" if chosen else ""

    def _users(self) -> str:
        site = self._random.choice(["north", "south", "east"])
        narrowed = self._some(
            'search: "a"',
            "role: MENTEE",
            'statusIn: ["ACTIVE", "INACTIVE_WITHDRAWN"]',
            'matchStatusIn: ["MATCHED"]',
            f'partnerSite: "{site}"',
            'changedSince: "2026-01-01T12:20:00Z"',
        )
        return f"{{ users({self._window('users')}{narrowed}) {{ {PAGE} nodes {{ {USER} }} }} }}"

    def _personas(self) -> str:
        narrowed = self._some("role: MENTOR", 'statusIn: ["ACTIVE"]', 'matchStatusIn: ["RTBM", "MATCHED"]')
        rows = f"{PERSONA} user {{ id name }}"
        return f"{{ personas({self._window('personas')}{narrowed}) {{ {PAGE} nodes {{ {rows} }} }} }}"

    def _matches(self) -> str:
        user, persona = self._random.randint(1, 20), self._random.randint(1, 20)
        narrowed = self._some(
            f'userId: "User-{user}"',
            f'personaId: "Persona-{persona}"',
            'statusIn: ["OPEN", "CLOSED"]',
            'partnerSite: "north"',
        )
        return f"{{ matches({self._window('matches')}{narrowed}) {{ {PAGE} nodes {{ {MATCH} }} }} }}"

    def _history(self) -> str:
        narrowed = self._some(
            'machineIn: ["user_status"]',
            'transitionIn: ["activate", "register_user"]',
            f'subjectIdIn: ["User-{self._random.randint(1, 20)}", "Match-{self._random.randint(1, 5)}"]',
            'since: "2026-01-01T12:10:00Z"',
        )
        return f"{{ history({self._window('history')}{narrowed}) {{ {PAGE} nodes {{ {HISTORY} }} }} }}"

    def _counts(self) -> str:
        counts = (f'{name}: statusCounts(machine: "{name}") {{ status {{ key }} count }}' for name in MACHINES)
        return f"{{ program {{ {' '.join(counts)} history(last: 3) {{ totalCount nodes {{ {HISTORY} }} }} }} }}"

    def _nodes(self) -> str:
        kinds = {"User": 20, "Persona": 22, "Match": 8, "Site": 4, "StatusChange": 120}
        ids = [f'"{kind}-{self._random.randint(1, last)}"' for kind, last in kinds.items() for _ in range(4)]
        return f"{{ nodes(ids: [{', '.join(ids)}]) {{ __typename {NODE} }} }}"

    def _by_name(self) -> str:
        name = self._random.choice(["ann", "bob", "sid", "cat", "gus", "new1", "new2"])
        return f'{{ user(email: "{name}@example.org") {{ {USER} }} other: user(externalId: "no-{name}") {{ {USER} }} }}'


class Happening:
    """Random acts among the people of the south, and those of no site."""

    def __init__(self, school: School, seed: int) -> None:
        self.school = school
        self.random = Random(f"happening {seed}")  # noqa: S311 - repeatable, keeps no secret
        self.people = [school.cat, school.dan, school.gus]
        self.matches = [school.outer]
        self.done = 0
        self._names = iter(range(1, 1000))

    def go_on(self) -> None:
        for _ in range(CHANGES):
            with suppress(MatchkeeperError):
                self.random.choice((self._register, self._move, self._match, self._close, self._edit, self._place))()
                self.done += 1

    def _register(self) -> None:
        name, role = f"new{next(self._names)}", self.random.choice([MENTOR, MENTEE])
        self.people.append(self.school.ready(name, role, self.random.choice(["south", "south", None])))

    def _move(self) -> None:
        transition = self.random.choice(["withdraw", "reject", "reopen_screening", "activate", "delete_account"])
        self.school.perform(transition, self.random.choice(self.people).user)

    def _match(self) -> None:
        one, other = self.random.sample(self.people, 2)
        self.matches.append(self.school.match(one, other))

    def _close(self) -> None:
        self.school.perform("close_match", self.random.choice(self.matches), answers=GOODBYE, by=self.school.south)

    def _edit(self) -> None:
        person, number = self.random.choice(self.people), next(self._names)
        edits = {"name": f"Anna {number}", "email": f"a{number}@example.org"}
        self.school.act(self.school.people.update_user, person.user, edits, Options(note="a note"))

    def _place(self) -> None:
        persona = self.random.choice(self.people).persona
        self.school.act(self.school.people.place_persona, persona, {"partner_site": "south"}, Options())


@pytest.fixture(scope="session")
def schema() -> strawberry.Schema:
    return build_schema()


def asking(school: School, schema: strawberry.Schema, caller: Caller, seed: int) -> Asking:
    return Asking(Api(schema, school.store, school.book, caller, now=school.now + timedelta(days=1)), seed)


@pytest.mark.parametrize("who", ["north", "ann"])
@pytest.mark.parametrize("seed", SEEDS)
def test_what_happens_at_another_site_alters_no_answer(
    school: School, schema: strawberry.Schema, who: str, seed: int
) -> None:
    caller = school.north if who == "north" else school.oneself(school.ann)
    asked = asking(school, schema, caller, seed)
    before = asked.first_answers()
    happening = Happening(school, seed)
    happening.go_on()
    assert happening.done >= CHANGES // 3
    assert asked.answers(before) == before


FINDS = """
finds:
  mentors_here:
    allow: [PARTICIPANT]
    of: persona
    where: {role: MENTOR, some: {of: actor.personas, where: {partner_site: this.partner_site}}}
  people_here:
    allow: [PARTICIPANT]
    of: user
    where: {user_status: ACTIVE, some: {of: matches, where: {mentor.user: actor}}}
"""


def test_what_happens_elsewhere_alters_no_answer_to_who_finds_people_here(
    store: Store, schema: strawberry.Schema
) -> None:
    text = RULES.read_text(encoding="utf-8") + FINDS
    school = School(store, load_text(text, RULES.name, {"other": OTHER}).rulesets)
    asked = asking(school, schema, school.oneself(school.ann), 0)
    before = asked.first_answers()
    assert f"Persona-{school.bob.persona.id}" in "".join(before.values())
    happening = Happening(school, 0)
    happening.go_on()
    assert asked.answers(before) == before
    school.ready("joe", MENTOR, "north")
    assert asked.answers(before) != before


@pytest.mark.parametrize("who", ["north", "ann"])
def test_who_follows_gets_nothing_of_what_happens_at_another_site(
    school: School, schema: strawberry.Schema, who: str
) -> None:
    caller = school.north if who == "north" else school.oneself(school.ann)
    api = Api(schema, school.store, school.book, caller, now=school.now + timedelta(days=1))
    known = len(ids_listed(api))
    before = followed(api, Reading(api), RICH, BEGINNING, known)
    assert [each["id"] for each in before] == ids_listed(api)
    Happening(school, 0).go_on()
    assert followed(api, Reading(api), RICH, BEGINNING, known) == before
    school.act(school.people.update_user, school.ann.user, {"name": "Ann Other"}, Options())
    (next_one,) = followed(api, Reading(api), RICH, before[-1]["cursor"], 1)
    assert next_one["subject"] == {**next_one["subject"], "id": f"User-{school.ann.user.id}", "name": "Ann Other"}
    assert ids_listed(api) == [*(each["id"] for each in before), next_one["id"]]


def ids_listed(api: Api) -> list[str]:
    history = api.ask("{ history(first: 100) { nodes { id } pageInfo { hasNextPage } } }")["history"]
    assert not history["pageInfo"]["hasNextPage"]
    return [node["id"] for node in history["nodes"]]


def test_the_answers_are_not_alike_because_nothing_is_told(school: School, schema: strawberry.Schema) -> None:
    told = asking(school, schema, school.north, 0)
    answers = "".join(told.first_answers().values())
    assert '"errors": []' in answers
    for seen in ("ann@example.org", "bob@example.org", "note on eve", "Match-2"):
        assert seen in answers
    for unseen in ("cat@example.org", "dan@example.org", "gus@example.org", "note on sid", "Match-3"):
        assert unseen not in answers


ACROSS: dict[str, Callable[[School], Any]] = {
    "the match is closed": lambda s: s.perform("close_match", s.across, answers=GOODBYE, by=s.south),
    "the partner's persona is set aside": lambda s: s.perform(
        "inactivate_persona", s.sid.persona, options=Options(confirm=frozenset({"CUTS_COMMUNICATION"}))
    ),
}


@pytest.mark.parametrize("what", ACROSS)
def test_what_touches_a_pair_across_does_alter_answers(school: School, schema: strawberry.Schema, what: str) -> None:
    asked = asking(school, schema, school.north, 1)
    before = asked.first_answers()
    ACROSS[what](school)
    assert asked.answers(before) != before
