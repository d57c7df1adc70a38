from hypothesis import given
from hypothesis import strategies as st

from server.drawing.lettering import lines_of, width_of


def test_words_are_kept_whole_as_long_as_they_fit() -> None:
    assert lines_of("Account made in error", 12, 90) == ("Account made", "in error")


def test_what_does_not_fit_gives_way_to_an_ellipsis() -> None:
    assert lines_of("one two three four five six seven", 12, 60) == ("one two", "three…")
    (line,) = lines_of("W" * 200, 12, 60)
    assert line.endswith("W…")


@given(st.text(max_size=80), st.floats(40, 200))
def test_no_line_is_wider_than_its_room(text: str, room: float) -> None:
    assert all(width_of(line, 12) <= room for line in lines_of(text, 12, room))


def test_signs_of_the_east_count_as_wide() -> None:
    assert width_of("面談", 10) == 20
