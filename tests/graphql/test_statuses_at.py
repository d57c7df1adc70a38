"""How records stood at a moment, from history."""

from typing import Any

import pytest

from server.domain.actors import Caller
from tests.graphql.builders import Api, Person

AT = "statusesAt(moment: $at) { machine status { key isRetired } since }"


@pytest.fixture
def ann(api: Api) -> Person:
    """Registered at 12:01, in screening from 12:02, Active from 12:03, each minute."""
    return api.person("Ann")


def stood(api: Api, moment: str, *ids: str) -> list[dict[str, tuple[str, str]]]:
    found = api.ask(
        f"query($ids: [ID!]!, $at: DateTime!) {{ nodes(ids: $ids) {{ ... on Subject {{ {AT} }} }} }}",
        ids=list(ids),
        at=moment,
    )["nodes"]
    return [
        {each["machine"]: (each["status"]["key"], each["since"][11:16]) for each in node["statusesAt"]}
        for node in found
    ]


@pytest.mark.parametrize(
    ("moment", "user", "persona"),
    [
        ("2026-01-01T12:00:59Z", {}, {}),
        (
            "2026-01-01T12:01:00Z",
            {"user_status": ("APPLICATION_INCOMPLETE", "12:01")},
            {"persona_status": ("ACTIVE", "12:01"), "match_status": ("NOT_APPLICABLE", "12:01")},
        ),
        (
            "2026-01-01T12:02:30Z",
            {"user_status": ("SCREENING_INCOMPLETE", "12:02")},
            {"persona_status": ("ACTIVE", "12:01"), "match_status": ("NOT_APPLICABLE", "12:01")},
        ),
        (
            "2027-01-01T00:00:00Z",
            {"user_status": ("ACTIVE", "12:03")},
            {"persona_status": ("ACTIVE", "12:01"), "match_status": ("RTBM", "12:03")},
        ),
    ],
)
def test_each_status_is_the_one_of_that_moment(api: Api, ann: Person, moment: str, user: Any, persona: Any) -> None:
    assert stood(api, moment, ann.user, ann.persona) == [user, persona]


def test_what_is_entered_late_counts_from_when_it_happened(api: Api, ann: Person) -> None:
    api.now = api.now.replace(hour=18)
    late = {"effectiveAt": "2026-01-01T13:00:00Z"}
    api.done("changeUserStatus", userId=ann.user, to="INACTIVE_WITHDRAWN", options=late)
    assert stood(api, "2026-01-01T12:59:59Z", ann.user) == [{"user_status": ("ACTIVE", "12:03")}]
    assert stood(api, "2026-01-01T13:00:00Z", ann.user) == [{"user_status": ("INACTIVE_WITHDRAWN", "13:00")}]


def test_a_row_that_moved_nothing_does_not_begin_the_status_anew(api: Api, ann: Person) -> None:
    api.done("updateUser", userId=ann.user, name="Anna")
    assert stood(api, "2026-01-02T00:00:00Z", ann.user) == [{"user_status": ("ACTIVE", "12:03")}]


def test_the_past_of_the_other_side_is_not_told(api: Api, ann: Person) -> None:
    ben = api.person("Ben", "MENTEE")
    api.match(ann, ben)
    oneself = api.as_(Caller("Ann", frozenset({"PARTICIPANT"}), 1, 1))
    own, other = stood(oneself, "2026-01-02T00:00:00Z", ann.persona, ben.persona)
    assert own["match_status"][0] == "MATCHED"
    assert other == {}


def test_it_costs_one_statement_a_kind_however_many_records_there_are(api: Api) -> None:
    for name in ("Ann", "Ben", "Cat", "Dan"):
        api.person(name)
    query = f"query($n: Int!, $at: DateTime!) {{ users(first: $n) {{ nodes {{ {AT} personas {{ {AT} }} }} }} }}"
    plain = "query($n: Int!) { users(first: $n) { nodes { id personas { id } } } }"
    costs = [api.statements(query, n=n, at="2026-01-02T00:00:00Z") for n in (1, 4)]
    assert costs == [api.statements(plain, n=4) + 2] * 2
