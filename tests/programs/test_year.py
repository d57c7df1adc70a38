"""The example "year": the phases of a school year gate everything; and the wish for a second registration."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

from tests.programs.stage import Person, Stage, staged

DAY = timedelta(days=1)
MONDAY = date(2026, 3, 2)
BULK = """mutation($input: BulkByFilterInput!) {
  bulkTransitionByFilter(input: $input) { changedCount refusedCount userErrors { code } } }"""


def program_of(stage: Stage) -> str:
    found = stage.owner.run("query($key: String) { program(key: $key) { id } }", key=stage.program)
    return str(found["program"]["id"])


def day(after: int) -> str:
    return (MONDAY + after * DAY).isoformat()


def pupil(stage: Stage, office: Person, name: str, class_: str, final_year: bool = False) -> Person:
    fields = {"class": class_, "final_year": str(final_year).lower()}
    stage.register(office.api, name, "MENTEE", fields=fields)
    return stage.joined(name)


def take_in_class(office: Person, class_: str) -> Any:
    users = {"fields": [{"key": "class", "in": [class_]}]}
    wish = {"program": office.program, "transition": "start", "filter": {"users": users}}
    return office.api.run(BULK, input=wish)["bulkTransitionByFilter"]


def test_everything_has_its_time(tmp_path: Path) -> None:
    with staged("year", tmp_path, member="MEMBER") as stage:
        office, program = stage.staff("OFFICE"), program_of(stage)
        wish = {"program": "year", "role": "MENTOR", "name": "Ana", "email": "ana@example.org"}
        assert [error["code"] for error in office.api.act("registerUser", "user { id }", **wish)["userErrors"]] == [
            "TRANSITION_NOT_ALLOWED"
        ]
        dates = {"registration_on": 1, "matching_on": 30, "running_on": 60, "review_on": 280, "closes_on": 300}
        office.fill(program, **{key: day(after) for key, after in dates.items()})
        assert stage.later(DAY) == [(program, "open_registration")]
        stage.register(office.api, "Ana", "MENTOR")
        ana = stage.joined("Ana")
        kim, tom = pupil(stage, office, "Kim", "A3", final_year=True), pupil(stage, office, "Tom", "A3")
        zoe = pupil(stage, office, "Zoe", "A4")
        office.fill(program, matching_on=day(2))
        assert take_in_class(office, "A3")["refusedCount"] == 2

        assert stage.later(DAY) == [(program, "begin_matching")]
        late = pupil(stage, office, "Late", "A3")
        assert late.status(late.user, "user_status") == "LATE"
        assert take_in_class(office, "A3") == {"changedCount": 2, "refusedCount": 1, "userErrors": []}
        assert office.refused("match", ana.persona, zoe.persona) == ["ACTIVE"]
        office.press("start", ana.user)
        first, second = office.press("match", ana.persona, kim.persona), office.press("match", ana.persona, tom.persona)

        kim.press("note_checkin", first, day=day(2))
        assert ana.refused("note_checkin", first, day=day(2)) == ["MONTHLY"]
        assert (first, "ask_for_checkin") in stage.later(31 * DAY)
        ana.press("note_checkin", first, day=day(33))
        stage.later(31 * DAY)
        assert ana.field(first, "certificate") == ["MISSING"]
        mistaken = kim.press("note_checkin", first, day=day(64))
        kim.press("take_back_checkin", mistaken)
        assert ana.field(first, "certificate") == ["MISSING"]
        kim.press("note_checkin", first, day=day(64))
        assert ana.field(first, "certificate") == ["EARNED"]

        moved = [key for subject, key in stage.later(400 * DAY) if subject == program]
        assert moved == ["begin_review", "close_year"]  # nobody was there on either day
        assert (ana.status(first), ana.status(second)) == ("COMPLETED", "RUN_OUT")
        statuses = [each.status(each.user, "user_status") for each in (ana, kim, tom, zoe, late)]
        assert statuses == ["ACTIVE", "ALUMNI", "ACTIVE", "REGISTERED", "LATE"]
        office.press("prepare_next_year", program)
        assert office.field(program, "closes_on") == []
        office.press("open_registration", program)
        stage.later(DAY)
        assert late.status(late.user, "user_status") == "REGISTERED"


def test_the_wish_a_second_registration(tmp_path: Path) -> None:
    with staged("year", tmp_path, member="MEMBER", program="year_spring") as stage:
        office, program = stage.staff("OFFICE"), program_of(stage)
        dates = {"registration_on": 0, "matching_on": 1, "running_on": 2, "spring_on": 10, "spring_ends_on": 20}
        office.fill(program, **{key: day(after) for key, after in dates.items()})
        stage.later(5 * DAY)
        assert office.status(program, "phase") == "RUNNING"
        late = pupil(stage, office, "Late", "A3")
        assert late.status(late.user, "user_status") == "LATE"
        assert stage.later(5 * DAY) == [(program, "open_spring")]
        assert stage.later(timedelta(seconds=10)) == [(late.user, "take_in_late")]  # with the next look
        assert (office.status(program, "phase"), late.status(late.user, "user_status")) == ("SPRING", "REGISTERED")
        soon = pupil(stage, office, "Soon", "A3")
        assert soon.status(soon.user, "user_status") == "REGISTERED"
        assert take_in_class(office, "A3")["changedCount"] == 2
        stage.later(10 * DAY)
        assert office.status(program, "phase") == "RUNNING"
