"""The outbox: what is due is given to one process at a time, and nothing is lost when that one dies."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from server.domain.filters import MessageFilter, Window
from server.domain.messages import NO_ADDRESS, Message, NewMessage, State
from server.store.database import Store, open_store
from server.store.messages import append_messages, erase_messages, messages_by_ids, messages_page, sites_of_people
from server.store.outbox import arrived, claim, failed, is_due, is_waiting, send_anew
from tests.store.builders import NOW, World

EMAIL, WEBHOOK = ("email",), ("webhook",)
LEASE = timedelta(minutes=2)


@pytest.fixture
def told(world: World) -> World:
    """Three messages about one person: two e-mails and a webhook, due at once."""
    person, its_persona = world.register()
    world.register()

    def write(work: Any) -> None:
        common = {"subject": its_persona, "cause_id": 1, "body": "Hello.", "title": "Hi"}
        new = [
            NewMessage("first", "email", recipient_id=person.id, address="person1@example.org", **common),
            NewMessage("second", "webhook", role="STAFF", sites=("LINCOLN",), **common),
            NewMessage("third", "email", recipient_id=person.id, address="person1@example.org", **common),
        ]
        append_messages(work.connection, world.program.id, new, NOW)

    world.do(write)
    return world


def message(world: World, number: int) -> Message:
    found: dict[int, Message] = world.read(messages_by_ids, [number])
    return found[number]


def take(
    world: World, channels: tuple[str, ...] = ("email", "webhook"), *, at: Any = NOW, limit: int = 10
) -> list[int]:
    found = world.do(lambda work: claim(work.connection, channels, at, until=at + LEASE, limit=limit))
    return [each.id for each in found]


def test_what_was_written_is_read_again(told: World) -> None:
    second = message(told, 2)
    assert (second.template, second.role, second.sites, second.recipient_id) == ("second", "STAFF", ("LINCOLN",), None)
    assert (second.title, second.body, second.address, second.state) == ("Hi", "Hello.", None, State.PENDING)
    assert (second.attempts, second.next_attempt_at, second.created_at) == (0, NOW, NOW)


def test_a_claim_takes_what_is_due_on_its_channels_oldest_first(told: World) -> None:
    assert take(told, EMAIL, limit=1) == [1]
    assert take(told, EMAIL) == [3]
    assert take(told, EMAIL) == []
    assert take(told, WEBHOOK) == [2]
    assert message(told, 1).attempts == 1


def test_a_claim_is_over_after_its_time_so_that_nothing_is_lost(told: World) -> None:
    assert take(told) == [1, 2, 3]
    assert take(told, at=NOW + LEASE - timedelta(seconds=1)) == []
    assert take(told, at=NOW + LEASE) == [1, 2, 3]
    assert message(told, 1).attempts == 2


def test_nothing_is_due_before_its_time_nor_on_another_channel(told: World) -> None:
    assert told.read(is_due, EMAIL, NOW)
    assert not told.read(is_due, EMAIL, NOW - timedelta(seconds=1))
    take(told, EMAIL)
    assert not told.read(is_due, EMAIL, NOW)
    assert told.read(is_waiting, "email")
    assert not told.read(is_waiting, "pigeon")


def test_what_arrived_is_never_taken_again(told: World) -> None:
    take(told)
    told.do(lambda work: arrived(work.connection, 1, NOW + timedelta(seconds=3)))
    done = message(told, 1)
    assert (done.state, done.delivered_at, done.error) == (State.DELIVERED, NOW + timedelta(seconds=3), None)
    assert take(told, at=NOW + LEASE) == [2, 3]


def test_what_failed_is_due_again_at_its_time(told: World) -> None:
    take(told)
    again = NOW + timedelta(minutes=5)
    taken = message(told, 1)
    told.do(lambda work: failed(work.connection, taken, "HTTP 500", again))
    assert (message(told, 1).state, message(told, 1).next_attempt_at) == (State.PENDING, again)
    assert take(told, EMAIL, at=again) == [1, 3]


def test_a_given_up_message_is_not_due_any_more(told: World) -> None:
    take(told)
    taken = message(told, 1)
    told.do(lambda work: failed(work.connection, taken, "HTTP 500", None))
    assert (message(told, 1).state, message(told, 1).error) == (State.FAILED, "HTTP 500")
    assert take(told, at=NOW + timedelta(days=1)) == [2, 3]


def test_a_late_failure_leaves_alone_what_somebody_else_has_taken_meanwhile(told: World) -> None:
    take(told, limit=1)
    late = message(told, 1)
    take(told, EMAIL, at=NOW + LEASE, limit=1)
    take(told, EMAIL, at=NOW + LEASE, limit=1)
    present = message(told, 1)
    assert present.attempts == 2
    told.do(lambda work: failed(work.connection, late, "too late", None))
    assert message(told, 1) == present
    told.do(lambda work: arrived(work.connection, 1, NOW))
    assert message(told, 1).state is State.DELIVERED


def test_what_was_given_up_can_be_sent_anew_and_what_arrived_cannot(told: World) -> None:
    take(told)
    taken = message(told, 1)
    told.do(lambda work: failed(work.connection, taken, "HTTP 500", None))
    told.do(lambda work: arrived(work.connection, 2, NOW))
    later = NOW + timedelta(days=1)
    assert told.do(lambda work: send_anew(work.connection, [1, 2, 99], later)) == 1
    fresh = message(told, 1)
    assert (fresh.state, fresh.attempts, fresh.next_attempt_at, fresh.error) == (State.PENDING, 0, later, None)


def test_an_email_without_an_address_finds_the_one_that_was_entered_since(world: World) -> None:
    person, its_persona = world.register(email=None)
    new = NewMessage("first", "email", its_persona, 1, "Hello.", recipient_id=person.id)
    world.do(lambda work: append_messages(work.connection, world.program.id, [new], NOW))
    assert (message(world, 1).state, message(world, 1).error) == (State.FAILED, NO_ADDRESS)
    world.do(lambda work: work.edit_user(person.id, name="Now", email="now@example.org", external_id=None))
    world.do(lambda work: send_anew(work.connection, [1], NOW))
    assert message(world, 1).address == "now@example.org"


def test_an_erased_message_has_no_text_and_is_never_sent(told: World) -> None:
    person = message(told, 1).recipient_id
    assert told.do(lambda work: erase_messages(work.connection, person)) == 3
    for number in (1, 2, 3):
        gone = message(told, number)
        assert (gone.title, gone.body, gone.address, gone.state) == (None, None, None, State.FAILED)
    assert told.do(lambda work: send_anew(work.connection, [1, 2, 3], NOW)) == 0
    assert take(told) == []


def test_erasing_one_person_leaves_the_others_alone(told: World) -> None:
    assert told.do(lambda work: erase_messages(work.connection, 2)) == 0
    assert message(told, 1).body == "Hello."


def test_a_role_is_meant_at_the_sites_where_the_people_are_now(world: World) -> None:
    north, south = world.site("NORTH"), world.site("SOUTH")
    mentor, _ = world.register("MENTOR", site=north.id)
    mentee, _ = world.register("MENTEE", site=south.id)
    nobody, _ = world.register()
    assert world.read(sites_of_people, [mentor.id, mentee.id, nobody.id]) == ("NORTH", "SOUTH")
    assert world.read(sites_of_people, [nobody.id]) == ()


def test_pages_hold_one_program_and_what_is_asked_for(told: World) -> None:
    def page(narrowed: MessageFilter, program: int) -> list[int]:
        found = told.read(messages_page, program, narrowed, Window())
        return [row.id for row in found.rows]

    assert page(MessageFilter(), told.program.id) == [1, 2, 3]
    assert page(MessageFilter(channel_in=EMAIL, template_in=("third", "second")), told.program.id) == [3]
    assert page(MessageFilter(), told.program.id + 1) == []


def test_several_processes_never_take_the_same_message(told: World, store_url: str) -> None:
    new = NewMessage("many", "webhook", subject=message(told, 1).refs()[0], cause_id=1, body="Hello.", role="STAFF")

    def write(work: Any) -> None:
        append_messages(work.connection, told.program.id, [new] * 60, NOW)

    told.do(write)
    others = [open_store(store_url) for _ in range(3)]

    def everything(store: Store) -> list[int]:
        found: list[int] = []
        while batch := store.mutate_now(
            lambda session: session.act(
                lambda work: claim(work.connection, ("webhook", "email"), NOW, until=NOW + LEASE, limit=4)
            )
        ):
            found += [each.id for each in batch]
        return found

    try:
        with ThreadPoolExecutor(3) as pool:
            taken = [number for batch in pool.map(everything, others) for number in batch]
    finally:
        for store in others:
            store.close()
    assert sorted(taken) == list(range(1, 64))
