"""Schedulers take turns: each keeps to the rules it began under."""

import asyncio
from dataclasses import dataclass, field
from typing import Any, cast

from server.engine.ruleset import Ruleset
from server.services.in_force import InForce
from server.services.rulebook import Rulebook
from server.services.scheduler import Scheduler
from server.services.timekeeping import Timekeeping
from tests.services.school import School


@dataclass
class Stopwatch:
    """Stands in for a scheduler: ends when it is told to, and notes what it ran under."""

    rulebook: Rulebook
    ended: list[Rulebook]
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    def stop(self) -> None:
        self.stopping.set()

    async def keep_time(self) -> None:
        await self.stopping.wait()
        self.ended.append(self.rulebook)


def book(like: Rulebook, rulesets: dict[int, Ruleset], **more: Any) -> Rulebook:
    return Rulebook(like.programs, rulesets, like.base, {}, **more)


def test_a_scheduler_ends_when_the_rules_change_and_the_next_begins_under_the_new_ones(school: School) -> None:
    first = school.book
    own = {program.id: first.ruleset(program.id) for program in first.programs}
    told = book(first, own, problems={first.base: ()})
    second = book(first, {**own, first.program(None).id: school.rules["post_secondary"]})
    begun: list[Rulebook] = []
    ended: list[Rulebook] = []

    def begin(rulebook: Rulebook) -> Scheduler:
        begun.append(rulebook)
        return cast("Scheduler", Stopwatch(rulebook, ended))

    async def scene() -> None:
        in_force = InForce(first)
        timekeeping = Timekeeping(in_force, begin)
        keeping = asyncio.create_task(timekeeping.keep_time())
        await asyncio.sleep(0.01)
        in_force.exchange(told)
        await asyncio.sleep(0.01)
        assert (begun, ended) == ([first], [])
        in_force.exchange(second)
        await asyncio.sleep(0.01)
        assert (begun, ended) == ([first, second], [first])
        timekeeping.stop()
        await asyncio.wait_for(keeping, 1)
        assert ended == [first, second]

    asyncio.run(scene())
