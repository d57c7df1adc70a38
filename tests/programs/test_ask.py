"""The example "ask": members who find and ask each other, each with nothing but their own token; and their wish."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from server.delivery_settings import DeliverySettings
from tests.programs.stage import Person, Stage, staged
from tests.receiving import Mailbox, mailbox

DAY = timedelta(days=1)
FOUND = "query($program: String) { personas(program: $program, filter: {role: MENTOR}) { nodes { id user { name } } } }"


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mailbox() as opened:
        yield opened


def member(stage: Stage, name: str, role: str, **fields: str) -> Person:
    """Somebody who comes without a token, then signs in and confirms."""
    given = {"phone": f"555 {name}", **fields}
    stage.register(replace(stage.owner, token=None), name, role, ["HOUSE_RULES"], fields=given)
    person = stage.joined(name)
    person.press("confirm", person.user)
    return person


def found(mentee: Person) -> list[str]:
    nodes = mentee.api.run(FOUND, program=mentee.program)["personas"]["nodes"]
    return [node["user"]["name"] for node in nodes]


def ask(mentee: Person, mentor: Person) -> str:
    return mentee.press("request", mentee.persona, mentor.persona, letter="To speak in public.")


def test_members_find_ask_and_meet_each_other(tmp_path: Path, box: Mailbox) -> None:
    delivery = DeliverySettings(smtp_url=box.url, mail_from="mentoring@association.example")
    with staged("ask", tmp_path, member="MEMBER", delivery=delivery) as stage:
        ana, max_, eva = (member(stage, name, "MENTOR") for name in ("Ana", "Max", "Eva"))
        ida = member(stage, "Ida", "MENTOR", capacity="2")
        ben = member(stage, "Ben", "MENTEE")
        assert found(ben) == ["Ana", "Max", "Eva", "Ida"]
        assert found(ana) == ["Ana"]

        to_ana, to_max, to_eva = (ask(ben, mentor) for mentor in (ana, max_, eva))
        assert ben.refused("request", ben.persona, ida.persona, letter="Please.") == ["LEFT"]
        assert (ben.buttons(to_ana), ana.buttons(to_ana)) == ({"withdraw"}, {"accept", "decline"})
        assert max_.refused("accept", to_ana) == ["NOT_FOUND"]
        max_.press("decline", to_max, reason="NO_TIME")
        assert ben.refused("request", ben.persona, max_.persona, letter="Please.") == ["PEACE"]

        assert stage.later(7 * DAY) == [(to_ana, "remind"), (to_eva, "remind")]
        assert ben.field(ana.user, "phone") == []
        ana.press("accept", to_ana)
        assert (ana.status(to_ana), eva.status(to_eva)) == ("ACQUAINTED", "OVERTAKEN")
        assert (ben.field(ana.user, "phone"), ana.field(ben.user, "phone")) == (["555 Ana"], ["555 Ben"])
        assert eva.field(ben.user, "phone") == []
        assert found(ben) == ["Max", "Eva", "Ida"]  # Ana has no room now
        assert (ben.told()[1:], eva.told()[1:]) == (["declined", "accepted"], ["asked", "no_answer_yet", "overtaken"])

        met = ana.press("log_meeting", to_ana, day="2026-03-08")
        assert ben.field(met, "held_on") == ["2026-03-08"]
        assert (ben.buttons(met), ana.buttons(met)) == (set(), {"take_back_meeting"})
        ben.fill(to_ana, goals="A talk in spring.")
        ben.press("get_going", to_ana)
        ana.press("pause", to_ana)
        ben.press("go_on", to_ana)
        assert ben.status(to_ana) == "UNDERWAY"
        ben.press("end", to_ana)
        assert (ben.field(ana.user, "phone"), found(ben)) == ([], ["Ana", "Max", "Eva", "Ida"])

        stage.deliver()
        subjects = [letter["Subject"] for letter in box.letters if letter["To"] == "ben@example.org"]
        assert sorted(subjects) == [
            "Ana has accepted",
            "Max has declined",
            "Welcome to Mentors of the association",
            "Your pair has ended",
        ]


def test_the_wish_five_at_once_and_ten_days(tmp_path: Path) -> None:
    with staged("ask", tmp_path, member="MEMBER", program="ask_more") as stage:
        names = ("Ana", "Max", "Eva", "Ida", "Tim", "Lea")
        ana, *others, last = [member(stage, name, "MENTOR") for name in names]
        ben = member(stage, "Ben", "MENTEE")
        requests = [ask(ben, mentor) for mentor in (ana, *others)]
        assert ben.refused("request", ben.persona, last.persona, letter="Please.") == ["LEFT"]
        assert stage.later(5 * DAY) == [(request, "remind") for request in requests]
        assert stage.later(3 * DAY) == [(request, "remind") for request in requests]
        assert stage.later(2 * DAY - timedelta(seconds=1)) == []
        assert stage.later(timedelta(seconds=1)) == [(request, "lapse") for request in requests]
        assert ana.told() == ["please_confirm", "asked", "no_answer_yet", "no_answer_yet"]
        assert ben.told() == ["please_confirm", *["lapsed"] * 5]
