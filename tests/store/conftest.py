"""A world for each test of the store, on both databases."""

import pytest

from server.store.database import Store
from tests.store.builders import World


@pytest.fixture
def world(store: Store) -> World:
    return World(store)
