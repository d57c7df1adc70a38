"""What an act says is written with it, once for each recipient, and with nothing else."""

from collections.abc import Iterator
from typing import Any

import pytest

from server.domain.commands import Options
from server.domain.errors import TransitionRefusedError
from server.domain.filters import MessageFilter, Window
from server.domain.messages import NO_ADDRESS, Message, State
from server.engine.facts import Ref
from server.store.database import Store, open_store
from server.store.messages import messages_page, messages_total
from tests.services.school import ANYBODY, GOODBYE, School
from tests.telling import telling_rules

RULES = telling_rules()


@pytest.fixture
def telling(store: Store) -> School:
    return School(store, RULES)


def messages(school: School, template: str | None = None) -> list[Message]:
    wanted = MessageFilter(template_in=(template,) if template else None)

    def read(session: Any) -> list[Message]:
        return list(messages_page(session.connection, school.program, wanted, Window(limit=100)).rows)

    return school.store.query_now(read)


def how_many(school: School) -> int:
    return school.store.query_now(
        lambda session: messages_total(session.connection, school.program, MessageFilter()).count
    )


def close(school: School, match: Ref, **options: Any) -> Any:
    return school.perform("close_match", match, answers=GOODBYE, options=Options(**options))


def test_whoever_registers_is_welcomed_by_name(telling: School) -> None:
    welcomes = messages(telling, "welcome")
    assert len(welcomes) == 8
    first = welcomes[0]
    assert (first.recipient_id, first.kind, first.subject_id) == (
        telling.ann.user.id,
        "persona",
        telling.ann.persona.id,
    )
    assert (first.title, first.body) == (
        "Welcome to Mentor and mentee status flow, ann",
        "Dear ann,\nyou are now Application Incomplete.\n",
    )
    assert (first.address, first.channel, first.state, first.attempts) == ("ann@example.org", "email", "PENDING", 0)
    assert first.next_attempt_at == first.created_at


def test_each_side_is_told_once_however_often_the_rules_say_it(telling: School) -> None:
    done = close(telling, telling.inner)
    told = messages(telling, "closed")
    assert [(message.recipient_id, message.address) for message in told] == [
        (telling.ann.user.id, "ann@example.org"),
        (telling.eve.user.id, "eve@example.org"),
    ]
    day = f"{telling.now:%Y-%m-%d}"
    assert {message.title for message in told} == {"Your match: Closed"}
    assert {message.body for message in told} == {
        f"ann and eve (North) on {day}: Formal closure based on length of match."
    }
    assert {message.cause_id for message in told} == {done.changes[0].id}
    assert {(message.kind, message.subject_id) for message in told} == {("pair", telling.inner.id)}


def test_a_role_is_told_once_with_the_sites_it_is_about(telling: School) -> None:
    close(telling, telling.across)
    staff, office = messages(telling, "closed_to_staff")
    assert (staff.role, staff.sites, staff.recipient_id, staff.address) == (
        "SITE_STAFF",
        ("north", "south"),
        None,
        None,
    )
    assert (office.role, office.sites) == ("PROGRAM_ADMIN", ())
    assert staff.body == f"Match-{telling.across.id} Site staff: Closed, again: Yes, wants to be rematched"
    assert staff.title is None


def test_somebody_without_an_email_address_is_not_forgotten_but_given_up(telling: School) -> None:
    nameless = {"name": "ann", "email": None, "external_id": None}
    telling.store.mutate_now(lambda session: session.act(lambda work: work.edit_user(telling.ann.user.id, **nameless)))
    close(telling, telling.inner)
    lost, sent = messages(telling, "closed")
    assert (lost.recipient_id, lost.state, lost.error, lost.address) == (
        telling.ann.user.id,
        State.FAILED,
        NO_ADDRESS,
        None,
    )
    assert sent.state is State.PENDING


def test_a_dry_run_plans_the_messages_and_writes_none(telling: School) -> None:
    before = how_many(telling)
    applied = close(telling, telling.inner, dry_run=True)
    assert [notice.message for notice in applied.plan.notices] == ["closed", "closed", "closed_to_staff"]
    assert how_many(telling) == before


def test_a_refused_act_says_nothing(telling: School) -> None:
    close(telling, telling.inner)
    before = how_many(telling)
    with pytest.raises(TransitionRefusedError):
        close(telling, telling.inner)
    assert how_many(telling) == before


def test_an_act_that_is_rolled_back_says_nothing(telling: School) -> None:
    before = how_many(telling)

    class PowerCutError(Exception):
        """Something after the act in the same transaction goes wrong."""

    def work(session: Any) -> None:
        def act(unit: Any) -> None:
            close_in(unit)
            raise PowerCutError

        def close_in(unit: Any) -> None:
            class Same:
                connection = unit.connection

                @staticmethod
                def act(fn: Any) -> Any:
                    return fn(unit)

            telling.changes.perform(
                Same,
                ANYBODY,
                "close_match",
                telling.inner,
                answers=GOODBYE,
                options=Options(),  # type: ignore[arg-type]
            )
            found = messages_total(unit.connection, telling.program, MessageFilter()).count
            assert found == before + 4

        session.act(act)

    with pytest.raises(PowerCutError):
        telling.store.mutate_now(work)
    assert how_many(telling) == before


@pytest.fixture
def on_sqlite(sqlite_url: str) -> Iterator[School]:
    opened = open_store(sqlite_url)
    yield School(opened, RULES)
    opened.close()


def test_what_somebody_else_would_be_told_is_not_told_to_who_may_not_see_them(on_sqlite: School) -> None:
    school = on_sqlite
    applied = school.perform(
        "close_match", school.across, by=school.north, answers=GOODBYE, options=Options(dry_run=True)
    )
    assert {notice.subject for notice in applied.plan.notices} == {school.across}
