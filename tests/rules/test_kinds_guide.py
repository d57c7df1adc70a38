"""Every example of the page on further kinds is loaded as an overlay of the shipped rules, and does what it says."""

from dataclasses import replace

from server.engine.decide import decide, may_be_named, offers
from server.engine.facts import Facts, Kind, Record, Ref, Situation
from server.engine.kinds import RecordKind
from server.engine.paths import Scope
from server.engine.plan import Creation, Plan, Refusal, Request, Setting
from server.engine.ruleset import Ruleset
from server.rules.loader import load_text
from tests.engine.builders import GOODBYE, NOW, a_match, a_persona, a_user, a_world, codes, pair, persona, user
from tests.kinds import EXAMPLES
from tests.rules.builders import SHIPPED

LOADED = load_text(SHIPPED.read_text(encoding="utf-8"), "base.yaml", EXAMPLES)
TALKS, REQUESTS = LOADED.rulesets["talks"], LOADED.rulesets["talk_requests"]
PARTICIPANT = frozenset({"PARTICIPANT"})
PLATFORM = frozenset({"SYSTEM"})


def record(number: int) -> Ref:
    return Ref(Kind.RECORD, number)


def a_meeting(number: int, status: str = "PLANNED", author: int | None = 1, match: int = 21) -> Record:
    return Record(
        record(number),
        1,
        {"meeting_status": status},
        links={"match": pair(match)},
        since={"meeting_status": NOW},
        proposer=None if author is None else user(author),
        declared="meeting",
    )


def a_report(number: int, meeting: int, status: str = "DONE") -> Record:
    since = {"report_status": NOW}
    links = {"meeting": record(meeting)}
    return Record(record(number), 1, {"report_status": status}, links=links, since=since, declared="report")


def a_request(number: int, asker: int, asked: int, status: str = "ASKED") -> Record:
    links = {"asker": persona(asker), "asked": persona(asked)}
    since = {"request_status": NOW}
    return Record(record(number), 1, {"request_status": status}, links=links, since=since, declared="request")


def matched(*more: Record, whole: frozenset[Ref] | None = None) -> Facts:
    sides = [a_persona(11, "MATCHED"), a_persona(12, "MATCHED", of=2, role="MENTEE")]
    return Facts([a_user(1), a_user(2), *sides, a_match(), *more], NOW, whole)


def waiting(*more: Record) -> Facts:
    people = [a_user(number) for number in (1, 2, 3)]
    sides = [a_persona(11), a_persona(12, of=2, role="MENTEE"), a_persona(13, of=3)]
    return a_world(*people, *sides, *more)


def asked(
    rules: Ruleset, facts: Facts, transition: str, subject: Ref, by: int | None = 1, **more: object
) -> Plan | Refusal:
    request = Request(transition, subject, PARTICIPANT, actor=None if by is None else user(by))
    return decide(rules, replace(request, **more), facts)  # type: ignore[arg-type]  # the fields of a request by name


def planned(*given: object, **more: object) -> Plan:
    found = asked(*given, **more)  # type: ignore[arg-type]  # as above
    assert isinstance(found, Plan), found
    return found


def refused(*given: object, **more: object) -> list[str]:
    found = asked(*given, **more)  # type: ignore[arg-type]  # as above
    assert isinstance(found, Refusal), found
    return codes(found.blockers)


def test_the_examples_have_no_faults() -> None:
    assert LOADED.diagnostics == ()
    assert TALKS.kinds == {
        "meeting": RecordKind("meeting", "Meeting", {"match": "pair"}),
        "report": RecordKind("report", "Report", {"meeting": "meeting"}),
    }


def test_a_meeting_is_created_with_its_link_its_author_and_its_field() -> None:
    plan = planned(TALKS, matched(), "plan_meeting", pair(21), answers={"day": "2026-09-09"})
    made = Creation(record(-1), Kind.RECORD, {"match": pair(21)}, "plan_meeting", None, user(1), "meeting")
    assert plan.creations == (made,)
    assert plan.settings == (Setting(record(-1), "held_on", ("2026-09-09",)),)
    assert [(c.subject, c.machine, c.before, c.after) for c in plan.changes] == [
        (record(-1), "meeting_status", None, "PLANNED")
    ]


