"""Tokens of our own, on both databases."""

import asyncio
from datetime import datetime, timedelta

import pytest

from server.domain.actors import Caller
from server.domain.errors import NotSignedInError
from server.identity.own_tokens import OwnTokens
from server.identity.sign_in import SignIn
from tests.identity.builders import NOW, a_door, counted
from tests.identity.conftest import Home


def enter(home: Home, text: str, now: datetime = NOW) -> Caller:
    async def entered() -> Caller:
        door = SignIn(OwnTokens(home.store, lambda: now), None)
        try:
            return await door.caller(text)
        finally:
            await door.close()

    return asyncio.run(entered())


def reason(home: Home, text: str, now: datetime = NOW) -> str:
    with pytest.raises(NotSignedInError) as refused:
        enter(home, text, now)
    return refused.value.reason


def test_the_bearer_is_who_the_token_stands_for(home: Home) -> None:
    issued = home.issue("SITE_STAFF", "AUDITOR", site="lincoln")
    assert enter(home, issued.secret) == Caller(
        "A token",
        frozenset({"SITE_STAFF", "AUDITOR"}),
        program_id=home.base,
        site_id=home.site_id,
        token_id=issued.token.id,
    )


def test_a_participant_bears_their_own_name(home: Home) -> None:
    issued = home.issue("PARTICIPANT", user_id=home.user_id)
    assert enter(home, issued.secret) == Caller(
        "Rosa Alvarez",
        frozenset({"PARTICIPANT"}),
        user_id=home.user_id,
        program_id=home.base,
        token_id=issued.token.id,
    )


def test_the_owners_token_is_for_every_program(home: Home) -> None:
    assert enter(home, home.issue("SUPER_ADMIN").secret).program_id is None


def test_a_revoked_token_lets_nobody_in(home: Home) -> None:
    issued = home.issue("SUPER_ADMIN")
    enter(home, issued.secret)
    home.revoke(issued.token)
    assert reason(home, issued.secret) == "revoked token"


def test_a_token_ends_at_the_moment_it_expires(home: Home) -> None:
    end = NOW + timedelta(days=90)
    issued = home.issue("SUPER_ADMIN", expires_at=end)
    enter(home, issued.secret, end - timedelta(microseconds=1))
    assert reason(home, issued.secret, end) == "expired token"


def test_a_known_prefix_with_another_secret_lets_nobody_in(home: Home) -> None:
    issued = home.issue("SUPER_ADMIN")
    assert reason(home, f"{issued.secret[:-1]}b") == "unknown token"
    assert home.kept(issued.token).last_used_at is None


def test_signing_in_costs_one_statement(home: Home) -> None:
    issued = home.issue("PARTICIPANT", user_id=home.user_id)
    enter(home, issued.secret)

    async def entered() -> None:
        await a_door(home.store, None).caller(issued.secret)

    with counted(home.store) as statements:
        asyncio.run(entered())
    assert len(statements) == 1


def test_the_last_use_is_written_at_most_once_a_minute(home: Home) -> None:
    issued = home.issue("SUPER_ADMIN")

    def used_at(after: float) -> datetime | None:
        enter(home, issued.secret, NOW + timedelta(seconds=after))
        return home.kept(issued.token).last_used_at

    assert used_at(0) == NOW
    assert used_at(59.999) == NOW
    assert used_at(60) == NOW + timedelta(seconds=60)


def test_a_token_used_by_many_at_once_is_noted_once(home: Home) -> None:
    issued = home.issue("SUPER_ADMIN")
    written: list[int] = []

    async def entered() -> None:
        own = OwnTokens(home.store, lambda: NOW)
        write = own._write
        own._write = lambda number, now: written.append(number) or write(number, now)  # type: ignore[method-assign,func-returns-value]  # counts
        await asyncio.gather(*(own.caller(issued.token.prefix, issued.secret) for _ in range(20)))
        await own.close()

    asyncio.run(entered())
    assert written == [issued.token.id]
    assert home.kept(issued.token).last_used_at == NOW
