"""The SVG: well-formed, accessible, safe whatever the labels are, and the picture that the documentation shows."""

import re
from pathlib import Path
from xml.etree import ElementTree

from hypothesis import given, settings

from server.drawing.chart import Format, chart_of
from server.drawing.flow import Flow, Panel
from server.drawing.svg import svg_of
from tests import shipped
from tests.drawing.panels import panels
from tests.rules.builders import a_ruleset

PICTURE = Path(__file__).parents[2] / "docs" / "images" / "flow.svg"
NAME = "{http://www.w3.org/2000/svg}"
RULES = shipped.RULES["default"]
HOSTILE = "</text></svg><script>alert('1')</script>&amp;]]>"


def drawn(rules=RULES, machine: str | None = None) -> ElementTree.Element:
    return ElementTree.fromstring(chart_of(rules, Format.SVG, machine))  # noqa: S314 - our own text


def with_class(root: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    return [each for each in root.iter() if name in each.get("class", "").split()]


def test_every_status_and_transition_stands_in_it_under_an_id_of_its_own() -> None:
    ids = {each.get("id") for each in drawn().iter()}
    for machine in RULES.machines.values():
        assert {f"status-{machine.key}-{key}" for key in machine.statuses} <= ids
    assert {f"transition-{key}" for key in RULES.transitions} <= ids


def test_statuses_have_the_colours_of_their_categories() -> None:
    root = drawn()
    (style,) = root.iter(f"{NAME}style")
    (closed,) = [each for each in root.iter() if each.get("id") == "status-match_status-CLOSED"]
    assert "kind-final" in closed.get("class", "").split()
    assert "--kind-step:#1f3a68" in (style.text or "")
    assert "--kind-participating:#bfe0f7" in (style.text or "")
    assert "--kind-final:#2f7d4f" in (style.text or "")
    assert "prefers-color-scheme:dark" in (style.text or "")


def test_it_names_and_describes_itself_and_its_parts() -> None:
    root = drawn(machine="pair_status")
    ids = {each.get("id"): each.text for each in root.iter() if each.get("id")}
    title, described = (ids[key] for key in root.get("aria-labelledby", "").split())
    assert title == "Pair Status, Mentor and mentee status flow"
    assert described == "A flow chart. Pair Status: 3 statuses, 4 transitions."
    assert [each.get("aria-label") for each in with_class(root, "status")] == [
        "Status Open",
        "Status Closed",
        "Status Deleted",
    ]
    assert [each.findtext(f"{NAME}title", "").split("\n")[0] for each in with_class(root, "status")] == [
        "Open",
        "Closed",
        "Deleted",
    ]


def test_the_legend_tells_only_of_what_is_shown() -> None:
    (legend,) = with_class(drawn(machine="pair_status"), "legend")
    words = [each.text for each in legend.iter(f"{NAME}text")]
    assert words == ["Participating", "Final status", "a button", "a new record"]


def test_hostile_labels_stay_text() -> None:
    label = f'"{HOSTILE}\\b"'  # with a sign at its end that XML cannot hold
    text = f"""
title: {label}
transitions:
  approve: {{machine: user_status, label: {label}, help: {label}, from: NEW, to: READY, allow: [STAFF]}}
  take: {{machine: match_status, label: Take, from: FREE, to: TAKEN, allow: [SYSTEM]}}
  join:
    {{machine: pair_status, label: Join, creates: pair, to: OPEN, allow: [STAFF], then: [{{each: sides, fire: take}}]}}
  end: {{machine: pair_status, label: End, from: OPEN, to: OVER, allow: [STAFF]}}
"""
    root = drawn(a_ruleset(text))
    tags = {each.tag.removeprefix(NAME) for each in root.iter()}
    assert tags == {"svg", "title", "desc", "style", "g", "rect", "text", "path", "circle"}
    assert root.findtext(f"{NAME}title") == HOSTILE
    (step,) = [each for each in root.iter() if each.get("id") == "transition-approve"]
    assert step.get("aria-label") == f"Transition {HOSTILE}"


@given(panels())
@settings(max_examples=40, deadline=None)
def test_whatever_a_machine_looks_like_its_picture_is_well_formed(panel: Panel) -> None:
    flow = Flow("A title", "Heading", "program", (), (panel,), ())
    root = ElementTree.fromstring(svg_of(flow))  # noqa: S314 - our own text
    assert len(with_class(root, "status")) == len(panel.boxes)
    assert len([each for each in with_class(root, "step") if each.get("data-transition")]) == len(panel.steps)


def test_nothing_is_fetched_and_nothing_runs() -> None:
    text = chart_of(RULES, Format.SVG).replace('xmlns="http://www.w3.org/2000/svg"', "", 1)
    assert re.findall(r"https?:|href|url\(|<script|@import|\son\w+=", text) == []


def test_the_picture_in_the_documentation_is_that_of_the_shipped_rules() -> None:
    drawn_now = chart_of(RULES, Format.SVG)
    assert PICTURE.read_text(encoding="utf-8") == drawn_now, "run `matchkeeper rules graph > docs/images/flow.svg`"
