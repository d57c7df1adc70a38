import pytest

from server.drawing.colours import PALETTE, contrast, paint_of

READABLE = 4.5
"""The least contrast of small writing that the guidelines for accessibility ask for."""


@pytest.mark.parametrize("colour", ["dark-blue", "light-blue", "green"])
def test_the_charts_own_colours_are_well_read_by_day_and_by_night(colour: str) -> None:
    paint = paint_of(colour)
    assert contrast(paint.fill, paint.ink) >= READABLE
    assert contrast(paint.night_fill, paint.night_ink) >= READABLE


@pytest.mark.parametrize("colour", [*PALETTE, "#000000", "#ffffff", "#777777", "#ff0000"])
def test_the_better_of_dark_and_light_writing_stands_on_any_colour(colour: str) -> None:
    paint = paint_of(colour)
    assert contrast(paint.fill, paint.ink) >= 3.5


def test_a_name_that_nobody_knows_is_grey() -> None:
    assert paint_of("heliotrope") == paint_of("grey")
