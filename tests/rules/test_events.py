"""Two readers, one meaning: what libyaml reads, PyYAML's own reader finds the same in."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from server.rules.diagnostics import Findings
from server.rules.events import events_of
from server.rules.nodes import plain
from server.rules.source import MAX_DEPTH, MAX_NODES, read_text
from tests.rules.test_damage import TEXT, altered

TOP = Path(__file__).parents[2]
FILES = sorted(path for folder in ("rules", "examples", "docs", "tests") for path in TOP.glob(f"{folder}/**/*.yaml"))
PORTION = 200


def meaning(text: str) -> tuple[str, list[str]]:
    """What a text says, and what is told of it."""
    findings = Findings()
    root = read_text(text, "f.yaml", findings).root
    return "" if root is None else repr(plain(root)), [found.code for found in findings.all()]


def is_quick(text: str) -> bool:
    return isinstance(events_of(text, MAX_DEPTH, MAX_NODES), yaml.CSafeLoader)


@contextmanager
def slowly() -> Iterator[None]:
    """Reads as where PyYAML came without libyaml."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(yaml, "__with_libyaml__", False)
        yield


@pytest.mark.parametrize("file", [file for file in FILES if "node_modules" not in file.parts], ids=lambda f: f.stem)
def test_every_file_here_means_the_same_to_both(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    with slowly():
        found = meaning(text)
    assert meaning(text) == found


def test_the_shipped_file_is_read_quickly_and_each_word_has_the_same_place() -> None:
    with slowly():
        assert not is_quick(TEXT)
        source = read_text(TEXT, "f.yaml", Findings())
    assert is_quick(TEXT)
    assert read_text(TEXT, "f.yaml", Findings()) == source


def test_without_libyaml_rules_are_read_all_the_same() -> None:
    script = (
        "import sys; sys.modules['yaml._yaml'] = None\n"
        "from pathlib import Path\n"
        "import yaml\n"
        "from server.rules.loader import load_rules\n"
        "assert not yaml.__with_libyaml__\n"
        "print(*load_rules(Path('rules/transitions.yaml')).rulesets)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=TOP, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("default post_secondary\n", "")


def test_whatever_is_altered_means_the_same_to_both() -> None:
    quick = 0
    for seed in range(PORTION):
        text = altered(seed)
        with slowly():
            found = meaning(text)
        if "yaml-syntax" not in found[1]:
            assert meaning(text) == found, seed
            quick += is_quick(text)
    assert quick > PORTION // 3


@pytest.mark.parametrize("text", ["{label: Really?}", "[what?]", "{a: b?c, d: e}"])
def test_a_question_mark_needs_no_quotes(text: str) -> None:
    assert is_quick(text)
    assert meaning(text)[1] == []
    with slowly():
        assert meaning(text)[1] == ["yaml-syntax"]


def test_what_only_the_own_reader_reads_is_read() -> None:
    assert not is_quick("[a:, b]")
    assert meaning("[a:, b]") == ("[{'a': None}, 'b']", [])


@pytest.mark.parametrize("text", ["a:\tb", "a: [1,\t2]", "a: x\ty"])
def test_a_text_with_tabs_is_left_to_the_reader_that_explains_them(text: str) -> None:
    assert not is_quick(text)


@pytest.mark.parametrize("text", ["[a," * 100_000, "- " * 100_000, "[" + "a," * 100_000 + "b"])
def test_no_more_is_read_than_will_be_asked_for(text: str) -> None:
    """It would be seen that none of them ends, if they were read to their end."""
    assert is_quick(text)
    assert meaning(text)[1] in (["too-deep"], ["too-large"])
