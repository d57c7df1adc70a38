"""Erasing a person: an act like others, refused while a match is open."""

from collections.abc import Callable

import pytest

from server.domain.actors import Caller
from server.domain.commands import Options
from server.domain.errors import ConflictError, InputProblemsError, NotFoundError
from server.domain.filters import Window
from server.engine.facts import Kind
from server.engine.ruleset import OWNER
from server.services.erasure import Erased, Erasure
from server.services.token_wishes import TokenWish
from server.services.tokens import Tokens
from server.store.history import changes_of
from tests.services.school import ANYBODY, GOODBYE, School

OPERATOR = Caller("Command line", frozenset({OWNER}))


def erase(school: School, user_id: int) -> Erased:
    return school.act(Erasure(school.book, school.clock).erase, user_id, by=OPERATOR)


def test_an_erasure_stands_in_history_and_moves_nothing(school: School) -> None:
    gus = school.gus.user
    assert erase(school, gus.id) == Erased(gus.id, texts=1)
    found = school.store.query_now(lambda s: changes_of(s.connection, Kind.USER, [gus.id], Window(limit=50)))
    last = found[gus.id].rows[-1]
    assert (last.transition, last.machine, last.actor_name, last.note) == (
        "erase_person",
        "user_status",
        "Command line",
        None,
    )
    assert last.before == last.after
    assert [row.note for row in found[gus.id].rows] == [None] * len(found[gus.id].rows)


def test_the_erased_person_is_shown_without_a_name_and_found_by_none(school: School) -> None:
    erase(school, school.gus.user.id)
    shown = school.read(school.office, lambda reader: reader.users([school.gus.user.id]))[school.gus.user.id]
    assert (shown.name, shown.email, shown.external_id) == ("Erased person", None, None)
    assert school.read(school.office, lambda reader: reader.user_by_email(1, "gus@example.org")) is None


def test_erasing_again_changes_nothing_and_is_no_fault(school: School) -> None:
    erase(school, school.gus.user.id)
    before = school.dump()
    assert erase(school, school.gus.user.id) == Erased(school.gus.user.id, before=True)
    assert school.dump() == before


def test_nobody_in_an_open_match_is_erased(school: School) -> None:
    before = school.dump()
    with pytest.raises(ConflictError, match=r"User-2 is in an open match: Match-1\. Close it first"):
        erase(school, school.eve.user.id)
    assert school.dump() == before
    school.perform("close_match", school.inner, answers=GOODBYE)
    assert erase(school, school.eve.user.id).before is False


def test_whoever_does_not_exist_is_not_found(school: School) -> None:
    before = school.dump()
    with pytest.raises(NotFoundError):
        erase(school, 99)
    assert school.dump() == before


def _rename(school: School) -> object:
    return school.act(school.people.update_user, school.gus.user, {"name": "Gus"}, Options())


def _token(school: School) -> object:
    tokens = Tokens(school.book, school.clock, lambda length: b"x" * length)
    return school.act(tokens.create, TokenWish("Gus", ("PARTICIPANT",), user_id=school.gus.user.id), by=ANYBODY)


@pytest.mark.parametrize("act", [_rename, _token])
def test_nothing_brings_a_name_back(act: Callable[[School], object], school: School) -> None:
    erase(school, school.gus.user.id)
    before = school.dump()
    with pytest.raises(InputProblemsError, match="This person was erased"):
        act(school)
    assert school.dump() == before
