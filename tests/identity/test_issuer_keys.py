"""An issuer's keys: kept, renewed, rotated under load, and kept on while it is away."""

import asyncio
import io
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import httpx
import pytest
from joserfc.jwk import Key

from server.identity.issuer import IssuerError
from server.identity.issuer_keys import KEPT_FOR, RENEWED_AFTER, IssuerKeys
from server.openid_settings import OpenIdSettings
from server.telemetry.logs import open_log
from tests.identity.builders import AUDIENCE, KINDS, NOW, Issuer
from tests.serving import serving

ONE, TWO = KINDS["EdDSA"]("one"), KINDS["EdDSA"]("two")


@dataclass
class Rig:
    """Keys over an issuer that a test moves by hand."""

    told: dict[str | None, Key] = field(default_factory=lambda: {"one": ONE})
    away: bool = False
    asked: int = 0
    now: float = 0.0
    lines: io.StringIO = field(default_factory=io.StringIO)
    delay: Callable[[], Awaitable[None]] | None = None

    async def fetch(self) -> dict[str | None, Key]:
        self.asked += 1
        told = dict(self.told)
        if self.delay is not None:
            await self.delay()
        if self.away:
            raise IssuerError("away")
        return told

    def keys(self, pause: float = 0.0) -> IssuerKeys:
        return IssuerKeys(self.fetch, open_log(self.lines, colours=False), lambda: self.now, pause=pause)


def test_the_issuer_is_asked_once_for_many() -> None:
    async def scene() -> None:
        rig = Rig()
        keys = rig.keys()
        assert await asyncio.gather(*(keys.find("one") for _ in range(50))) == [ONE] * 50
        assert rig.asked == 1

    asyncio.run(scene())


def test_a_new_key_is_found_at_once() -> None:
    async def scene() -> None:
        rig = Rig()
        keys = rig.keys()
        await keys.find("one")
        rig.told = {"two": TWO}
        assert await keys.find("two") == TWO
        assert await keys.find("one") is None

    asyncio.run(scene())


def test_a_key_told_while_a_question_is_under_way_is_found_by_the_next() -> None:
    async def scene() -> None:
        rig, gate = Rig(), asyncio.Event()
        rig.delay = lambda: asyncio.wait_for(gate.wait(), 5)
        keys = rig.keys()
        first = asyncio.create_task(keys.find("one"))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert rig.asked == 1
        rig.told = {"one": ONE, "two": TWO}
        second = asyncio.create_task(keys.find("two"))
        await asyncio.sleep(0)
        gate.set()
        assert (await first, await second, rig.asked) == (ONE, TWO, 2)

    asyncio.run(scene())


def test_unknown_keys_ask_no_more_often_than_the_pause_allows() -> None:
    async def scene() -> None:
        rig = Rig()
        keys = rig.keys(pause=0.05)
        await keys.find("one")
        rig.now = 0.0
        for _ in range(3):
            assert await asyncio.gather(*(keys.find(f"forged-{number}") for number in range(100))) == [None] * 100
        assert rig.asked <= 1 + 3 * 2

    asyncio.run(scene())


def test_known_keys_do_not_wait_for_an_issuer_that_is_away() -> None:
    async def scene() -> None:
        rig = Rig()
        keys = rig.keys()
        await keys.find("one")
        rig.away, rig.now = True, RENEWED_AFTER
        assert await keys.find("one") == ONE
        await asyncio.sleep(0.01)
        assert rig.asked == 2
        assert "not renewed" in rig.lines.getvalue()
        rig.now = KEPT_FOR - 1
        assert await keys.find("one") == ONE

    asyncio.run(scene())


def test_after_a_day_without_the_issuer_its_keys_are_no_longer_good() -> None:
    async def scene() -> None:
        rig = Rig()
        keys = rig.keys()
        await keys.find("one")
        rig.away, rig.now = True, KEPT_FOR
        assert await keys.find("one") is None
        rig.away = False
        assert await keys.find("one") == ONE

    asyncio.run(scene())


def test_a_withdrawn_key_is_forgotten_when_the_keys_are_renewed() -> None:
    async def scene() -> None:
        rig = Rig({"one": ONE, "two": TWO})
        keys = rig.keys()
        await keys.find("one")
        rig.told, rig.now = {"two": TWO}, RENEWED_AFTER
        assert await keys.find("one") == ONE
        await asyncio.sleep(0.01)
        assert await keys.find("one") is None

    asyncio.run(scene())


@pytest.mark.parametrize("rotations", [2])
def test_no_request_fails_while_the_issuer_changes_its_keys(issuer: Issuer, sqlite_url: str, rotations: int) -> None:
    openid = OpenIdSettings(issuer.origin, AUDIENCE, (("roles", "mk-owner", "SUPER_ADMIN"),))
    answered: list[int] = []

    async def knock(client: httpx.AsyncClient, url: str, done: asyncio.Event) -> None:
        while not done.is_set():
            token = issuer.sign(issuer.keys[-1], roles="mk-owner")
            response = await client.get(
                f"{url}/graphql", params={"query": "{ viewer { name } }"}, headers={"Authorization": f"Bearer {token}"}
            )
            answered.append(response.status_code)

    async def more_answers() -> None:
        """Waits until each caller has been answered twice again: at least once with what came before."""
        wanted = len(answered) + 16
        while len(answered) < wanted:
            await asyncio.sleep(0.01)

    async def scene(url: str) -> None:
        done = asyncio.Event()
        async with httpx.AsyncClient(timeout=20) as client, asyncio.timeout(60):
            knocking = [asyncio.create_task(knock(client, url, done)) for _ in range(8)]
            for number in range(rotations):
                await more_answers()
                issuer.keys.append(KINDS["ES256"](f"rotated-{number}"))
            await more_answers()
            done.set()
            await asyncio.gather(*knocking)

    with serving(sqlite_url, openid=openid, test_clock=NOW) as api:
        asyncio.run(scene(api.url))
    assert set(answered) == {200}
