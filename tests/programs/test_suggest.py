"""The example "suggest": the office suggests, both consent, and a pair has its end; and the wish of a third consent."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from server.delivery_settings import DeliverySettings
from tests.programs.stage import Person, Stage, staged
from tests.receiving import SECRET, is_signed, receiving

DAY = timedelta(days=1)
RECORDS = """query($program: String, $kind: String!) {
  records(program: $program, filter: {kindIn: [$kind]}) { nodes { id history { nodes { answers { value } } } } } }"""


def employed(stage: Stage, name: str, role: str, department: str, **fields: str) -> Person:
    stage.register(stage.owner, name, role, fields={"department": department, **fields})
    return stage.joined(name)


def records(person: Person, kind: str) -> dict[str, list[str]]:
    """The records of a kind that somebody sees, with the answers that they see of each."""
    nodes = person.api.run(RECORDS, program=person.program, kind=kind)["records"]["nodes"]
    return {
        node["id"]: [answer["value"] for change in node["history"]["nodes"] for answer in change["answers"]]
        for node in nodes
    }


def press(person: Person, kind: str, button: str, **answers: str) -> str:
    """Presses a button on the one record of a kind where it is offered."""
    (found,) = [record for record in records(person, kind) if button in person.buttons(record)]
    return person.press(button, found, **answers)


def test_the_office_suggests_both_consent_and_the_pair_ends_on_its_day(tmp_path: Path) -> None:
    with receiving() as receiver:
        delivery = DeliverySettings(webhook_url=receiver.url, webhook_secret=SECRET)
        with staged("suggest", tmp_path, member="EMPLOYEE", delivery=delivery) as stage:
            office = stage.staff("OFFICE")
            ana, max_ = employed(stage, "Ana", "MENTOR", "SALES"), employed(stage, "Max", "MENTOR", "PLANT")
            ben = employed(stage, "Ben", "MENTEE", "PLANT", manager=ana.user)
            assert office.refused("suggest", ana.persona, ben.persona) == ["NOT_THE_MANAGER"]
            assert office.refused("suggest", max_.persona, ben.persona) == ["DEPARTMENTS"]
            office.fill(ben.user, manager=max_.user)

            lapsed = office.press("suggest", ana.persona, ben.persona)
            press(ben, "consent", "agree")
            assert stage.later(9 * DAY) == []
            assert (lapsed, "lapse") in stage.later(DAY)

            declined = office.press("suggest", ana.persona, ben.persona)
            consent = press(ana, "consent", "decline", reason="No time for him.")
            assert office.status(declined) == "DECLINED"
            assert records(office, "consent")[consent] == ["No time for him."]
            assert records(ben, "consent")[consent] == []

            pair = office.press("suggest", ana.persona, ben.persona)
            press(ben, "consent", "agree")
            assert ana.status(pair) == "SUGGESTED"
            press(ana, "consent", "agree")
            assert (ana.status(pair), ana.field(pair, "ends_on")) == ("OPEN", ["2026-09-12"])

            assert stage.until(datetime(2026, 8, 29, 7, tzinfo=UTC)) == [(pair, "remind")]
            ben.press("propose_extension", pair, until="2026-12-12")
            assert ana.refused("propose_extension", pair, until="2027-01-01") == ["ONCE"]
            assert not any("agree_extension" in ben.buttons(record) for record in records(ben, "extension"))
            press(ana, "extension", "agree_extension")
            assert ben.field(pair, "ends_on") == ["2026-12-12"]
            assert stage.until(datetime(2026, 9, 12, 9, tzinfo=UTC)) == []
            assert ben.refused("propose_extension", pair, until="2027-01-01") == ["ONCE"]

            assert stage.until(datetime(2026, 12, 11, 9, tzinfo=UTC)) == [(pair, "remind")]
            assert (pair, "end") in stage.later(DAY)
            assert (ben.status(pair), ben.told()[-1]) == ("ENDED", "ended")
            press(ben, "evaluation", "evaluate", rating="5", remarks="Go on like this.")
            assert len(records(ana, "evaluation")) == len(records(ben, "evaluation")) == 1
            assert len(records(office, "evaluation")) == 2
            office.press("suggest", ana.persona, ben.persona)
            stage.deliver()
    told = [(taken["template"], taken["recipient"]["role"], taken["subject"]) for taken in receiver.taken]
    assert sorted(told) == [("declined", "OFFICE", declined), ("lapsed", "OFFICE", lapsed)]
    assert all(is_signed(headers, body) for headers, body in zip(receiver.headers, receiver.bodies, strict=True))


def test_the_wish_the_manager_consents_too(tmp_path: Path) -> None:
    with staged("suggest", tmp_path, member="EMPLOYEE", program="suggest_manager") as stage:
        office = stage.staff("OFFICE")
        ana, max_ = employed(stage, "Ana", "MENTOR", "SALES"), employed(stage, "Max", "MENTOR", "PLANT")
        ben = employed(stage, "Ben", "MENTEE", "PLANT", manager=max_.user)
        pair = office.press("suggest", ana.persona, ben.persona)
        assert max_.told() == ["consent_asked"]
        press(ana, "consent", "agree")
        press(ben, "consent", "agree")
        assert ben.status(pair) == "SUGGESTED"
        press(max_, "consent", "agree")
        assert ben.status(pair) == "OPEN"
