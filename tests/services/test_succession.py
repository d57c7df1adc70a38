"""Which rules come into force when files have changed: all of a program's or none, each program for itself."""

from collections.abc import Mapping

import pytest

from server.engine.ruleset import Ruleset
from server.rules.diagnostics import RulesError
from server.rules.files import RuleFile, RuleFiles
from server.rules.loader import END, load_text
from server.services.succession import Succession, restored, succeed
from tests.rules.builders import completed

OVERLAY = "extends: small\nprogram: {key}\ntitle: {title}\n"
BROKEN = completed("title: 5\n")


def overlay(key: str, title: str = "T") -> str:
    return OVERLAY.format(key=key, title=title)


def files(base: str, **programs: str) -> RuleFiles:
    overlays = {key: RuleFile(f"programs/{key}.yaml", text.encode()) for key, text in programs.items()}
    return RuleFiles(RuleFile("transitions.yaml", base.encode()), overlays)


def rulesets(base: str, **programs: str) -> Mapping[str, Ruleset]:
    return load_text(base, "transitions.yaml", programs).rulesets


def following(found: RuleFiles, before: Mapping[str, Ruleset], stay: tuple[str, ...] | None = None) -> Succession:
    texts = {key: ruleset.texts for key, ruleset in before.items()}
    return succeed(found, texts, lambda: before, tuple(before) if stay is None else stay)


def titles(succession: Succession) -> dict[str, str]:
    return {key: ruleset.title for key, ruleset in succession.rulesets.items()}


def codes(succession: Succession) -> dict[str, list[str]]:
    """By program the problems, without the advice to mark the end of files."""
    found = succession.problems.items()
    return {key: [each.code for each in told if each.code != "no-end-line"] for key, told in found}


GOOD = completed("title: Before\n")
BETTER = completed("title: After\n")
BEFORE = rulesets(GOOD, one=overlay("one"), two=overlay("two"))


def test_sound_files_follow_whole_and_new_overlays_are_new_programs() -> None:
    after = following(files(BETTER, one=overlay("one", "One"), two=overlay("two"), new=overlay("new")), BEFORE)
    assert titles(after) == {"small": "After", "one": "One", "two": "T", "new": "T"}
    assert after.held == ()
    assert all(after.rulesets[key].revision != BEFORE[key].revision for key in BEFORE)


def test_a_broken_base_holds_back_whatever_is_laid_over_it() -> None:
    after = following(files(BROKEN, one=overlay("one", "One"), two=overlay("two")), BEFORE)
    assert after.rulesets == BEFORE
    assert "wrong-type" in codes(after)["small"]
    assert codes(after)["one"] == codes(after)["two"] == codes(after)["small"]


def test_a_broken_overlay_holds_back_its_own_program_only() -> None:
    after = following(files(BETTER, one="[", two=overlay("two", "Two")), BEFORE)
    assert titles(after) == {"small": "After", "one": "T", "two": "Two"}
    assert after.rulesets["one"] is BEFORE["one"]
    assert codes(after) == {"small": [], "one": ["yaml-syntax"], "two": []}
    assert [found.code for found in after.held] == ["yaml-syntax"]


def test_an_edit_of_the_base_that_an_overlay_does_not_bear_holds_back_that_program() -> None:
    changing = "change:\n  inputs.reason.label: Why\n"
    asked = "inputs:\n  reason: {type: text, label: Reason}\n"
    before = rulesets(GOOD + asked, one=overlay("one") + changing)
    after = following(files(BETTER, one=overlay("one") + changing), before)
    assert titles(after) == {"small": "After", "one": "T"}
    assert after.rulesets["one"] is before["one"]
    assert codes(after)["one"] == ["no-such-path"]


def test_a_program_whose_file_is_gone_keeps_its_rules_and_says_so() -> None:
    after = following(files(GOOD, two=overlay("two")), BEFORE)
    assert titles(after) == {"small": "Before", "two": "T", "one": "T"}
    assert codes(after)["one"] == ["file-gone"]
    assert after.problems["one"][0].file == "programs/one.yaml"


def test_a_program_that_need_not_stay_ends_with_its_file() -> None:
    after = following(files(GOOD, two=overlay("two")), BEFORE, stay=("two",))
    assert titles(after) == {"small": "Before", "two": "T"}
    assert after.held == ()


def test_a_new_overlay_that_is_broken_is_told_with_the_base_program() -> None:
    after = following(files(GOOD, one=overlay("one"), two=overlay("two"), new="["), BEFORE)
    assert titles(after) == {"small": "Before", "one": "T", "two": "T"}
    assert codes(after)["small"] == ["yaml-syntax"]
    assert [found.code for found in after.unserved] == ["yaml-syntax"]


def test_without_any_rules_to_fall_back_on_everything_is_told() -> None:
    with pytest.raises(RulesError) as caught:
        following(files(BROKEN, one="["), {})
    assert {"wrong-type", "yaml-syntax"} <= {found.code for found in caught.value.diagnostics}


def test_a_file_that_lost_its_last_line_is_half_written() -> None:
    before = rulesets(f"{GOOD}{END}\n", one=f"{overlay('one')}{END}\n")
    whole = following(files(f"{BETTER}{END}\n", one=f"{overlay('one', 'One')}{END}"), before)
    assert (titles(whole), whole.held) == ({"small": "After", "one": "One"}, ())
    cut = following(files(f"{BETTER}{END}\n", one=overlay("one", "One")), before)
    assert titles(cut) == {"small": "After", "one": "T"}
    assert codes(cut)["one"] == ["unfinished-file"]
    cut = following(files(BETTER, one=f"{overlay('one', 'One')}{END}\n"), before)
    assert titles(cut) == {"small": "Before", "one": "T"}
    assert [found.code for found in cut.held] == ["unfinished-file"]


@pytest.mark.parametrize("share", range(1, 20))
def test_no_beginning_of_a_file_is_taken_for_the_whole(share: int) -> None:
    whole = f"{GOOD}{END}\n"
    part = whole[: len(whole) * share // 20]
    after = following(files(part), rulesets(whole))
    assert titles(after) == {"small": "Before"}
    assert after.held != ()


def test_rules_are_made_again_from_their_texts() -> None:
    texts = {key: ruleset.texts for key, ruleset in BEFORE.items()}
    again = restored({**texts, "odd": ("title: 5\n",)}, files(BROKEN))
    assert {key: ruleset.revision for key, ruleset in again.items()} == {
        key: ruleset.revision for key, ruleset in BEFORE.items()
    }