def test_conditions_follow_the_links() -> None:
    assert refused(TALKS, matched(), "plan_meeting", pair(21), by=3, answers={"day": "2026-09-09"}) == ["NOT_PERMITTED"]
    closed = matched(a_match(22, "CLOSED"))
    assert refused(TALKS, closed, "plan_meeting", pair(22), answers={"day": "2026-09-09"}) == ["OPEN_MATCH"]


def test_an_effect_creates_a_record_of_another_kind() -> None:
    plan = planned(TALKS, matched(a_meeting(1)), "hold_meeting", record(1), by=2)
    assert plan.creations == (
        Creation(record(-1), Kind.RECORD, {"meeting": record(1)}, "open_report", None, user(2), "report"),
    )
    assert [(c.subject, c.after, c.caused_by, c.by_platform) for c in plan.changes] == [
        (record(1), "HELD", None, False),
        (record(-1), "OPEN", 0, True),
    ]


def test_only_the_author_takes_it_back() -> None:
    facts = matched(a_meeting(1, author=2), a_meeting(2, author=None))
    assert refused(TALKS, facts, "take_back_meeting", record(1)) == ["NOT_PERMITTED"]
    assert refused(TALKS, facts, "take_back_meeting", record(2)) == ["NOT_PERMITTED"]
    assert planned(TALKS, facts, "take_back_meeting", record(1), by=2)


def test_held_and_reported_meetings_are_counted_and_removed_ones_are_not() -> None:
    three = [a_meeting(number, "HELD") for number in (1, 2, 3)]
    by_staff = {"by": None, "roles": frozenset({"SITE_STAFF"}), "answers": GOODBYE}
    assert planned(TALKS, matched(*three), "close_match", pair(21), **by_staff)
    pending = matched(*three, a_report(4, 1, "OPEN"))
    assert refused(TALKS, pending, "close_match", pair(21), **by_staff) == ["THREE_MEETINGS"]
    others = matched(*three[:2], a_meeting(3, "MISSED"), a_match(22, "CLOSED"), a_meeting(5, "HELD", match=22))
    assert refused(TALKS, others, "close_match", pair(21), **by_staff) == ["THREE_MEETINGS"]


def test_what_counts_as_removed_is_in_no_list() -> None:
    rules = load_text(
        SHIPPED.read_text(encoding="utf-8"),
        "base.yaml",
        {"talks": EXAMPLES["talks"].replace("where: {meeting_status: HELD, none", "where: {none")},
    ).rulesets["talks"]
    by_staff = {"by": None, "roles": frozenset({"SITE_STAFF"}), "answers": GOODBYE}
    two = [a_meeting(1), a_meeting(2)]
    assert planned(rules, matched(*two, a_meeting(3)), "close_match", pair(21), **by_staff)
    assert refused(rules, matched(*two, a_meeting(3, "ERROR")), "close_match", pair(21), **by_staff) == [
        "THREE_MEETINGS"
    ]


def test_of_people_who_are_not_loaded_whole_nothing_is_counted() -> None:
    by_staff = {"by": None, "roles": frozenset({"SITE_STAFF"}), "answers": GOODBYE}
    far = matched(whole=frozenset({user(9)}))
    assert planned(TALKS, far, "close_match", pair(21), **by_staff)  # unknown, so that nobody is held back
    near = matched(whole=frozenset({user(2)}))
    assert refused(TALKS, near, "close_match", pair(21), **by_staff) == ["THREE_MEETINGS"]


