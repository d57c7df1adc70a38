import json

from server.engine.places import Place
from server.rules.diagnostics import Findings, read_more, render_github, render_json, render_text


def some_findings() -> Findings:
    findings = Findings()
    findings.know("b.yaml", "one: 1\ntwo: 2\n")
    findings.know("a.yaml", "three: 3\n")
    findings.error("unknown-key", Place("a.yaml", 1, 1), "no key three", "write two")
    findings.warn("unused", Place("b.yaml", 2, 6), "100% unused,\nreally")
    return findings


def test_text_shows_the_line_and_a_caret():
    assert render_text(some_findings().all()) == (
        "b.yaml:2:6: warning unused: 100% unused,\nreally\n"
        "    two: 2\n"
        "         ^\n"
        "a.yaml:1:1: error unknown-key: no key three\n"
        "    three: 3\n"
        "    ^\n"
        "    hint: write two"
    )


def test_json_has_every_field():
    assert json.loads(render_json(some_findings().all()))[1] == {
        "severity": "error",
        "code": "unknown-key",
        "message": "no key three",
        "file": "a.yaml",
        "line": 1,
        "column": 1,
        "hint": "write two",
        "excerpt": "three: 3",
        "docs": "docs/rules/problems.md#unknown-key",
    }


def test_github_annotations_escape_what_would_end_them():
    assert render_github(some_findings().all()).splitlines() == [
        "::warning file=b.yaml,line=2,col=6,title=unused::100%25 unused,%0Areally%0Asee docs/rules/problems.md#unused",
        "::error file=a.yaml,line=1,col=1,title=unknown-key::no key three%0Ahint: write two"
        "%0Asee docs/rules/problems.md#unknown-key",
    ]


def test_below_the_findings_stands_where_each_code_is_explained_once():
    found = some_findings().all()
    assert read_more((*found, *found)).endswith(": docs/rules/problems.md#unused, #unknown-key")


def test_the_same_finding_twice_counts_once():
    findings = some_findings()
    findings.error("unknown-key", Place("a.yaml", 1, 1), "no key three")
    assert len(findings.all()) == 2


def test_control_characters_of_the_file_do_not_reach_the_terminal():
    findings = Findings()
    findings.know("a.yaml", "a: \x1b[31m\n")
    findings.error("yaml-syntax", Place("a.yaml", 1, 4), "no")
    assert "\x1b" not in render_text(findings.all())


def test_a_very_long_line_is_cut_around_the_place():
    findings = Findings()
    findings.know("a.yaml", "x" * 5000)
    findings.error("too-deep", Place("a.yaml", 1, 3000), "no")
    _, excerpt, caret = render_text(findings.all()).splitlines()
    assert len(excerpt) == 164
    assert len(caret) == 4 + 100


def test_warnings_alone_do_not_fail():
    findings = Findings()
    findings.warn("unused", Place("a.yaml", 1), "x")
    assert not findings.failed
