"""A small program under the shipped rules."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest
import strawberry

from server.engine.ruleset import Ruleset
from server.graphql.schema import build_schema
from server.services.rulebook import open_rulebook
from server.store.database import open_store
from tests.graphql.builders import START, Api
from tests.shipped import RULES


@pytest.fixture(scope="session")
def schema() -> strawberry.Schema:
    return build_schema()


@pytest.fixture(scope="session")
def rulesets() -> Mapping[str, Ruleset]:
    return RULES


@pytest.fixture(scope="session")
def new_api(
    schema: strawberry.Schema,
    rulesets: Mapping[str, Ruleset],
    sqlite_template: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[[], Api]]:
    """Makes programs without people, seen by the owner of the installation."""
    with ExitStack() as open_stores:

        def make() -> Api:
            file = tmp_path_factory.mktemp("api") / "test.db"
            file.write_bytes(sqlite_template.read_bytes())
            store = open_store(f"sqlite:///{file}")
            open_stores.callback(store.close)
            rulebook = store.mutate_now(lambda session: open_rulebook(session, rulesets, START))
            return Api(schema, store, rulebook)

        yield make


@pytest.fixture
def api(new_api: Callable[[], Api]) -> Iterator[Api]:
    """A program of one's own."""
    made = new_api()
    yield made
    made.store.close()
