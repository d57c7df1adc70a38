"""Watches the rules files, and tells when they have become others and have been quiet since."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, suppress
from pathlib import Path

from watchfiles import awatch

from server.rules.files import PROGRAMS, RuleFiles, gather

POLL_SECONDS = 1.0
"""How often the files are read even if no move was noticed: on network folders none ever is."""

QUIET_SECONDS = 0.3
"""For how long the files must say the same before anybody acts on them."""

_STEP_MILLISECONDS = 100
"""How long moves are gathered, and how soon the watcher ends when it is told to."""


async def settled(path: Path, known: RuleFiles, stopping: asyncio.Event) -> AsyncGenerator[RuleFiles]:
    """The rules files, each time that they say something else than ``known``, and than the time before.

    ``path``: the base file. The overlays in the folder beside it are watched too; what counts is what is
    in the files, however it came there. Ends when ``stopping`` is set.
    """
    async with aclosing(_looks(path, stopping)) as looks:
        async for _ in looks:
            found = await asyncio.to_thread(gather, path)
            if found != known:
                found = await _quiet(path, found, stopping)
                if found != known and not stopping.is_set():
                    known = found
                    yield found


async def _quiet(path: Path, found: RuleFiles, stopping: asyncio.Event) -> RuleFiles:
    while not stopping.is_set():
        await _rest(QUIET_SECONDS, stopping)
        before, found = found, await asyncio.to_thread(gather, path)
        if found == before:
            break
    return found


async def _looks(path: Path, stopping: asyncio.Event) -> AsyncGenerator[None]:
    """The moments to look at the files: when something has moved in a folder of theirs, and every so often."""
    while not stopping.is_set():
        yield
        folders = _folders(path)
        moves = awatch(
            *folders,
            watch_filter=None,
            debounce=2 * _STEP_MILLISECONDS,
            step=_STEP_MILLISECONDS,
            stop_event=stopping,
            rust_timeout=int(POLL_SECONDS * 1000),
            yield_on_timeout=True,
            recursive=False,
        )
        try:
            async with aclosing(moves):
                async for _ in moves:
                    yield
                    if _folders(path) != folders:
                        break
        except (OSError, RuntimeError):  # a folder has just gone, or the system watches as much as it can
            await _rest(POLL_SECONDS, stopping)


def _folders(path: Path) -> Mapping[Path, tuple[int, int]]:
    """The folders in which a move may be one of the rules, with what tells each from another of its name."""
    found = {}
    for folder in (path.parent, path.resolve().parent, path.parent / PROGRAMS):
        with suppress(OSError):
            about = folder.stat()
            found[folder] = (about.st_dev, about.st_ino)
    return found


async def _rest(seconds: float, stopping: asyncio.Event) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(stopping.wait(), seconds)
