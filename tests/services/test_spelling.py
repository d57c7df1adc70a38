"""A word that names nothing is answered with the one that was probably meant, and with what there is."""

from server.services.spelling import suggestion


def test_the_word_that_was_meant_is_named_before_all_there_are() -> None:
    assert suggestion("lincon", ["lincoln", "north"]) == "Did you mean lincoln? There are: lincoln, north."
    assert suggestion("sooth", iter(["north"])) == "There are: north."
    assert suggestion("any", []) == "There are: none."


def test_of_many_words_the_first_thirty_are_listed() -> None:
    said = suggestion("nothing", [f"site_{number}" for number in range(31)])
    assert said.endswith("site_28, site_29 and more.")
