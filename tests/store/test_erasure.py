"""Erasing a person from the rows: nothing of their own is left, and nobody else's is touched."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from server.domain.tokens import NewToken, Secret
from server.engine.facts import Ref
from server.store.erasure import clear_texts_before, count_texts_before, erase_person, open_matches_of
from server.store.tables import act_texts, acts, metadata, status_changes, tokens, users
from server.store.tokens import TOKEN, add_token
from tests.store.builders import GOODBYE, NOW, World, an_act

CANARY = "canary"
SAID = {"note": f"{CANARY} note", "texts": {"why": f"{CANARY} text"}}
LATER = NOW + timedelta(days=1)


def everything(world: World) -> str:
    """Every row of every table."""
    return world.read(lambda c: "\n".join(str(list(c.execute(select(table)))) for table in metadata.sorted_tables))


def history(world: World) -> Any:
    return world.read(
        lambda c: [c.execute(select(table).order_by(table.c.id)).all() for table in (acts, status_changes)]
    )


def erase(world: World, person: Ref) -> int:
    return world.do(lambda work: erase_person(work.connection, person.id, LATER))


@pytest.fixture
def told(world: World) -> tuple[World, Ref, Ref]:
    """A person whose name, addresses, notes, answers, acts and token all hold the canary; and a closed match."""
    person, persona = world.ready(name=f"{CANARY} name", email=f"{CANARY}@example.org", external_id=f"{CANARY}-id")
    partner = world.ready("MENTEE", name="Partner")[1]
    match = world.act("match", persona, partner=partner, act=SAID).created[Ref(persona.kind.PAIR, -1)]
    world.act("close_match", match, answers=GOODBYE, act=SAID)
    by = {"actor_user_id": person.id, "actor_name": f"{CANARY} name"}
    world.act("finish_application", world.register()[0], act={**by, "note": "kept"})
    row = an_act(world.program.id, "create_token", TOKEN, note=f"{CANARY} note")
    new = NewToken(f"{CANARY} name", ("PARTICIPANT",), world.program.id, None, person.id, NOW, None)
    world.do(lambda work: add_token(work, row, new, Secret("abcdefgh", "mk_abcdefgh_x")))
    return world, person, match


def test_nothing_that_names_the_person_is_left_in_any_row(told: tuple[World, Ref, Ref]) -> None:
    world, person, _ = told
    assert everything(world).count(CANARY) > 10
    assert erase(world, person) == 3
    assert CANARY not in everything(world)


def test_history_keeps_its_ids_and_codes_and_what_belongs_to_others(told: tuple[World, Ref, Ref]) -> None:
    world, person, _ = told
    before = history(world)
    erase(world, person)
    assert history(world) == before
    kept = world.read(lambda c: c.execute(select(act_texts).where(act_texts.c.note.is_not(None))).all())
    assert [(row.note, row.actor_name) for row in kept] == [("kept", "Erased person")]
    assert "Partner" in everything(world)


def test_the_person_is_still_there_without_a_name_and_cannot_sign_in(told: tuple[World, Ref, Ref]) -> None:
    world, person, _ = told
    erase(world, person)
    row = world.read(lambda c: c.execute(select(users).where(users.c.id == person.id)).one())
    assert (row.name, row.email, row.email_key, row.external_id) == ("Erased person", None, None, None)
    assert (row.name_key, row.search_text, row.erased_at) == ("erased person", "erased person", LATER)
    (token,) = world.read(lambda c: c.execute(select(tokens)).all())
    assert (token.name, token.revoked_at) == ("Erased person", LATER)


def test_a_token_that_was_revoked_before_keeps_its_end(told: tuple[World, Ref, Ref]) -> None:
    world, person, _ = told
    world.do(lambda work: work.connection.execute(tokens.update().values(revoked_at=NOW)))
    erase(world, person)
    assert world.read(lambda c: c.execute(select(tokens.c.revoked_at)).scalar_one()) == NOW


def test_open_matches_of_a_person_are_found_from_either_side(world: World) -> None:
    match, mentor, mentee = world.matched()
    people = world.read(lambda c: dict(c.execute(select(metadata.tables["personas"].c["id", "user_id"])).all()))
    for side in (mentor, mentee):
        assert world.read(open_matches_of, people[side.id]) == [match.id]
    world.act("close_match", match, answers=GOODBYE)
    assert world.read(open_matches_of, people[mentor.id]) == []


def test_texts_entered_before_a_moment_are_counted_and_cleared(told: tuple[World, Ref, Ref]) -> None:
    world, _, match = told
    closed = world.read(lambda c: c.scalars(select(acts.c.recorded_at).where(acts.c.name == "close_match")).one())
    assert match.id == 1
    assert world.read(count_texts_before, closed) == world.do(lambda work: clear_texts_before(work.connection, closed))
    left = world.read(lambda c: c.scalars(select(act_texts.c.note).where(act_texts.c.note.is_not(None))).all())
    assert left == [f"{CANARY} note", "kept"]
    assert world.read(count_texts_before, closed) == 0
