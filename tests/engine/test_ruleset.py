import pytest

from server.engine.facts import Kind
from server.engine.places import Place
from server.engine.ruleset import OWNER, Field
from tests.engine.flow import FLOW, changed
from tests.engine.words import a_transition, fire


def test_a_place_is_written_as_compilers_write_it() -> None:
    assert str(Place("transitions.yaml", 74, 15)) == "transitions.yaml:74:15"


def test_machines_are_found_by_the_kind_of_record_in_the_order_of_the_file() -> None:
    assert [machine.key for machine in FLOW.machines_of(Kind.PERSONA)] == ["persona_status", "match_status"]
    assert [machine.key for machine in FLOW.machines_of(Kind.PAIR)] == ["pair_status"]


def test_a_status_is_found_by_its_machine_and_key() -> None:
    assert FLOW.status("match_status", "RTBM").label == "Ready To Be Matched"
    with pytest.raises(KeyError):
        FLOW.status("match_status", "OPEN")


def test_an_event_starts_the_transitions_that_name_it() -> None:
    assert [t.id for t in FLOW.started_by("application.finished")] == ["finish_application"]
    assert FLOW.started_by("application.lost") == ()


def test_what_fires_a_transition_is_known_acts_included() -> None:
    assert [t.id for t in FLOW.firing("become_matched")] == ["match", "open_match"]
    assert [t.id for t in FLOW.firing("enter_pool")] == ["activate", "reinstate", "reactivate_persona", "add_persona"]
    assert FLOW.firing("close_match") == ()


def test_only_what_a_person_may_press_is_pressable() -> None:
    assert FLOW.transitions["make_rescreening"].pressable
    assert not FLOW.transitions["enter_pool"].pressable


@pytest.mark.parametrize(
    ("own", "target", "expected"),
    [
        (None, "RTBM", None),
        ({"MENTOR"}, "RTBM", {"MENTOR"}),
        (None, "NOT_MATCHING", {"MENTEE"}),
        ({"MENTOR", "MENTEE"}, "NOT_MATCHING", {"MENTEE"}),
        ({"MENTOR"}, "NOT_MATCHING", set()),
    ],
)
def test_a_transition_is_for_its_own_roles_as_far_as_its_target_has_them(
    own: set[str] | None, target: str, expected: set[str] | None
) -> None:
    roles = None if own is None else frozenset(own)
    transition = a_transition("t", "match_status", "T", "RESCREENING", target, roles=roles)
    assert FLOW.roles_for(transition) == expected


def test_variants_leave_the_flow_as_it_is() -> None:
    variant = changed("reject", effects=(fire("enter_pool"),))
    assert variant.transitions["reject"].effects[0].transition == "enter_pool"
    assert FLOW.transitions["reject"].effects == ()


def test_a_field_is_set_by_those_whom_it_names_and_by_the_owner() -> None:
    field = Field("badge", "Badge", Kind.USER, "text", "staff", frozenset({"STAFF"}))
    who = [frozenset({"STAFF", "PUPIL"}), frozenset({OWNER}), frozenset({"PUPIL"}), frozenset[str]()]
    assert [field.may_be_set_by(roles) for roles in who] == [True, True, False, False]
