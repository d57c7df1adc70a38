"""Who waits for commits is woken by each: by this process's own, and by those of others."""

import asyncio

import pytest

from server.store.bell import Bell
from server.store.database import open_store
from server.store.sessions import Store
from tests.store.builders import World

PATIENCE_SECONDS = 60.0


def test_a_ring_is_heard_also_by_who_was_busy_and_only_once() -> None:
    async def listen() -> list[bool]:
        bell = Bell()
        with bell.ear() as ear:
            bell.ring()
            bell.ring()
            first = await ear.rung(PATIENCE_SECONDS)
            return [first, await ear.rung(0)]

    assert asyncio.run(listen()) == [True, False]


def test_every_ear_hears_it_until_it_no_longer_listens() -> None:
    async def listen() -> tuple[list[bool], bool]:
        bell = Bell()
        with bell.ear() as one, bell.ear() as other:
            bell.ring()
            found = [await one.rung(PATIENCE_SECONDS), await other.rung(PATIENCE_SECONDS)]
        return found, bell.heard

    assert asyncio.run(listen()) == ([True, True], False)


def test_a_loop_that_is_gone_keeps_nobody_from_being_told() -> None:
    bell = Bell()

    async def listen() -> None:
        bell.ear().__enter__()

    asyncio.run(listen())
    bell.ring()


def is_heard(listener: Store, writer: World) -> bool:
    """Whether an act of the writer rings the bell of the listener, which may ring in vain before."""

    async def listen() -> bool:
        hearing = asyncio.create_task(listener.hear_others())
        with listener.bell.ear() as ear:
            while await ear.rung(2.5):
                pass
            await asyncio.to_thread(writer.register)
            found = await ear.rung(PATIENCE_SECONDS)
        hearing.cancel()
        return found

    return asyncio.run(listen())


@pytest.mark.parametrize("elsewhere", [False, True])
def test_a_commit_is_heard_by_the_process_that_made_it_and_by_others(
    store: Store, store_url: str, elsewhere: bool
) -> None:
    other = open_store(store_url) if elsewhere else store
    try:
        assert is_heard(store, World(other))
    finally:
        other.close()


def test_a_listener_whose_connection_breaks_listens_again(postgres_url: str) -> None:
    store, other = open_store(postgres_url), open_store(postgres_url)
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'LISTEN matchkeeper_history'"

    async def listen() -> list[bool]:
        hearing = asyncio.create_task(store.hear_others())
        with store.bell.ear() as ear:
            found = [await ear.rung(PATIENCE_SECONDS)]  # it listens
            await asyncio.to_thread(
                other.mutate_now, lambda session: session.connection.exec_driver_sql(cut).scalar_one()
            )
            found.append(await ear.rung(PATIENCE_SECONDS))  # it listens again
            await asyncio.to_thread(World(other).register)
            found.append(await ear.rung(PATIENCE_SECONDS))
        hearing.cancel()
        return found

    try:
        assert asyncio.run(listen()) == [True, True, True]
    finally:
        store.close()
        other.close()
