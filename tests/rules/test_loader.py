import json
import shutil

import pytest

from server.rules.diagnostics import RulesError
from server.rules.loader import load_rules
from server.rules.schema_published import published
from tests.rules.builders import HERE, SHIPPED, completed

HEAD = "extends: small\nprogram: {key}\ntitle: T\n"


def folder(tmp_path, base: str, **programs: str):
    (tmp_path / "programs").mkdir()
    (tmp_path / "transitions.yaml").write_text(base, encoding="utf-8")
    for key, text in programs.items():
        (tmp_path / "programs" / f"{key}.yaml").write_text(text, encoding="utf-8")
    return tmp_path / "transitions.yaml"


def test_the_shipped_files_load_without_a_warning():
    rules = load_rules(SHIPPED)
    assert list(rules.rulesets) == ["default", "post_secondary"]
    assert rules.diagnostics == ()


def test_the_problems_of_all_files_are_told_at_once(tmp_path):
    base = completed("title: 5\nacts:\n  add_site: {allow: [STAF]}\n")
    path = folder(
        tmp_path, base, one=HEAD.format(key="one") + "change: {titel: X}\n", two="[", three=HEAD.format(key="x")
    )
    with pytest.raises(RulesError) as caught:
        load_rules(path)
    found = {(problem.file.rsplit("/", 1)[-1], problem.code) for problem in caught.value.diagnostics}
    assert found == {
        ("transitions.yaml", "wrong-type"),
        ("transitions.yaml", "unknown-actor"),
        ("one.yaml", "no-such-path"),
        ("two.yaml", "yaml-syntax"),
        ("three.yaml", "file-name"),
    }
    assert "transitions.yaml:3:22: error unknown-actor: there is no actor STAF; did you mean STAFF?" in str(
        caught.value
    )


def test_the_faults_of_the_base_are_not_repeated_for_each_program(tmp_path):
    path = folder(tmp_path, completed("title: 5\n"), one=HEAD.format(key="one"), two=HEAD.format(key="two"))
    with pytest.raises(RulesError) as caught:
        load_rules(path)
    assert len(caught.value.diagnostics) == 1


def test_files_are_named_relative_to_the_current_folder(tmp_path, monkeypatch):
    path = folder(tmp_path, completed(), one="[")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RulesError) as caught:
        load_rules(path)
    assert [problem.file for problem in caught.value.diagnostics] == ["programs/one.yaml"]


def test_other_files_beside_the_overlays_are_left_alone(tmp_path):
    path = folder(tmp_path, completed())
    (tmp_path / "programs" / "notes.txt").write_text("[", encoding="utf-8")
    (tmp_path / "programs" / ".hidden.yaml").write_text("[", encoding="utf-8")
    assert list(load_rules(path).rulesets) == ["small"]


def test_an_overlay_given_as_the_base_is_refused_with_advice():
    with pytest.raises(RulesError) as caught:
        load_rules(SHIPPED.parent / "programs" / "post_secondary.yaml")
    assert [problem.code for problem in caught.value.diagnostics] == ["is-overlay"]


def test_a_missing_base_is_refused(tmp_path):
    with pytest.raises(RulesError, match="unreadable-file"):
        load_rules(tmp_path / "none.yaml")


def test_one_edit_adds_a_status_and_a_transition(tmp_path):
    shutil.copytree(SHIPPED.parent, tmp_path / "rules")
    path = tmp_path / "rules" / "transitions.yaml"
    text = path.read_text(encoding="utf-8")
    status = "      INACTIVE:\n        {label: Inactive, category: FINAL"
    text = text.replace(status, "      PAUSED: {label: Paused, category: STEP}\n" + status, 1)
    pause = "  pause: {machine: persona_status, label: Pause, from: ACTIVE, to: PAUSED, allow: [SITE_STAFF]}\n"
    path.write_text(text.replace("\ninvariants:", f"{pause}\ninvariants:", 1), encoding="utf-8")
    for ruleset in load_rules(path).rulesets.values():
        assert ruleset.transitions["pause"].target == "PAUSED"
        assert list(ruleset.machines["persona_status"].statuses) == ["ACTIVE", "PAUSED", "INACTIVE"]


def test_the_committed_schema_is_the_generated_one():
    committed = HERE.parents[1] / "schema" / "transitions.schema.json"
    assert json.loads(committed.read_text(encoding="utf-8")) == published()