def test_the_button_stands_on_the_first_link_until_the_second_is_chosen() -> None:
    found = {o.transition.id: o.allowed for o in offers(REQUESTS, persona(12), PARTICIPANT, waiting(), user(2))}
    assert found["ask_for_a_talk"]
    assert not {"grant_talk", "decline_talk"} & found.keys()
    on_request = offers(REQUESTS, record(1), PARTICIPANT, waiting(a_request(1, 12, 11)), user(1))
    assert [(o.transition.id, o.allowed) for o in on_request] == [("grant_talk", True), ("decline_talk", True)]


def test_partners_says_whom_one_may_name() -> None:
    request = Request("ask_for_a_talk", persona(12), PARTICIPANT, partner=persona(11), actor=user(2))
    assert may_be_named(REQUESTS, request, waiting())
    assert not may_be_named(REQUESTS, replace(request, subject=persona(11), partner=persona(12)), waiting())


def test_one_request_at_a_time_to_the_same_person_and_none_to_oneself() -> None:
    facts = waiting(a_request(1, 12, 11))
    assert refused(REQUESTS, facts, "ask_for_a_talk", persona(12), by=2, partner=persona(11)) == ["NOT_TWICE"]
    assert planned(REQUESTS, facts, "ask_for_a_talk", persona(12), by=2, partner=persona(13))
    assert refused(REQUESTS, facts, "ask_for_a_talk", persona(12), by=2, partner=persona(12)) == ["NOT_ONESELF"]


def test_granting_one_declines_the_others_and_asks_back() -> None:
    facts = waiting(a_request(1, 12, 11), a_request(2, 13, 11), a_request(3, 13, 12))
    plan = planned(REQUESTS, facts, "grant_talk", record(1))
    assert [(c.subject, c.after) for c in plan.changes] == [
        (record(1), "GRANTED"),
        (record(2), "DECLINED"),
        (record(-1), "GRANTED"),
    ]
    (back,) = plan.creations
    assert (back.links, back.proposer) == ({"asker": persona(11), "asked": persona(12)}, user(1))


def test_who_may_is_said_in_words() -> None:
    found = asked(REQUESTS, waiting(a_request(1, 12, 11)), "grant_talk", record(1), by=2)
    assert isinstance(found, Refusal)
    assert [blocker.text for blocker in found.blockers] == ["Grant is for: whom it names as asked."]
    assert TALKS.transitions["plan_meeting"].allow == {"SITE_STAFF", "PARTICIPANT"}


def test_what_else_the_language_has_works_on_records_too() -> None:
    """Numbers over them, a start by condition, fields that an effect fills, and a creation that is content."""
    text, *_ = EXAMPLES["talks"].partition("  examples:\n")
    text = text.replace("- {fire: open_report}", "- {fire: open_report, with: {fields: {topics: Talk}}}")
    text = text.replace(
        "      creates: report\n", "      creates: report\n      existing: {where: {report_status: OPEN}}\n"
    ).replace("start: PLANNED", "start: [{if: {match.pair_status: CLOSED}, to: MISSED}, {to: PLANNED}]")
    text += "  numbers.held: {of: pair, label: Held, is: {count: meeting, where: {meeting_status: HELD}}}\n"
    text += "  facts.busy: {held: {at_least: 2}}\n"
    rules = load_text(SHIPPED.read_text(encoding="utf-8"), "base.yaml", {"talks": text}).rulesets["talks"]
    facts = matched(a_meeting(1), a_meeting(2, "HELD"), a_report(3, 2, "OPEN"))
    plan = planned(rules, facts, "hold_meeting", record(1))
    assert plan.settings == (Setting(record(-1), "topics", ("Talk",)),)
    there = matched(a_meeting(1), a_report(3, 1, "OPEN"))
    assert planned(rules, there, "hold_meeting", record(1)).creations == ()
    two = Situation(matched(a_meeting(1, "HELD"), a_meeting(2, "HELD"), a_meeting(3)))
    here = two.record(pair(21))
    assert rules.facts["busy"].holds(Scope(two, here, here, terms=rules.terms)) is True
