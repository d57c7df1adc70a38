"""People who find and ask each other, over HTTP: a token for each of them, and a clock that the test moves."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.circle import EXAMPLES
from tests.serving import RULES, Api, serving

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
MATCHES = '{ matches(program: "circle") { nodes { id } } }'
MATCH = """query($id: ID!) { node(id: $id) { ... on Match {
  status { key } openedAt proposedBy { id name }
  mentor { user { name } matches { id } } mentee { user { name } matches { id } }
  availableTransitions { transition { key } }
  history { nodes { transition actorName from { key } to { key } } } } } }"""


@dataclass(frozen=True)
class Person:
    """Somebody with a persona, and the API as their token opens it."""

    user: str
    persona: str
    api: Api

    def ask(self, mentor: str) -> dict[str, Any]:
        wish = {"transition": "propose", "subjectId": self.persona, "partnerId": mentor}
        return self.api.act("performTransition", "subject { id } change { to { key } }", **wish)

    def press(self, transition: str, match: str) -> list[tuple[str, str]]:
        """The status it led to, or what stands against it: code and text."""
        done = self.api.act("performTransition", "change { to { key } }", transition=transition, subjectId=match)
        if done["change"]:
            return [("", done["change"]["to"]["key"])]
        return [
            (reason["code"], reason["message"])
            for error in done["userErrors"]
            for reason in error.get("blockers", [error])
        ]

    def sees(self, match: str) -> Any:
        return self.api.run(MATCH, id=match)["node"]

    def status(self, match: str) -> str:
        return str(self.sees(match)["status"]["key"])


@dataclass(frozen=True)
class Town:
    """mia and max are mentors, ned and nia mentees; all of them wait."""

    office: Api
    mia: Person
    max: Person
    ned: Person
    nia: Person

    def after(self, moment: str) -> list[tuple[str, str]]:
        """Moves the clock, and carries out what is due."""
        self.office.run("mutation($to: DateTime!) { advanceClock(to: $to) { now } }", to=moment)
        done = self.office.run('mutation { runDue(program: "circle") { subject { id } transition } }')["runDue"]
        return [(change["subject"]["id"], change["transition"]) for change in done]


def person(office: Api, name: str, role: str) -> Person:
    new = {"role": role, "name": f"{name.title()} Secret", "email": f"{name}@example.org", "program": "circle"}
    user = office.do("registerUser", "user { id personas { id } }", **new)["user"]
    office.do("finishApplication", "user { id }", userId=user["id"])
    office.do("changeUserStatus", "user { id }", userId=user["id"], to="ACTIVE")
    wish = {"name": name, "roles": ["PARTICIPANT"], "program": "circle", "userId": user["id"]}
    secret = office.do("createToken", "secret", **wish)["secret"]
    return Person(user["id"], user["personas"][0]["id"], office.as_(secret))


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    (tmp_path / "programs").mkdir()
    (tmp_path / "programs" / "circle.yaml").write_text(EXAMPLES["circle"], encoding="utf-8")
    rules = tmp_path / "transitions.yaml"
    rules.write_text(RULES.read_text(encoding="utf-8"), encoding="utf-8")
    with serving(f"sqlite:///{tmp_path / 'town.db'}", rules, test_clock=MONDAY, scheduler=False) as api:
        mentors = [person(api, name, "MENTOR") for name in ("mia", "max")]
        yield Town(api, *mentors, *(person(api, name, "MENTEE") for name in ("ned", "nia")))


def asked(mentee: Person, mentor: Person) -> str:
    done = mentee.ask(mentor.persona)
    assert done["userErrors"] == []
    return str(done["subject"]["id"])


def test_a_mentee_asks_two_mentors_and_the_first_who_accepts_is_the_mentor(town: Town) -> None:
    first, second = asked(town.ned, town.mia), asked(town.ned, town.max)
    rival = asked(town.nia, town.mia)
    assert [town.ned.status(match) for match in (first, second)] == ["PROPOSED", "PROPOSED"]
    assert town.mia.press("accept", first) == [("", "OPEN")]
    assert [town.mia.status(match) for match in (first, rival)] == ["OPEN", "LAPSED"]
    assert town.max.status(second) == "LAPSED"
    assert town.max.press("accept", second)[0][0] == "WRONG_STATUS"
    # What follows for other people is told to nobody, and stands in their own history.
    assert town.nia.sees(rival)["history"]["nodes"][-1]["transition"] == "lapse_proposal"


def test_only_the_one_who_was_asked_may_accept_or_decline(town: Town) -> None:
    match = asked(town.ned, town.mia)
    told = [("NOT_PERMITTED", "Accept is for: the mentor of this match.")]
    assert town.ned.press("accept", match) == told
    stranger = [("NOT_FOUND", f"There is no Match {match}, or you may not see it.")]
    assert town.max.press("accept", match) == town.nia.press("accept", match) == stranger
    keys = {
        who: {option["transition"]["key"] for option in someone.sees(match)["availableTransitions"]}
        for who, someone in {"ned": town.ned, "mia": town.mia}.items()
    }
    assert keys == {"ned": {"take_back"}, "mia": {"accept", "decline"}}
    assert town.mia.press("decline", match) == [("", "DECLINED")]


def test_only_the_proposer_takes_it_back(town: Town) -> None:
    match = asked(town.ned, town.mia)
    assert town.mia.press("take_back", match) == [("NOT_PERMITTED", "Take back is for: whoever proposed it.")]
    assert town.ned.press("take_back", match) == [("", "WITHDRAWN")]


def test_an_unanswered_proposal_lapses_after_14_days(town: Town) -> None:
    match = asked(town.ned, town.mia)
    assert town.after("2026-03-16T08:59:59Z") == []
    assert town.after("2026-03-16T09:00:00Z") == [(match, "lapse_proposal")]
    assert town.mia.press("accept", match)[0][0] == "WRONG_STATUS"


def test_the_two_learn_each_others_first_name_and_strangers_nothing(town: Town) -> None:
    match, other = asked(town.ned, town.mia), asked(town.nia, town.mia)
    seen = town.mia.sees(match)
    assert seen["proposedBy"] == {"id": town.ned.user, "name": "Ned"}
    assert (seen["mentee"]["user"]["name"], seen["openedAt"]) == ("Ned", None)
    seen = town.ned.sees(match)
    assert (seen["proposedBy"]["name"], seen["mentor"]["user"]["name"]) == ("Ned Secret", "Mia")
    # Of the mentor ned sees nothing but the match with himself.
    assert seen["mentor"]["matches"] == [{"id": match}]
    assert (town.max.sees(match), town.ned.sees(other)) == (None, None)
    listed = [someone.api.run(MATCHES)["matches"]["nodes"] for someone in (town.ned, town.nia, town.max)]
    assert listed == [[{"id": match}], [{"id": other}], []]


def test_a_proposer_whom_one_may_not_know_is_not_shown(town: Town) -> None:
    wish = {"name": "Desk", "roles": ["PROGRAM_ADMIN"], "program": "circle", "userId": town.max.user}
    desk = town.office.as_(town.office.do("createToken", "secret", **wish)["secret"])
    wish = {"mentorPersonaId": town.mia.persona, "menteePersonaId": town.ned.persona}
    match = desk.do("matchPersonas", "match { id }", **wish)["match"]["id"]
    assert desk.run(MATCH, id=match)["node"]["proposedBy"] == {"id": town.max.user, "name": "Max Secret"}
    assert town.ned.sees(match)["proposedBy"] is None


def test_who_cannot_be_asked_is_not_told_from_nobody(town: Town) -> None:
    answers = [town.ned.ask(persona)["userErrors"] for persona in (town.nia.persona, "Persona-9999")]
    answers += [town.mia.ask(town.max.persona)["userErrors"], town.mia.ask(town.ned.persona)["userErrors"]]
    assert [[(e["code"], e["path"]) for e in errors] for errors in answers] == [
        [("NOT_FOUND", ["input", "partnerId"])]
    ] * 4
    assert town.office.run(MATCHES)["matches"]["nodes"] == []
