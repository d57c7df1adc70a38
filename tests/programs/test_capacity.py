"""The example "capacity": children are offered in their order to whoever has room; and the wish for two languages."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from tests.programs.stage import Person, Stage, staged

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Club:
    """One site with its lead."""

    stage: Stage
    office: Person
    lea: Person
    site: str

    def mentor(self, name: str, capacity: int, **fields: list[str]) -> Person:
        return self._person(name, "MENTOR", {"capacity": str(capacity)}, fields)

    def child(self, name: str, **fields: list[str]) -> Person:
        return self._person(name, "MENTEE", {}, fields)

    def waits(self, child: Person, urgency: int = 0) -> str:
        return self.lea.press("put_on_list", self.lea.persona, child.persona, urgency=str(urgency))

    def joins(self, mentor: Person) -> None:
        self.lea.press("join_team", self.lea.persona, mentor.persona)

    def _person(self, name: str, role: str, answers: dict[str, str], fields: dict[str, list[str]]) -> Person:
        several = [{"key": key, "values": values} for key, values in fields.items()]
        self.stage.register(self.office.api, name, role, answers=answers, fields=several, partnerSite="north")
        return self.stage.joined(name)


def club(stage: Stage, seats: int = 5) -> Club:
    office = stage.staff("OFFICE")
    site = office.api.do("addSite", "site { id }", program=stage.program, key="north", name="North")["site"]["id"]
    office.fill(site, free_seats=str(seats))
    started = Club(stage, office, office, site)
    lea = started.mentor("Lea", 1)
    office.fill(lea.persona, leads="true")
    return Club(stage, office, lea, site)


def offered(mentor: Person) -> str | None:
    """Who is offered to a mentor now."""
    query = """query($program: String, $filter: RecordFilter) { records(program: $program, filter: $filter) {
      nodes { about { ... on Persona { user { name } } } } } }"""
    wish = {"kindIn": ["offer"], "statusIn": ["OPEN"]}
    found = mentor.api.run(query, program=mentor.program, filter=wish)["records"]["nodes"]
    return next((about["user"]["name"] for offer in found for about in offer["about"] if about), None)


def test_children_are_offered_in_their_order(tmp_path: Path) -> None:
    with staged("capacity", tmp_path, member="MEMBER") as stage:
        at = club(stage, seats=2)
        tom, kim, zoe = at.child("Tom"), at.child("Kim"), at.child("Zoe")
        at.waits(tom)
        stage.later(7 * DAY)
        at.waits(kim)
        entry = at.waits(zoe, urgency=2)
        mia = at.mentor("Mia", 2)
        assert mia.refused("change_capacity", mia.persona, capacity="5") == ["INVALID_INPUT"]
        at.joins(mia)
        assert offered(mia) == "Zoe"  # urgent comes before having waited
        assert mia.refused("take", mia.persona, tom.persona) == ["NOT_FOUND"]
        pair = mia.press("take", mia.persona, zoe.persona)
        assert (mia.status(pair), at.lea.status(entry, "entry_status")) == ("OPEN", "PLACED")
        assert at.office.field(at.site, "free_seats") == ["1"]
        assert (mia.field(mia.persona, "free_places"), offered(mia)) == (["1"], "Tom")

        max_ = at.mentor("Max", 1)
        at.joins(max_)
        assert offered(max_) == "Kim"  # Tom is offered to one only
        max_.press("decline", max_.records("offer", kim.persona)[-1])
        assert offered(max_) is None
        lapsed = mia.records("offer", tom.persona)[-1]
        assert (lapsed, "lapse") in stage.later(5 * DAY)
        assert (offered(mia), offered(max_)) == ("Kim", "Tom")
        max_.press("take", max_.persona, tom.persona)
        assert at.office.field(at.site, "free_seats") == ["0"]
        assert mia.refused("take", mia.persona, kim.persona) == ["SEAT"]

        told = mia.told()
        assert (pair, "ask_how_it_goes") in stage.later(2 * DAY)  # a Monday
        assert mia.told()[len(told) :] == ["how_is_it_going"]


def test_the_wish_two_languages_are_shared(tmp_path: Path) -> None:
    with staged("capacity", tmp_path, member="MEMBER", program="capacity_languages") as stage:
        at = club(stage)
        tom, kim = at.child("Tom", languages=["DE", "TR"]), at.child("Kim", languages=["DE", "EN"])
        at.waits(tom, urgency=2)
        at.waits(kim)
        mia = at.mentor("Mia", 2, languages=["EN", "DE"])
        at.joins(mia)
        assert offered(mia) == "Kim"
        mia.press("take", mia.persona, kim.persona)
        assert offered(mia) is None
        ali = at.mentor("Ali", 1, languages=["DE", "EN", "TR"])
        at.joins(ali)
        assert offered(ali) == "Tom"
