"""Patterns: what they fit, what is none, and that no text makes them slow."""

import re
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.engine.patterns import LONGEST, PatternError, parse_pattern

PATTERNS = [
    "abc",
    "a|b|cd",
    "(ab)+",
    "a?b*c+",
    "[a-c]{2,3}",
    "[^a-c]",
    "a{2}b{1,}",
    r"\d+(-\d+)?",
    r"\w\s\S",
    ".b.",
    "(a|ab)(c|bcd)",
    "((a|b)*c)*",
    r"[a\-c-]+",
    "a.*b",
]


@pytest.mark.parametrize("pattern", PATTERNS)
@given(text=st.text(alphabet="abcd-1 _", max_size=8))
def test_a_pattern_fits_what_the_same_regular_expression_fits(pattern: str, text: str) -> None:
    assert parse_pattern(pattern).fits(text) is bool(re.fullmatch(pattern, text, re.ASCII | re.DOTALL))


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("(a", "a bracket ( is not closed"),
        ("a)", "a bracket ) closes nothing"),
        ("[a", "it ends too early"),
        ("[]", "[] holds no character"),
        ("[z-a]", "z-a is in the wrong order"),
        (r"[\D]", r"\D, \W and \S cannot stand in [ ]"),
        ("a**", "two signs of repetition follow one another"),
        ("a+?", "two signs of repetition follow one another"),
        ("*a", "* repeats or closes nothing; for the sign itself write \\*"),
        ("a{3,2}", "{3,2} is no number of times"),
        ("a{0}", "{0} is no number of times"),
        ("a{x}", "a number of times is written as {2}, {2,} or {2,5}, up to 100"),
        ("a{101}", "a number of times is written as {2}, {2,} or {2,5}, up to 100"),
        ("(?=a)", "a bracket that begins with (? means nothing here"),
        (r"(a)\1", "\\1 means nothing here; there are \\d, \\w, \\s, \\D, \\W and \\S"),
        ("^a$", "^ is not needed: it is always held against the whole text"),
        ("a|", "something is missing: a part of it is empty"),
        ("()", "something is missing: a part of it is empty"),
        ("(" * 11 + "a" + ")" * 11, "more than 10 brackets stand in one another"),
        ("((a{50}){50}){50}", "with everything repeated written out, it is too long"),
        ("a" * (LONGEST + 1), "it has more than 200 characters"),
    ],
)
def test_what_is_no_pattern_is_refused_with_the_reason(pattern: str, reason: str) -> None:
    with pytest.raises(PatternError) as caught:
        parse_pattern(pattern)
    assert str(caught.value) == reason


@pytest.mark.parametrize("pattern", ["(a*)*b", "(a|a)*b", "a*a*a*a*a*b", "(a|aa)+b"])
def test_a_pattern_on_which_others_think_for_ever_is_quick(pattern: str) -> None:
    begin = process_time()
    assert not parse_pattern(pattern).fits("a" * 2_000)
    assert process_time() - begin < 1
