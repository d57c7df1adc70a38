"""Records of declared kinds: made by people and by effects, seen by their people, erased, on both databases."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from server.domain.access import Sight
from server.domain.actors import Caller
from server.domain.commands import Applied, Options
from server.domain.errors import ConflictError, InputProblemsError, NotFoundError, TransitionRefusedError
from server.domain.filters import RecordFilter, Stand, Total, Window
from server.domain.history import StatusChange
from server.domain.records import Record
from server.domain.vocabulary import MENTEE, MENTOR
from server.engine.facts import Kind, Ref
from server.rules.loader import load_text
from server.services.due import Timetable
from server.services.erasure import Erasure
from server.services.export import Export
from server.services.reading import Reader, Reading
from server.store.database import Store, open_store
from server.store.history import changes_of
from server.store.record_tables import record_links, record_people, records
from server.store.records import people_of_record, records_by_ids
from server.store.sessions import Session
from server.store.verify import verify
from tests.kinds import EXAMPLES
from tests.services.club import BASE, BOSS, Club
from tests.store.builders import counting_statements

RULES = load_text(BASE, "transitions.yaml", EXAMPLES).rulesets
GOODBYE = {"close_reason": "LENGTH", "mentor_rematch": "NO", "mentee_rematch": "NO"}
ALL = Window(limit=100)
Person = tuple[Ref, Ref]


class Talks(Club):
    """ann and bob are matched, mentor and mentee; cid is a mentor and dot a mentee, both waiting."""

    def __init__(self, store: Store, key: str = "talks") -> None:
        super().__init__(store, RULES, key)
        self.ann, self.cid = self.ready("ann", MENTOR), self.ready("cid", MENTOR)
        self.bob, self.dot = self.ready("bob", MENTEE), self.ready("dot", MENTEE)
        self.match = self.perform("match", self.ann[1], partner=self.bob[1]).created[0]

    def ready(self, name: str, role: str) -> Person:
        user, persona = self.join(name, role)
        for transition in ("finish_application", "activate"):
            self.perform(transition, user)
        return user, persona

    def oneself(self, person: Person) -> Caller:
        return self.caller("PARTICIPANT", person[0])

    def plan(self, by: Person | None = None, day: str = "2026-03-09", **options: Any) -> Applied:
        who = BOSS if by is None else self.oneself(by)
        return self.perform("plan_meeting", self.match, by=who, answers={"day": day}, options=Options(**options))

    def meeting(self, by: Person | None = None) -> Ref:
        return self.plan(by).created[0]

    def press(self, transition: str, record: Ref, person: Person, **named: Any) -> Applied:
        return self.perform(transition, record, by=self.oneself(person), **named)

    def close(self) -> None:
        """Closes the match, once three meetings are held and reported."""
        for _ in range(3):
            report = self.press("hold_meeting", self.meeting(self.ann), self.ann).created[0]
            self.set(report, self.oneself(self.ann), topics=("Chess with Bob",))
            self.press("finish_report", report, self.ann)
        self.perform("close_match", self.match, answers=GOODBYE)

    def ask(self, asker: Person, asked: Person) -> Applied:
        return self.perform("ask_for_a_talk", asker[1], partner=asked[1], by=self.oneself(asker))

    def row(self, ref: Ref) -> Record:
        return self.store.query_now(lambda session: records_by_ids(session.connection, [ref.id])[ref.id])

    def statuses(self, ref: Ref) -> dict[str, str]:
        return dict(self.known(ref).records[ref].statuses)

    def changes_of(self, ref: Ref) -> list[StatusChange]:
        found = self.store.query_now(lambda session: changes_of(session.connection, ref.kind, [ref.id], ALL))
        return list(found[ref.id].rows)

    def read(self, caller: Caller, ask: Callable[[Reader], Any]) -> Any:
        return self.store.query_now(lambda session: ask(Reading(self.book, self.now).reader(session, caller)))

    def seen(self, caller: Caller) -> list[int]:
        """The records that the lists of this caller hold; counted and found by id are the same."""
        everything = RecordFilter(tuple(self.rules.kinds))
        page = self.read(caller, lambda reader: reader.lists.records_page(self.program, everything, ALL)).rows
        found = [row.id for row in page]
        assert self.read(caller, lambda reader: reader.lists.records_total(self.program, everything)) == Total(
            len(found), capped=False
        )
        assert list(self.read(caller, lambda reader: reader.further.by_ids(range(1, 20)))) == found
        return found


@pytest.fixture
def talks(store: Store) -> Talks:
    return Talks(store)


@pytest.fixture
def asking(store: Store) -> Talks:
    return Talks(store, "talk_requests")


def refused(act: Callable[[], Any]) -> list[tuple[str, str]]:
    with pytest.raises(TransitionRefusedError) as caught:
        act()
    return [(blocker.code, blocker.text) for blocker in caught.value.refused.refusal.blockers]


def test_a_meeting_is_made_on_a_match_with_its_author_its_fields_and_its_history(talks: Talks) -> None:
    done = talks.plan(talks.ann)
    meeting = done.created[0]
    assert meeting == Ref(Kind.RECORD, 1)
    row = talks.row(meeting)
    assert (row.kind, row.links, row.author_id, row.version) == ("meeting", {"match": talks.match}, talks.ann[0].id, 1)
    assert [(c.kind, c.subject_id, c.machine, c.before, c.after) for c in done.changes] == [
        (Kind.RECORD, 1, "meeting_status", None, "PLANNED")
    ]
    record = talks.known(meeting).records[meeting]
    assert (record.statuses, record.values) == ({"meeting_status": "PLANNED"}, {"held_on": "2026-03-09"})
    people = talks.store.query_now(lambda session: people_of_record(session.connection, meeting.id))
    assert set(people) == {talks.ann[0].id, talks.bob[0].id}


def test_staff_without_a_record_are_no_author(talks: Talks) -> None:
    assert talks.row(talks.meeting()).author_id is None


def test_an_effect_makes_a_report_whose_author_is_who_acted(talks: Talks) -> None:
    meeting = talks.meeting(talks.ann)
    done = talks.press("hold_meeting", meeting, talks.bob)
    report = done.created[0]
    row = talks.row(report)
    assert (row.kind, row.links, row.author_id) == ("report", {"meeting": meeting}, talks.bob[0].id)
    assert [(c.subject_id, c.after, c.by_platform) for c in done.changes] == [(1, "HELD", False), (2, "OPEN", True)]
    assert done.changes[1].caused_by == done.changes[0].id
    assert set(talks.known(talks.ann[0]).records) >= {meeting, report}


def test_a_refused_meeting_writes_nothing(talks: Talks) -> None:
    assert refused(lambda: talks.perform("close_match", talks.match, answers=GOODBYE)) == [
        ("THREE_MEETINGS", "Three meetings must be held and reported first.")
    ]
    with pytest.raises(NotFoundError):
        talks.plan(talks.cid)
    tables = (records, record_links, record_people)
    rows = [talks.store.query_now(lambda s, t=t: s.connection.execute(t.select()).all()) for t in tables]
    assert rows == [[], [], []]


def test_after_three_reported_meetings_the_match_may_be_closed(talks: Talks) -> None:
    reports = [talks.press("hold_meeting", talks.meeting(talks.ann), talks.ann).created[0] for _ in range(3)]
    assert refused(lambda: talks.press("finish_report", reports[0], talks.ann)) == [
        ("TOPICS", "Write down the topics first.")
    ]
    for report in reports:
        assert refused(lambda: talks.perform("close_match", talks.match, answers=GOODBYE))
        talks.set(report, talks.oneself(talks.ann), topics=("Chess",))
        talks.press("finish_report", report, talks.ann)
    talks.perform("close_match", talks.match, answers=GOODBYE)
    assert talks.known(talks.match).records[talks.match].statuses["pair_status"] == "CLOSED"
    assert refused(lambda: talks.plan(talks.ann)) == [("OPEN_MATCH", "Only an open match has meetings.")]


def test_a_removed_record_leaves_lists_and_counts(talks: Talks) -> None:
    first, second = talks.meeting(talks.ann), talks.meeting(talks.ann)
    assert refused(lambda: talks.press("take_back_meeting", first, talks.bob)) == [
        ("NOT_PERMITTED", "Entered in error is for: whoever made it.")
    ]
    talks.press("take_back_meeting", first, talks.ann)
    hidden = Stand("meeting", "meeting_status", ("ERROR",), False)
    wanted = RecordFilter(("meeting",), stands_not_in=(hidden,))
    rows = talks.read(BOSS, lambda reader: reader.lists.records_page(talks.program, wanted, ALL)).rows
    assert [row.id for row in rows] == [second.id]
    again = RecordFilter(("meeting",), stands_in=(hidden,), about=talks.match)
    assert [
        r.id for r in talks.read(BOSS, lambda reader: reader.lists.records_page(talks.program, again, ALL)).rows
    ] == [1]


def test_a_record_is_seen_by_its_people_and_by_nobody_who_sees_them_as_partners(talks: Talks) -> None:
    meeting = talks.meeting(talks.ann)
    report = talks.press("hold_meeting", meeting, talks.ann).created[0]
    both = [meeting.id, report.id]
    assert [talks.seen(who) for who in (BOSS, talks.oneself(talks.ann), talks.oneself(talks.bob))] == [both] * 3
    assert talks.seen(talks.oneself(talks.cid)) == []
    with pytest.raises(NotFoundError) as caught:
        talks.press("hold_meeting", meeting, talks.cid)
    assert caught.value.message == "There is no Record Record-1, or you may not see it."


def test_a_transition_of_another_kind_is_refused(talks: Talks) -> None:
    meeting = talks.meeting(talks.ann)
    with pytest.raises(InputProblemsError) as caught:
        talks.press("finish_report", meeting, talks.ann)
    assert [problem.text for problem in caught.value.problems] == [
        "Finish the report acts on a Record of the kind report: give the id of one."
    ]


def test_buttons_stand_on_the_record_and_creating_ones_on_its_first_link(talks: Talks) -> None:
    meeting, ann = talks.meeting(talks.ann), talks.oneself(talks.ann)

    def buttons(ref: Ref) -> set[str]:
        found = talks.store.query_now(lambda session: talks.offers.of(session, ann, talks.program, [ref]))
        return {offer.transition.id for offer in found[ref] if offer.allowed}

    assert buttons(meeting) == {"hold_meeting", "take_back_meeting"}
    assert "plan_meeting" in buttons(talks.match)


def test_facts_take_the_same_statements_however_many_records_there_are(talks: Talks) -> None:
    def asked() -> list[str]:
        with counting_statements() as seen:
            talks.known(talks.match)
        return seen

    talks.press("hold_meeting", talks.meeting(talks.ann), talks.ann)
    one = len(asked())
    for _ in range(4):
        talks.press("hold_meeting", talks.meeting(talks.ann), talks.ann)
    assert len(asked()) == one


def test_a_meeting_that_nobody_held_is_missed_by_itself(talks: Talks) -> None:
    meeting = talks.meeting(talks.ann)
    timetable = Timetable(talks.book, talks.clock)
    assert talks.act(timetable.run, "talks").changes == ()
    talks.now += timedelta(days=30)
    assert [(c.transition, c.subject_id) for c in talks.act(timetable.run, "talks").changes] == [("miss_meeting", 1)]
    assert talks.statuses(meeting) == {"meeting_status": "MISSED"}


def test_one_asks_somebody_whom_one_does_not_see(asking: Talks) -> None:
    request = asking.ask(asking.dot, asking.cid).created[0]
    row = asking.row(request)
    assert row.links == {"asker": asking.dot[1], "asked": asking.cid[1]}
    assert asking.seen(asking.oneself(asking.cid)) == asking.seen(asking.oneself(asking.dot)) == [request.id]
    assert refused(lambda: asking.ask(asking.dot, asking.cid))[0][0] == "NOT_TWICE"
    assert refused(lambda: asking.press("grant_talk", request, asking.dot)) == [
        ("NOT_PERMITTED", "Grant is for: whom it names as asked.")
    ]
    known = asking.read(asking.oneself(asking.cid), lambda reader: reader.users([asking.dot[0].id]))
    assert list(known) == [asking.dot[0].id]


def test_who_does_not_fit_is_answered_like_who_does_not_exist(asking: Talks) -> None:
    for partner in (asking.bob, (asking.bob[0], Ref(Kind.PERSONA, 99))):
        with pytest.raises(NotFoundError) as caught:
            asking.ask(asking.dot, partner)
        assert caught.value.path == ("partner",)
    with pytest.raises(InputProblemsError) as wrong:
        asking.perform("ask_for_a_talk", asking.dot[1], partner=asking.cid[0], by=asking.oneself(asking.dot))
    assert [p.text for p in wrong.value.problems] == ["Ask for a talk takes no such partner; give the id of a Persona."]
    with pytest.raises(InputProblemsError) as alone:
        asking.perform("ask_for_a_talk", asking.dot[1], by=asking.oneself(asking.dot))
    assert [p.text for p in alone.value.problems] == ["Ask for a talk needs a second persona: name it as the partner."]


def test_an_effect_makes_a_record_between_two_and_moves_those_of_the_other(asking: Talks) -> None:
    first, second = asking.ask(asking.dot, asking.cid).created[0], asking.ask(asking.bob, asking.cid).created[0]
    done = asking.press("grant_talk", first, asking.cid)
    assert asking.statuses(second) == {"request_status": "DECLINED"}
    back = asking.row(done.created[0])
    assert (back.links, back.author_id) == ({"asker": asking.cid[1], "asked": asking.dot[1]}, asking.cid[0].id)


def test_an_erased_person_takes_fields_and_texts_of_their_records_along(talks: Talks) -> None:
    meeting = talks.plan(talks.ann, note="at the lake").created[0]
    erasure = Erasure(talks.book, talks.clock)
    with pytest.raises(ConflictError):
        talks.act(erasure.erase, talks.bob[0].id)
    talks.close()
    report = Ref(Kind.RECORD, 3)
    assert talks.values(report) == {"topics": "Chess with Bob"}
    notes = [row.note for row in talks.changes_of(meeting)]
    talks.act(erasure.erase, talks.bob[0].id)
    assert [talks.values(ref) for ref in (meeting, report)] == [{}, {}]
    assert (notes, [row.note for row in talks.changes_of(meeting)]) == (["at the lake"], [None])
    assert talks.statuses(report) == {"report_status": "DONE"}


def test_the_export_holds_the_records_of_a_person(talks: Talks) -> None:
    meeting = talks.meeting(talks.ann)
    document = talks.act(Export(talks.book, talks.clock).everything, talks.bob[0].id)
    assert [{k: v for k, v in each.items() if k != "createdAt"} for each in document["records"]] == [
        {
            "id": "Record-1",
            "kind": "meeting",
            "links": {"match": "Match-1"},
            "statuses": {"meeting_status": "PLANNED"},
            "isAuthor": False,
        }
    ]
    assert document["fields"]["Record-1"] == {"held_on": ["2026-03-09"]}
    assert [row["to"] for row in document["history"] if row["subject"] == "Record-1"] == ["PLANNED"]
    assert meeting.id == 1


def test_a_dry_run_tells_of_the_record_and_makes_none(talks: Talks) -> None:
    done = talks.plan(talks.ann, dry_run=True)
    (made,) = done.plan.creations
    assert (made.declared, made.links, made.proposer) == ("meeting", {"match": talks.match}, talks.ann[0])
    assert talks.seen(BOSS) == []


def test_the_check_of_the_database_finds_records_that_lost_their_people(store_url: str) -> None:
    talks = Talks(open_store(store_url))
    talks.press("hold_meeting", talks.meeting(talks.ann), talks.ann)
    places = {talks.program: frozenset({"OPEN"})}
    assert verify(store_url, places)[0] == []
    gone = record_people.delete().where(record_people.c.user_id == talks.bob[0].id, record_people.c.record_id == 2)
    talks.store.mutate_now(lambda session: session.act(lambda work: work.connection.execute(gone)))
    talks.store.close()
    assert [(f.where, f.text) for f in verify(store_url, places)[0]] == [
        ("records 2", "belongs to other people than those behind its links")
    ]


def test_postgresql_watches_over_records_too(postgres_url: str) -> None:
    talks = Talks(open_store(postgres_url))
    meeting = talks.meeting(talks.ann)
    talks.press("hold_meeting", meeting, talks.ann)

    def rows(sight: Sight) -> list[int]:
        def work(session: Session) -> list[int]:
            session.announce({talks.program: sight})
            return [len(session.connection.execute(t.select()).all()) for t in (records, record_links, record_people)]

        return talks.store.query_now(work)

    people = (talks.ann, talks.bob, talks.cid)
    assert [rows(Sight(user_id=person[0].id)) for person in people] == [[2, 2, 4], [2, 2, 4], [0, 0, 0]]
    assert rows(Sight(whole=True)) == [2, 2, 4]
    talks.store.close()
