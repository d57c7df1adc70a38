"""A school for each test of who sees what, on both databases."""

import pytest

from server.store.database import Store
from tests.services.school import School


@pytest.fixture
def school(store: Store) -> School:
    return School(store)
