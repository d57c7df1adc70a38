import pytest

from server.rules.suggestions import did_you_mean, listed, quoted


@pytest.mark.parametrize(
    ("word", "near"),
    [("enter_poll", "enter_pool"), ("Enter-Pool", "enter_pool"), ("leave", "leave_pool"), ("form", "from")],
)
def test_a_misspelt_word_finds_the_nearest(word, near):
    assert did_you_mean(word, ["enter_pool", "leave_pool", "for", "from"]) == f"; did you mean {near}?"


def test_a_word_like_no_other_gets_no_suggestion():
    assert did_you_mean("zzz", ["enter_pool"]) == ""
    assert did_you_mean("x" * 1000, ["x" * 999]) == ""


def test_long_words_are_cut_and_long_lists_counted():
    assert quoted("x" * 100) == "x" * 80 + "..."
    assert listed([]) is None
    assert listed([f"n{i}" for i in range(14)]).endswith("n11 and 2 more")
