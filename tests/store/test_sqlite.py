"""What is particular to SQLite: settings, the one writer, deadlines, a full disk, a killed process."""

import asyncio
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from functools import partial
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import event, make_url, text

from server.domain.errors import TryAgainError
from server.domain.people import User
from server.store import writer
from server.store.columns import Moment, microseconds
from server.store.database import Session, Store, open_store
from server.store.sqlite import SqliteStore
from server.store.users import users_by_ids
from tests.store.builders import NOW, World

ROOT = Path(__file__).parents[2]


@pytest.fixture
def store(sqlite_url: str) -> Iterator[SqliteStore]:
    opened = SqliteStore(make_url(sqlite_url), read_seconds=0.3)
    yield opened
    opened.close()


PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": 2,
    "foreign_keys": 1,
    "recursive_triggers": 1,
    "busy_timeout": 5000,
    "secure_delete": 1,
}


def test_both_connections_have_the_settings(store: Store) -> None:
    def settings(session) -> dict[str, object]:
        return {name: session.connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in PRAGMAS}

    assert store.query_now(settings) == PRAGMAS
    assert store.mutate_now(settings) == PRAGMAS


def test_a_foreign_key_is_enforced(world: World) -> None:
    _, persona = world.register()
    with pytest.raises(Exception, match="FOREIGN KEY"):
        world.do(lambda work: work.edit_persona(persona.id, site_id=999, mentor_site_list=None))


def test_queries_run_on_any_thread(world: World) -> None:
    world.register()
    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(len(world.read(users_by_ids, [1])))) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    async def on_the_loop() -> int:
        return await world.store.query(lambda session: len(users_by_ids(session.connection, [1])))

    assert asyncio.run(on_the_loop()) == 1
    assert found == [1] * 5


SLOW = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000) SELECT max(i) FROM n"


def test_a_read_is_stopped_at_the_first_look_past_its_deadline_and_says_so(sqlite_url: str) -> None:
    looks = count()
    store = SqliteStore(make_url(sqlite_url), read_seconds=3, clock=lambda: float(next(looks)))
    with pytest.raises(TryAgainError, match="took too long") as stopped:
        store.query_now(lambda session: session.connection.execute(text(SLOW)).all())
    assert stopped.value.code == "TRY_AGAIN"
    assert next(looks) == 5  # it began at 0, and went on at 1, 2 and 3
    assert store.query_now(lambda session: users_by_ids(session.connection, [1])) == {}
    store.close()


def test_jobs_that_wait_together_share_a_commit(world: World) -> None:
    people = [world.register()[0] for _ in range(50)]
    commits: list[object] = []

    def note(connection) -> None:
        commits.append(connection)

    event.listen(world.store._writing, "commit", note)
    gate = threading.Event()

    async def all_of_them() -> None:
        loop = asyncio.get_running_loop()
        blocked = loop.run_in_executor(None, world.store.mutate_now, lambda _: gate.wait(5))
        await asyncio.sleep(0.05)
        jobs = [
            asyncio.ensure_future(
                world.store.mutate(
                    lambda session, p=person: session.act(lambda work: world.act_in(work, "finish_application", p))
                )
            )
            for person in people
        ]
        await asyncio.sleep(0.05)
        gate.set()
        await asyncio.gather(blocked, *jobs)

    asyncio.run(all_of_them())
    assert 1 < len(commits) < 25
    event.remove(world.store._writing, "commit", note)


def fail_once(connection) -> None:
    event.remove(connection, "commit", fail_once)
    raise RuntimeError("no commit today")


def test_when_the_commit_fails_all_of_its_batch_fail_and_the_writer_lives(world: World) -> None:
    people = [world.register()[0] for _ in range(3)]
    before = world.rows()
    event.listen(world.store._writing, "commit", fail_once)
    gate = threading.Event()

    async def all_of_them() -> list[object]:
        def act_on(person):
            def work_on(session):
                gate.wait(5)
                return session.act(lambda work: world.act_in(work, "finish_application", person))

            return work_on

        jobs = [asyncio.ensure_future(world.store.mutate(act_on(person))) for person in people]
        await asyncio.sleep(0.05)
        gate.set()
        return await asyncio.gather(*jobs, return_exceptions=True)

    writer_seconds = writer.BATCH_SECONDS
    writer.BATCH_SECONDS = 5.0
    try:
        outcomes = asyncio.run(all_of_them())
    finally:
        writer.BATCH_SECONDS = writer_seconds
    assert [type(outcome) for outcome in outcomes] == [TryAgainError] * 3
    assert world.rows() == before
    world.act("finish_application", people[0])
    assert world.rows()["acts"] == before["acts"] + 1


