import pytest

from server.engine.facts import Kind
from server.engine.paths import Path
from server.engine.values import ValueOf
from tests.rules.builders import a_ruleset, problems, told
from tests.rules.test_conditions import transitions


def test_any_with_exceptions_is_every_other_status():
    found = a_ruleset(transitions("from: {any: true, except: [TAKEN]}", "match_status")).transitions["tried"]
    assert found.sources == {"FREE"}


def test_a_transition_is_compiled_in_full():
    inputs = "inputs:\n  why: {label: Why, help: Say so, type: text}\n"
    slots = 'from: OPEN, help: " Press it ", ask: [why!], warn: {SURE: {text: Sure}}'
    found = a_ruleset(inputs + transitions(slots)).transitions["tried"]
    assert (found.id, found.machine, found.label, found.target) == ("tried", "pair_status", "Tried", "OVER")
    assert (found.sources, found.allow, found.help) == ({"OPEN"}, {"STAFF"}, "Press it")
    assert [(question.input.key, question.required) for question in found.asks] == [("why", True)]
    assert [(caution.code, caution.text, caution.when) for caution in found.cautions] == [("SURE", "Sure", None)]
    assert str(found.place) == "case.yaml:7:3"


def test_an_effect_keeps_its_path_role_and_place():
    text = transitions("creates: persona, undo: drop", "match_status").replace(
        "allow: [STAFF], creates", "allow: [SYSTEM], creates"
    )
    text += (
        "  drop: {machine: persona_status, label: Drop, from: NEW, to: NEW, allow: [SYSTEM]}\n"
        "  again:\n    machine: pair_status\n    label: Again\n    from: OPEN\n    to: OVER\n    allow: [STAFF]\n"
        "    then:\n"
        "      - {subject: mentor.user, fire: tried, with: {role: mentor.role}}\n"
    )
    effect = a_ruleset(text).transitions["again"].effects[0]
    assert effect.transition == "tried"
    assert effect.about.subject == Path("mentor.user", "self", ("MENTOR", "user"))
    assert effect.role == ValueOf(Path("mentor.role", "self", ("MENTOR",), "role"))
    assert str(effect.place) == "case.yaml:14:38"


def test_what_creates_has_no_sources_and_names_its_undo():
    text = transitions("creates: persona, undo: take", "match_status")
    found = a_ruleset(text).transitions["tried"]
    assert (found.creates, found.sources, found.undo) == (Kind.PERSONA, frozenset(), "take")


def test_an_act_can_have_effects_on_the_new_persona():
    acts = "acts:\n  add_persona:\n    allow: [STAFF]\n    then: [{if: {user_status: READY}, fire: take}]\n"
    ruleset = a_ruleset(acts)
    assert [fire.transition for fire in ruleset.transitions["add_persona"].effects] == ["take"]
    assert ruleset.transitions["add_persona"].allow == {"STAFF"}
    assert ruleset.acts == {}


def test_an_act_can_require_something_of_whom_it_is_done_to():
    need = "{NONE: {that: {none: {of: personas, where: {role: created.role}}}, otherwise: There is one.}}"
    acts = f"acts:\n  add_persona:\n    allow: [STAFF]\n    require: {need}\n"
    (requirement,) = a_ruleset(acts).transitions["add_persona"].requires
    assert (requirement.code, requirement.otherwise) == ("NONE", "There is one.")


@pytest.mark.parametrize(
    ("acts", "found"),
    [
        ("acts:\n  add_site: {allow: [STAFF], then: [{fire: take}]}\n", ["2:30 unknown-key"]),
        ("acts:\n  add_persona: {allow: [STAFF], then: [{fire: approve}]}\n", ["2:47 wrong-kind", "2:47 not-allowed"]),
    ],
)
def test_acts_take_only_effects_that_fit(acts, found):
    assert told(acts) == found


@pytest.mark.parametrize(
    ("slots", "machine", "found"),
    [
        ("from: OPEN, for: [MENTOR]", "pair_status", ["5:85 contradiction"]),
        ("from: FREE, for: [MENTORS]", "match_status", ["5:93 unknown-role"]),
        ("from: FREE, ask: [why]", "match_status", ["5:93 unknown-input"]),
        ("from: FREE, undo: nothing", "match_status", ["5:87 contradiction"]),
        ("creates: persona, undo: nothing", "match_status", ["5:99 unknown-transition"]),
        ("from: [FREE, FREE]", "match_status", ["5:75 duplicate-item"]),
        ("from: []", "match_status", ["5:75 empty"]),
        ("from: {any: false}", "match_status", ["5:87 unknown-value"]),
        ("from: 5", "match_status", ["5:81 wrong-type"]),
    ],
)
def test_slots_that_make_no_sense_are_refused(slots, machine, found):
    assert told(transitions(slots, machine)) == found


def test_an_event_that_asks_is_refused():
    text = "events:\n  form.sent: {allow: [STAFF]}\ninputs:\n  why: {label: Why, type: text}\n" + transitions(
        "from: OPEN, ask: [why], automatic: {on_event: form.sent}"
    )
    assert told(text) == ["9:85 contradiction"]


def test_a_long_row_of_effects_is_refused():
    move = "machine: match_status, label: T, from: FREE, to: TAKEN, allow: [SYSTEM]"
    row = "".join(f"  t{i}: {{{move}, then: [{{fire: t{i + 1}}}]}}\n" for i in range(300))
    last = f"  t300: {{{move}}}\n"
    assert [found.split()[1] for found in told(transitions("from: OPEN") + row + last)] == ["too-deep"]


@pytest.mark.parametrize("owner", ["site", "program"])
def test_what_has_fields_has_a_machine_in_whose_history_they_stand(owner: str) -> None:
    found = problems(f"fields:\n  seats: {{of: {owner}, label: Seats, type: integer, allow: [STAFF]}}\n")
    assert [(each.code, each.line, each.column) for each in found] == [("missing-machine", 2, 11)]
    assert found[0].hint == f"add a machine with owner: {owner}"
