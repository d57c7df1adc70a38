"""What the ten commonest operations cost the database, in statements, however many people there are."""

from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

import pytest
from sqlalchemy import event

from tests.graphql.builders import Api

BUTTONS = "availableTransitions(includeBlocked: true) { allowed transition { key label } blockers { message } }"
PERSON = "id name status { label } personas { id role status { label } matchStatus { label } partnerSite { name } }"
CHANGED = "change { to { label } } sideEffects { subject { id } to { label } } userErrors { code message }"

COSTS: Mapping[str, tuple[str, int]] = {  # each operation, and its statements
    "who am I": ("{ viewer { name roles programs { key name } } }", 3),
    "a person": (f'{{ user(email: "ann@example.org") {{ {PERSON} }} }}', 3),
    "a person with buttons": (f'{{ user(id: "User-1") {{ {PERSON} {BUTTONS} }} }}', 8),
    "a page of people": (f"{{ users(first: 20) {{ nodes {{ {PERSON} }} totalCount }} }}", 4),
    "a page of people with buttons": (f"{{ users(first: 20) {{ nodes {{ {PERSON} {BUTTONS} }} }} }}", 8),
    "who waits": (
        '{ personas(filter: {matchStatusIn: ["RTBM"]}) { nodes { id user { name } partnerSite { name } } } }',
        3,
    ),
    "latest changes": (
        "{ history(last: 20) { nodes { subject { id } from { label } to { label } actorName causedBy { id } } } }",
        5,
    ),
    "a change of one status": (
        f'mutation {{ performTransition(input: {{transition: "withdraw", subjectId: "User-3"}}) {{ {CHANGED} }} }}',
        18,
    ),
    "a match": (
        'mutation { matchPersonas(input: {mentorPersonaId: "Persona-1", menteePersonaId: "Persona-2"}) '
        f"{{ match {{ id }} {CHANGED} }} }}",
        19,
    ),
    "a match is closed": (
        'mutation { closeMatch(input: {matchId: "Match-1", closeReason: "LENGTH", mentorRematch: "YES", '
        f'menteeRematch: "YES"}}) {{ createdPersonas {{ id }} {CHANGED} }} }}',
        20,
    ),
}


def cost(api: Api, operation: str) -> int:
    """How many statements an operation costs, from its beginning to its commit."""
    seen: list[str] = []

    def listen(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    roads = (api.store.query_now, api.store.mutate_now)
    engines = {road(lambda session: session.connection.engine) for road in roads}
    with ExitStack() as stack:
        for engine in engines:
            event.listen(engine, "before_cursor_execute", listen)
            stack.callback(event.remove, engine, "before_cursor_execute", listen)
        answer: Mapping[str, Any] = api.ask(operation)
    assert all(payload.get("userErrors", []) == [] for payload in answer.values() if isinstance(payload, dict))
    return len(seen)


@pytest.mark.parametrize("people", [4, 24])
def test_the_commonest_operations_cost_what_is_written_here(api: Api, people: int) -> None:
    for number in range(people):
        api.person(
            ("Ann", "Ben", "Cat", "Dan")[number] if number < 4 else f"P {number}", ("MENTOR", "MENTEE")[number % 2]
        )
    found = {name: cost(api, operation) for name, (operation, _) in COSTS.items()}
    assert found == {name: statements for name, (_, statements) in COSTS.items()}
