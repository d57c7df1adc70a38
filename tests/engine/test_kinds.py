"""Records of declared kinds in the facts: whose they are, what is linked to what, and how far an act is felt."""

from server.engine.facts import Facts, Kind, Record, Ref, Situation, kind_of
from server.engine.invariants import near
from server.engine.kinds import RecordKind, ends
from tests.engine.builders import NOW, a_match, a_persona, a_user, pair, persona, user

KINDS = {
    "meeting": RecordKind("meeting", "Meeting", {"match": Kind.PAIR}),
    "request": RecordKind("request", "Request", {"asker": Kind.PERSONA, "asked": Kind.USER}),
}


def record(number: int) -> Ref:
    return Ref(Kind.RECORD, number)


def linked(number: int, kind: str = "meeting", **links: Ref) -> Record:
    return Record(record(number), 1, {}, links=links, declared=kind)


def people(*more: Record) -> Facts:
    """ann and bob are matched; cid and dot are not."""
    users = [a_user(number) for number in (1, 2, 3, 4)]
    sides = [a_persona(10 + number, of=number, role="MENTEE" if number == 2 else "MENTOR") for number in (1, 2, 3, 4)]
    return Facts([*users, *sides, a_match(), *more], NOW)


def test_a_word_of_the_file_names_a_standing_kind_or_a_declared_one() -> None:
    assert [kind_of(sort) for sort in ("user", "persona", "pair", "meeting", "record")] == [
        Kind.USER,
        Kind.PERSONA,
        Kind.PAIR,
        Kind.RECORD,
        Kind.RECORD,
    ]
    assert (linked(1).sort, a_user(1).sort) == ("meeting", "user")


def test_a_new_record_is_made_for_what_it_is_linked_to() -> None:
    assert [ends(sort, KINDS) for sort in ("user", "persona", "pair", "meeting", "request")] == [
        (),
        ("user",),
        ("persona", "persona"),
        ("pair",),
        ("persona", "user"),
    ]


def test_the_people_of_a_record_are_those_behind_its_links_however_far() -> None:
    meeting, request = linked(1, match=pair(21)), linked(2, "request", asker=persona(13), asked=user(4))
    report = linked(3, "report", meeting=record(1), request=record(2))
    situation = Situation(people(meeting, request, report))
    assert situation.people(meeting) == (user(1), user(2))
    assert situation.people(request) == (user(3), user(4))
    assert situation.people(report) == (user(1), user(2), user(3), user(4))


def test_the_records_of_each_end_are_listed_once_and_in_creation_order() -> None:
    own = linked(2, "request", asker=persona(13), asked=persona(13))
    situation = Situation(people(own, linked(1, "request", asker=persona(13), asked=user(4))))
    situation.add(linked(-1, "request", asker=persona(13), asked=user(1)))
    assert [each.ref for each in situation.linked_to(persona(13))] == [record(1), record(2), record(-1)]
    assert [each.ref for each in situation.linked_to(user(4))] == [record(1)]
    assert situation.linked_to(persona(14)) == ()


def test_an_act_is_felt_by_everybody_who_shares_a_record_and_by_nobody_else() -> None:
    shared = linked(1, "request", asker=persona(13), asked=persona(11))
    report = linked(2, "report", request=record(1))
    situation = Situation(people(shared, report))
    situation.move(persona(13), "match_status", "RTBM", {}, "make_rtbm")
    felt = set(near(situation))
    assert felt >= {user(3), persona(13), record(1), record(2), user(1), persona(11), pair(21)}
    assert not felt & {user(4), persona(14), user(2)}


def test_an_act_on_a_record_is_felt_by_its_people() -> None:
    situation = Situation(people(linked(1, match=pair(21)), linked(2, "report", meeting=record(1))))
    situation.set(record(2), {"topics": "Chess"}, {})
    assert set(near(situation)) == {
        record(1),
        record(2),
        *(user(number) for number in (1, 2)),
        persona(11),
        persona(12),
        pair(21),
    }
