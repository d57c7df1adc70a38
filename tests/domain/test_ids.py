"""Global ids say what they name, and a wrong one says what would be right."""

import pytest

from server.domain.ids import GlobalId, MalformedIdError, id_of, parse_id, parse_ref
from server.engine.facts import Kind, Ref


@pytest.mark.parametrize(
    ("ref", "text"),
    [(Ref(Kind.USER, 42), "User-42"), (Ref(Kind.PERSONA, 7), "Persona-7"), (Ref(Kind.PAIR, 9), "Match-9")],
)
def test_a_record_and_its_id_are_the_same_thing(ref: Ref, text: str) -> None:
    assert id_of(ref) == text
    assert parse_ref(text) == ref
    assert parse_id(text).ref() == ref


def test_a_row_of_history_has_an_id_but_no_statuses() -> None:
    assert parse_id("StatusChange-3") == GlobalId("StatusChange", 3)
    assert parse_id("StatusChange-3").ref() is None


@pytest.mark.parametrize(
    "text",
    ["", "7", "Persona", "Persona-", "Persona-0", "Persona-07", "persona-7", "Persona-7 ", "Persona--7", "Persona-٣",
     "Pet-7", "Persona-9999999999999999999", "Persona-7\n"],
)  # fmt: skip
def test_what_is_not_an_id_is_refused_with_the_form(text: str) -> None:
    with pytest.raises(MalformedIdError, match="Give one of the form Persona-1"):
        parse_ref(text, Kind.PERSONA)


def test_the_id_of_something_else_is_refused() -> None:
    with pytest.raises(MalformedIdError) as caught:
        parse_ref("User-42", Kind.PERSONA, Kind.PAIR)
    assert str(caught.value) == "User-42 is the id of another kind of thing. Give one of the form Persona-1 or Match-1."


def test_a_very_long_text_is_not_repeated_in_full() -> None:
    with pytest.raises(MalformedIdError) as caught:
        parse_id("x" * 10_000)
    assert len(str(caught.value)) < 300
