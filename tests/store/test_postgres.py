"""What is particular to PostgreSQL: retries, limits, a server that goes away."""

from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import event, make_url, text

from server.domain.errors import ConflictError, TryAgainError
from server.store.failures import RetryableError
from server.store.locks import Held, MoreLocksError
from server.store.postgres import ATTEMPTS, PostgresStore, pause
from server.store.users import users_by_ids
from tests.store.builders import World


@pytest.fixture
def waited() -> list[int]:
    return []


@pytest.fixture
def store(postgres_url: str, waited: list[int]) -> Iterator[PostgresStore]:
    opened = PostgresStore(make_url(postgres_url), waited.append)
    yield opened
    opened.close()


def test_an_act_is_tried_again_whole_and_then_succeeds(world: World, waited: list[int]) -> None:
    person, _ = world.register()
    tries: list[int] = []

    def fn(work):
        written = world.act_in(work, "finish_application", person)
        tries.append(1)
        if len(tries) < 3:
            work.connection.execute(text("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '40001'; END $$"))
        return written

    world.do(fn)
    assert (len(tries), waited) == (3, [1, 2])
    assert world.rows()["acts"] == 2


@pytest.mark.parametrize("state", ["40001", "40P01", "55P03"])
def test_after_the_last_attempt_the_caller_is_told_to_come_again(world: World, waited: list[int], state: str) -> None:
    before = world.rows()
    tries: list[int] = []

    def fn(work):
        tries.append(1)
        work.connection.execute(text(f"DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '{state}'; END $$"))

    with pytest.raises(TryAgainError, match="Nothing was saved"):
        world.do(fn)
    assert (len(tries), waited) == (ATTEMPTS, [1, 2, 3, 4])
    assert world.rows() == before


def test_an_ordinary_error_is_not_tried_again(world: World, waited: list[int]) -> None:
    tries: list[int] = []

    def fn(work):
        tries.append(1)
        raise KeyError("ours")

    with pytest.raises(KeyError, match="ours"):
        world.do(fn)
    assert (len(tries), waited) == (1, [])


def test_people_who_turn_out_to_be_involved_are_locked_on_the_next_attempt(world: World, waited: list[int]) -> None:
    tries: list[frozenset[int]] = []

    def fn(work):
        work._locks.take(work.connection, [], [])
        tries.append(work._locks._held.users)
        if len(tries) == 1:
            raise MoreLocksError(Held(frozenset({1, 2})))
        return "done"

    world.register()
    world.register()
    assert world.do(fn) == "done"
    assert (tries, waited) == ([frozenset(), frozenset({1, 2})], [])


def test_an_act_that_never_finds_all_its_people_gives_up(world: World) -> None:
    def fn(work):
        raise MoreLocksError(Held(frozenset({1})))

    with pytest.raises(TryAgainError, match="involved"):
        world.do(fn)


def test_a_connection_lost_in_the_middle_is_tried_again(world: World, waited: list[int]) -> None:
    person, _ = world.register()
    tries: list[int] = []

    def fn(work):
        tries.append(1)
        written = world.act_in(work, "finish_application", person)
        if len(tries) == 1:
            work.connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
        return written

    world.do(fn)
    assert (len(tries), waited) == (2, [1])
    assert world.rows()["acts"] == 2
    assert world.read(users_by_ids, [person.id])[person.id].user_status == "SCREENING_INCOMPLETE"


def test_a_connection_lost_while_saving_is_not_tried_again(world: World, waited: list[int]) -> None:
    person, _ = world.register()
    tries: list[int] = []

    def fn(work):
        tries.append(1)
        world.act_in(work, "finish_application", person)
        work.connection.connection.driver_connection.close()

    with pytest.raises(ConflictError, match="see whether it was saved"):
        world.do(fn)
    assert (len(tries), waited) == (1, [])


def test_all_connections_cut_between_requests_are_noticed_by_nobody(world: World, postgres_url: str) -> None:
    world.register()
    with psycopg.connect(postgres_url, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    assert world.rows()["users"] == 1
    world.register()
    assert world.rows()["users"] == 2


def test_an_unreachable_server_is_tried_as_often_as_a_busy_one_and_no_more(tmp_path) -> None:
    waited: list[int] = []
    store = PostgresStore(make_url(f"postgresql://nobody@/none?host={tmp_path}"), waited.append)
    tried: list[object] = []
    event.listen(store._engine, "do_connect", lambda *given: tried.append(given))
    with pytest.raises(TryAgainError, match="cannot be reached"):
        store.query_now(lambda session: session.connection.execute(text("SELECT 1")))
    with pytest.raises(TryAgainError, match="cannot be reached"):
        store.mutate_now(lambda session: session.act(lambda work: None))
    assert (len(tried), waited) == (1 + ATTEMPTS, [1, 2, 3, 4])
    store.close()


def test_a_statement_that_takes_too_long_is_stopped_and_says_so(world: World) -> None:
    def slow(connection) -> None:
        connection.execute(text("SET LOCAL statement_timeout = 50"))
        connection.execute(text("SELECT pg_sleep(5)"))

    with pytest.raises(TryAgainError, match="took too long"):
        world.read(slow)


def test_every_connection_has_limits(world: World) -> None:
    def limits(connection) -> tuple[str, ...]:
        names = ("statement_timeout", "lock_timeout", "TimeZone", "transaction_isolation", "transaction_read_only")
        return tuple(connection.execute(text(f"SHOW {name}")).scalar_one() for name in names)

    assert world.read(limits) == ("5s", "1500ms", "UTC", "repeatable read", "on")
    assert world.do(lambda work: limits(work.connection)) == ("5s", "1500ms", "UTC", "read committed", "off")


def test_within_an_act_the_session_reads_what_the_act_wrote(world: World) -> None:
    person, _ = world.register()

    def request(session) -> list[str]:
        def fn(work) -> str:
            world.act_in(work, "finish_application", person)
            return users_by_ids(session.connection, [person.id])[person.id].user_status

        before = users_by_ids(session.connection, [person.id])[person.id].user_status
        return [before, session.act(fn), users_by_ids(session.connection, [person.id])[person.id].user_status]

    assert world.store.mutate_now(request) == ["APPLICATION_INCOMPLETE", "SCREENING_INCOMPLETE", "SCREENING_INCOMPLETE"]


def test_when_no_connection_is_free_callers_are_told(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.store.postgres._WAIT_SECONDS", 1)
    store = PostgresStore(make_url(postgres_url))
    held = [store._engine.connect() for _ in range(8)]
    with pytest.raises(TryAgainError, match="no connection free"):
        store.query_now(lambda session: None)
    for connection in held:
        connection.close()
    store.close()


def test_the_pause_grows_and_stays_short(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("server.store.postgres.time.sleep", slept.append)
    for attempt in range(1, ATTEMPTS):
        pause(attempt)
    longest = [0.015 * 2**number for number in range(len(slept))]
    assert all(most / 3 <= seconds <= most for seconds, most in zip(slept, longest, strict=True))
    assert len(slept) > 1
    assert longest[-1] < 0.5
    assert issubclass(RetryableError, TryAgainError)
