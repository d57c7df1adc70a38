"""The example "checks": nobody meets before everybody concerned has said yes; and the wish for two guardians."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from server.delivery_settings import DeliverySettings
from tests.programs.stage import Person, Stage, staged
from tests.receiving import SECRET, Receiver, receiving

DAY = timedelta(days=1)
MAY_WRITE = "query($id: ID!) { match(id: $id) { canCommunicate } }"
NAMES = "query($program: String) { users(program: $program) { nodes { name } } }"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as opened:
        yield opened


@dataclass(frozen=True)
class Charity:
    """``sam`` and ``sue`` are staff, ``guard`` safeguards; ``ana`` is a mentor, ``kim`` a child, ``pat`` a guardian."""

    sam: Person
    sue: Person
    guard: Person
    ana: Person
    kim: Person
    pat: Person


def charity(stage: Stage) -> Charity:
    for name in ("Sam", "Sue", "Pat", "Pia"):
        stage.register(stage.owner, name, "MENTOR", transition="register_beside")
    sam, sue = stage.joined("Sam", "STAFF"), stage.joined("Sue", "STAFF")
    sam.api.do("addSite", "site { id }", program=stage.program, key="hill", name="Hill School")
    stage.register(sam.api, "Ana", "MENTOR")
    stage.register(sam.api, "Kim", "MENTEE", partnerSite="hill")
    return Charity(sam, sue, stage.staff("SAFEGUARDING"), stage.joined("Ana"), stage.joined("Kim"), stage.joined("Pat"))


def check_mentor(staff: Person, mentor: Person) -> None:
    for referee in ("Rae", "Roy"):
        staff.press("good_reference", staff.press("ask_reference", mentor.user, referee=referee))
    for step in ("order_check", "pass_check", "train"):
        staff.press(step, mentor.user)


def may_write(person: Person, pair: str) -> bool:
    return bool(person.api.run(MAY_WRITE, id=pair)["match"]["canCommunicate"])


def agree(stage: Stage, at: Charity) -> None:
    """The guardian and the school say yes to the child's part."""
    at.pat.press("give_consent", at.sam.press("ask_consent", at.kim.user, at.pat.user))
    wish = {"name": "School", "roles": ["SCHOOL"], "program": stage.program, "site": "hill"}
    school = Person(stage.program, stage.owner.as_(str(stage.owner.do("createToken", "secret", **wish)["secret"])))
    school.press("agree_at_school", at.kim.persona)


def test_a_pair_needs_every_check_and_every_yes(tmp_path: Path, receiver: Receiver) -> None:
    delivery = DeliverySettings(webhook_url=receiver.url, webhook_secret=SECRET)
    with staged("checks", tmp_path, member="MEMBER", delivery=delivery) as stage:
        at = charity(stage)
        assert at.sam.refused("propose", at.ana.persona, at.kim.persona) == ["MENTOR", "CHILD"]
        check_mentor(at.sam, at.ana)
        agree(stage, at)

        pair = at.sam.press("propose", at.ana.persona, at.kim.persona)
        (approval,) = at.pat.records("approval", pair)
        assert at.sam.refused("look_again", pair) == ["NOT_PERMITTED"]
        assert at.ana.refused("guardian_approves", approval) == ["NOT_PERMITTED"]
        at.pat.press("guardian_approves", approval)
        at.sue.press("look_again", pair)
        assert at.ana.status(pair) == "PROPOSED"
        at.ana.press("mentor_approves", pair)
        assert (at.kim.status(pair), may_write(at.kim, pair)) == ("AGREED", False)
        at.sam.press("note_first_meeting", pair, day="2026-03-01")
        assert (at.kim.status(pair), may_write(at.kim, pair)) == ("MEETING", True)

        at.ana.press("raise_concern", at.ana.persona, what_happened="Kim came with a bruise.")
        (concern,) = at.guard.records("concern", at.ana.persona)
        assert (at.kim.status(pair), may_write(at.kim, pair)) == ("PAUSED", False)
        assert at.kim.records("concern", at.ana.persona) == []
        assert last_actor(at.kim, pair) == "The platform itself"  # who raised it, the other does not learn
        assert (said(at.guard, concern), said(at.sam, concern)) == (["Kim came with a bruise."], [])
        assert at.sam.refused("settle_concern", concern, verdict="END") == ["NOT_PERMITTED"]
        at.guard.press("settle_concern", concern, verdict="GO_ON")
        assert at.kim.status(pair) == "MEETING"

        done = stage.later(3 * 366 * DAY)
        assert (at.ana.user, "expire_check") in done
        assert (at.kim.status(pair), at.ana.status(at.ana.user, "background")) == ("PAUSED", "EXPIRED")
        at.sam.press("order_check", at.ana.user)
        at.sam.press("pass_check", at.ana.user)
        assert at.kim.status(pair) == "MEETING"

        at.guard.press("remove", at.ana.user)
        assert at.kim.status(pair) == "ENDED"
        assert "Ana" not in [node["name"] for node in at.sam.api.run(NAMES, program="checks")["users"]["nodes"]]
        stage.deliver()
        assert {taken["template"] for taken in receiver.taken} == {"concern_raised", "check_expired"}


def last_actor(person: Person, pair: str) -> str:
    query = "query($id: ID!) { match(id: $id) { history { nodes { actorName } } } }"
    return str(person.api.run(query, id=pair)["match"]["history"]["nodes"][-1]["actorName"])


def said(person: Person, record: str) -> list[str]:
    """The answers that somebody reads in the history of a record."""
    query = "query($id: ID!) { record(id: $id) { history { nodes { answers { value } } } } }"
    nodes = person.api.run(query, id=record)["record"]["history"]["nodes"]
    return [answer["value"] for node in nodes for answer in node["answers"]]


def test_the_wish_two_guardians(tmp_path: Path) -> None:
    with staged("checks", tmp_path, member="MEMBER", program="checks_two_guardians") as stage:
        at = charity(stage)
        check_mentor(at.sam, at.ana)
        agree(stage, at)
        assert at.sam.refused("propose", at.ana.persona, at.kim.persona) == ["CHILD"]
        pia = stage.joined("Pia")
        pia.press("give_consent", at.sam.press("ask_consent", at.kim.user, pia.user))
        pair = at.sam.press("propose", at.ana.persona, at.kim.persona)
        at.ana.press("mentor_approves", pair)
        at.sue.press("look_again", pair)
        at.pat.press("guardian_approves", at.pat.records("approval", pair)[0])
        assert at.ana.status(pair) == "PROPOSED"
        (own,) = [each for each in pia.records("approval", pair) if "guardian_approves" in pia.buttons(each)]
        pia.press("guardian_approves", own)
        assert at.ana.status(pair) == "AGREED"
