"""The rules of a program as one file: it says the same as base and overlay together, and where each line is from."""

import pytest

from server.rules.diagnostics import Findings
from server.rules.effective import effective, with_origins
from server.rules.files import RuleFile, RuleFiles, gather
from server.rules.loader import load_text
from server.rules.nodes import Table, plain
from server.rules.overlays import merge
from server.rules.source import read_file, read_text
from tests.rules.builders import SHIPPED

ROOT = SHIPPED.parents[1]
FILES = [SHIPPED, *sorted(ROOT.glob("examples/*/transitions.yaml"))]


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.parent.name)
def test_it_says_the_same_as_base_and_overlay(file):
    files = gather(file)
    base = read_file(files.base, Findings()).root
    assert isinstance(base, Table)
    for program, overlay in [
        (None, None),
        *((key, read_file(each, Findings()).root) for key, each in files.overlays.items()),
    ]:
        root = merge(base, overlay, Findings()).root if isinstance(overlay, Table) else base
        again = read_text(with_origins(effective(files, program)), "again.yaml", Findings()).root
        assert again is not None
        assert plain(again) == plain(root)


def test_each_line_names_its_origin():
    overlay = (
        "extends: default\nprogram: one\ntitle: One\n"
        "change: {transitions.activate.label: Welcome}\n"
        'add: {inputs.close_reason.choices: {"NO": {label: "A: reason"}}}\n'
    )
    files = RuleFiles(RuleFile("base.yaml", SHIPPED.read_bytes()), {"one": RuleFile("one.yaml", overlay.encode())})
    lines = [" ".join(line.split()) for line in with_origins(effective(files, "one")).splitlines()]
    number = SHIPPED.read_text("utf-8").splitlines().index("  activate:") + 1
    at = lines.index(f"activate: # base.yaml:{number}")
    assert lines[at + 1 : at + 3] == [f"machine: user_status # base.yaml:{number + 1}", "label: Welcome # one.yaml:4"]
    at = lines.index('"NO": # one.yaml:5')
    assert lines[at + 1] == 'label: "A: reason" # one.yaml:5'


def test_it_can_be_used_as_a_base_file():
    text = with_origins(effective(gather(SHIPPED), "post_secondary"))
    rules = load_text(text, examined=False).rulesets["post_secondary"]
    assert "NOT_MATCHING" in {requirement.code for requirement in rules.transitions["inactivate_persona"].requires}