def test_on_a_full_disk_reads_go_on_writes_say_so_and_recover(world: World) -> None:
    pages = world.do(lambda work: work.connection.exec_driver_sql("PRAGMA page_count").scalar_one())
    world.do(lambda work: work.connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}").scalar_one())
    before = world.rows()

    def fill() -> None:
        for _ in range(1000):
            before.update(world.rows())
            world.register(name="x" * 5000)

    with pytest.raises(TryAgainError) as refused:
        fill()
    assert refused.value.code == "TRY_AGAIN"
    assert "Nothing was" in refused.value.message
    assert world.rows() == before

    world.do(lambda work: work.connection.exec_driver_sql("PRAGMA max_page_count = 1000000").scalar_one())
    world.register()
    assert world.rows()["users"] == before["users"] + 1


@pytest.mark.parametrize("error", [ValueError("v"), KeyboardInterrupt(), SystemExit(3), MemoryError()])
def test_the_writer_survives_whatever_a_job_raises(world: World, error: BaseException) -> None:
    def work(session) -> None:
        raise error

    with pytest.raises(type(error)):
        world.store.mutate_now(work)
    world.register()
    assert world.rows()["users"] == 1


def test_another_process_that_writes_for_long_is_waited_for_and_then_told(sqlite_url: str, store: SqliteStore) -> None:
    world = World(store)
    store.mutate_now(lambda session: session.connection.exec_driver_sql("PRAGMA busy_timeout = 50"))
    other = SqliteStore(make_url(sqlite_url))
    entered, leave = threading.Event(), threading.Event()

    def hold(_session) -> None:
        entered.set()
        leave.wait(5)

    holder = threading.Thread(target=other.mutate_now, args=(hold,))
    holder.start()
    entered.wait(5)
    with pytest.raises(TryAgainError, match="busy"):
        world.register()
    leave.set()
    holder.join()
    other.close()
    world.register()
    assert world.rows()["users"] == 1


def test_a_caller_who_gave_up_does_not_stop_the_act(world: World) -> None:
    person, _ = world.register()
    gate = threading.Event()

    async def give_up() -> None:
        def work(session):
            gate.wait(5)
            return session.act(lambda unit: world.act_in(unit, "finish_application", person))

        task = asyncio.ensure_future(world.store.mutate(work))
        await asyncio.sleep(0.02)
        task.cancel()
        gate.set()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(give_up())
    world.store.mutate_now(lambda session: None)
    assert world.read(users_by_ids, [person.id])[person.id].user_status == "SCREENING_INCOMPLETE"


def test_closing_finishes_what_was_accepted_and_can_be_repeated(sqlite_url: str) -> None:
    store = open_store(sqlite_url)
    world = World(store)
    done: list[object] = []
    slow = threading.Thread(target=lambda: done.append(store.mutate_now(lambda session: time.sleep(0.1) or "done")))
    slow.start()
    time.sleep(0.03)
    store.close()
    store.close()
    slow.join()
    assert done == ["done"]
    with pytest.raises(TryAgainError, match="shutting down"):
        world.register()


def test_too_many_waiting_are_told_to_come_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "QUEUE_LIMIT", 0)
    with pytest.raises(TryAgainError, match="Too many"):
        world.register()


def test_a_moment_without_a_zone_is_refused(world: World) -> None:
    with pytest.raises(ValueError, match="no time zone"):
        microseconds(NOW.replace(tzinfo=None))
    assert Moment().process_bind_param(None, None) is None


WRITES = """
import sys
from server.store.database import open_store
from tests.store.builders import World
world = World(open_store(sys.argv[1]))
while True:
    person, _ = world.register(email=None)
    world.act("finish_application", person)
    print(person.id, flush=True)
"""


def found_of(ids: set[int], session: Session) -> dict[int, User]:
    return users_by_ids(session.connection, ids)


def killed_after(url: str, lines: int) -> set[int]:
    """The ids of the people that a process acknowledged before it was killed."""
    command = [sys.executable, "-c", WRITES, url]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = [process.stdout.readline() for _ in range(lines)]
        process.send_signal(signal.SIGKILL)
        told += process.stdout.readlines()
    return {int(line) for line in told if line.endswith("\n")}


def test_kill_9_loses_nothing_that_was_acknowledged(sqlite_url: str) -> None:
    acknowledged: set[int] = set()
    for cycle in range(3):
        acknowledged |= killed_after(sqlite_url, 30 + cycle)
        store = open_store(sqlite_url)
        found = store.query_now(partial(found_of, acknowledged))
        sound = store.query_now(lambda session: session.connection.exec_driver_sql("PRAGMA integrity_check").scalar())
        store.close()
        assert set(found) == acknowledged
        assert {user.user_status for user in found.values()} == {"SCREENING_INCOMPLETE"}
        assert sound == "ok"
    assert len(acknowledged) >= 90
