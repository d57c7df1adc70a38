"""Hears what other processes commit to PostgreSQL, by LISTEN and NOTIFY."""

import asyncio
from typing import Any

import psycopg
from sqlalchemy import URL

from server.store.bell import Bell

CHANNEL = "matchkeeper_history"
"""What transactions notify that append to history; the notice goes out with their commit."""

AGAIN_SECONDS = 1.0
_CONNECT_SECONDS = 2


async def listen(url: URL, bell: Bell) -> None:
    """Rings for every commit, until it is cancelled.

    A connection that breaks is made again; what was committed meanwhile is rung for then.
    """
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(**_parameters(url), autocommit=True) as connection:
                await connection.execute(f"LISTEN {CHANNEL}")
                bell.ring()
                async for _ in connection.notifies():
                    bell.ring()
        except psycopg.Error:
            await asyncio.sleep(AGAIN_SECONDS)


def _parameters(url: URL) -> dict[str, Any]:
    """The address as the driver takes it: what stands in the query of the address are parameters too."""
    given = {"host": url.host, "port": url.port, "dbname": url.database, "user": url.username, "password": url.password}
    return {
        **{name: value for name, value in given.items() if value is not None},
        **url.query,
        "connect_timeout": _CONNECT_SECONDS,
    }
