"""The courier over a real outbox: what is due is carried once, what fails comes again, nothing is lost."""

import asyncio
import io
import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from server.delivery.backoff import ATTEMPTS
from server.delivery.carriers import UndeliveredError
from server.delivery.courier import LEASE, Courier, Tally
from server.domain.errors import TryAgainError
from server.domain.messages import Message, NewMessage, State
from server.store.database import Store, open_store
from server.store.messages import append_messages, messages_by_ids
from server.store.outbox import claim
from server.telemetry.logs import open_log
from tests.receiving import until
from tests.store.builders import NOW, World, persona


class Carried:
    """A carrier that notes what it is given. ``fails``: what it raises, one after the other; None is success."""

    def __init__(self, *fails: Exception | None) -> None:
        self.fails = list(fails)
        self.ids: list[int] = []
        self.closed = False

    async def carry(self, message: Message) -> None:
        self.ids.append(message.id)
        failure = self.fails.pop(0) if self.fails else None
        if failure is not None:
            raise failure

    async def close(self) -> None:
        self.closed = True


class Post:
    """A world with an outbox, a clock that is set by hand, and a log that can be read."""

    def __init__(self, world: World) -> None:
        self.world, self.now, self.lines = world, NOW, io.StringIO()
        world.register()

    def clock(self) -> datetime:
        return self.now

    def write(self, *channels: str) -> None:
        new = [
            NewMessage("news", channel, persona(1), 1, "Hello.", "Hi", 1, address="one@example.org")
            for channel in channels
        ]
        self.world.do(lambda work: append_messages(work.connection, self.world.program.id, new, self.now))

    def courier(self, **carriers: Carried) -> Courier:
        return Courier(self.world.store, carriers, self.clock, lambda: 0.5, open_log(self.lines, colours=False))

    def deliver(self, **carriers: Carried) -> Tally:
        return asyncio.run(self.courier(**carriers).deliver_due())

    def message(self, number: int = 1) -> Message:
        found: dict[int, Message] = self.world.read(messages_by_ids, [number])
        return found[number]

    def events(self) -> list[tuple[Any, ...]]:
        told = [json.loads(line) for line in self.lines.getvalue().splitlines()]
        return [(line["event"], line.get("message", line.get("channel")), line.get("reason")) for line in told]


@pytest.fixture
def post(store: Store) -> Post:
    return Post(World(store))


@pytest.fixture
def on_sqlite(sqlite_url: str) -> Iterator[Post]:
    opened = open_store(sqlite_url)
    yield Post(World(opened))
    opened.close()


def test_everything_due_is_carried_by_its_channel_and_once_only(post: Post) -> None:
    post.write("email", "webhook", *["email"] * 20)
    email, webhook = Carried(), Carried()
    assert post.deliver(email=email, webhook=webhook) == Tally(delivered=22)
    assert sorted(email.ids) == [1, *range(3, 23)]
    assert webhook.ids == [2]
    assert (post.message().state, post.message().delivered_at, post.message().attempts) == (State.DELIVERED, NOW, 1)
    assert post.deliver(email=email, webhook=webhook) == Tally()


def test_what_fails_comes_again_at_its_time(post: Post) -> None:
    post.write("email")
    email = Carried(UndeliveredError("the receiver answered 500"))
    assert post.deliver(email=email) == Tally(waiting=1)
    failed = post.message()
    assert (failed.state, failed.error, failed.next_attempt_at) == (
        State.PENDING,
        "the receiver answered 500",
        NOW + timedelta(seconds=30),
    )
    assert post.deliver(email=email) == Tally()
    post.now += timedelta(seconds=30)
    assert post.deliver(email=email) == Tally(delivered=1)
    assert (post.message().attempts, post.message().error) == (2, None)


def test_what_fails_for_good_is_given_up_at_once(post: Post) -> None:
    post.write("email")
    assert post.deliver(email=Carried(UndeliveredError("no such address", final=True))) == Tally(given_up=1)
    assert (post.message().state, post.message().error) == (State.FAILED, "no such address")
    assert post.events() == [("message given up", 1, "no such address")]


def test_after_the_last_attempt_a_message_waits_for_somebody_to_send_it_anew(post: Post) -> None:
    post.write("email")
    for _ in range(ATTEMPTS - 1):
        assert post.deliver(email=Carried(UndeliveredError("away"))) == Tally(waiting=1)
        post.now = post.message().next_attempt_at
    assert post.deliver(email=Carried(UndeliveredError("away"))) == Tally(given_up=1)
    assert (post.message().state, post.message().attempts) == (State.FAILED, ATTEMPTS)
    assert post.now - NOW < timedelta(hours=16)


def test_an_error_of_our_own_spoils_one_message_and_tells_no_text(post: Post) -> None:
    post.write("email", "email")
    assert post.deliver(email=Carried(RuntimeError("Hello. to one@example.org"))) == Tally(delivered=1, waiting=1)
    assert post.message(1).error == "an error of the server itself"
    assert "example.org" not in post.lines.getvalue()


def test_a_process_that_dies_in_the_middle_loses_nothing(post: Post) -> None:
    post.write("email")
    post.world.do(lambda work: claim(work.connection, ("email",), NOW, until=NOW + LEASE, limit=8))
    email = Carried()
    assert post.deliver(email=email) == Tally()
    post.now += LEASE
    assert post.deliver(email=email) == Tally(delivered=1)
    assert email.ids == [1]


def test_messages_of_a_channel_that_is_not_set_up_wait_and_the_log_says_so_once(post: Post) -> None:
    post.write("email", "webhook")

    async def twice() -> None:
        courier = post.courier(webhook=Carried())
        for _ in range(2):
            await courier.notice_unset()
            await courier.deliver_due()

    asyncio.run(twice())
    assert post.events() == [("messages wait", "email", None)]
    assert (post.message(1).state, post.message(1).attempts) == (State.PENDING, 0)
    assert post.message(2).state is State.DELIVERED


def running(courier: Callable[[], Courier], holds: Callable[[], bool]) -> None:
    """Lets a courier go its rounds until something holds, then stops it."""

    async def work() -> None:
        made = courier()
        made.start()
        await asyncio.to_thread(until, holds)
        await made.stop()

    asyncio.run(work())


def test_a_courier_on_its_rounds_finds_what_is_written_meanwhile(on_sqlite: Post) -> None:
    email = Carried()
    on_sqlite.write("email")
    running(lambda: on_sqlite.courier(email=email), lambda: on_sqlite.message().state is State.DELIVERED)
    assert email.closed
    assert on_sqlite.events() == []


def test_a_courier_outlives_a_database_that_is_away_and_says_so_once(on_sqlite: Post) -> None:
    store, looks = on_sqlite.world.store, []

    class Away:
        """A store whose first looks fail."""

        async def query(self, work: Any) -> Any:
            looks.append(work)
            if len(looks) in (2, 3):
                raise TryAgainError("The database is away.")
            return await store.query(work)

        async def mutate(self, work: Any) -> Any:
            return await store.mutate(work)

    on_sqlite.write("email")
    away = Courier(
        Away(),  # type: ignore[arg-type]  # the two methods that a courier uses
        {"email": Carried(), "webhook": Carried()},
        on_sqlite.clock,
        lambda: 0.5,
        open_log(on_sqlite.lines, colours=False),
    )
    on_sqlite.now -= timedelta(seconds=1)
    running(lambda: away, lambda: len(looks) > 3)
    assert on_sqlite.events() == [("messages not delivered", None, "The database is away.")]
