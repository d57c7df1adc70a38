"""A database with the shipped programs, a site and a person."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from server.domain.actors import Caller
from server.domain.commands import Options, Registration
from server.domain.tokens import Token
from server.services.people import People
from server.services.rulebook import Rulebook, open_rulebook
from server.services.token_wishes import TokenWish
from server.services.tokens import Issued, Tokens
from server.store.database import Store
from server.store.tokens import token_by_id
from tests.identity.builders import NOW, Issuer, an_issuer
from tests.shipped import RULES

OWNER = Caller("Olga Owner", frozenset({"SUPER_ADMIN"}))


@dataclass
class Home:
    """A store with the site ``lincoln`` and the mentor Rosa in the base program."""

    store: Store
    rulebook: Rulebook
    site_id: int
    user_id: int

    @property
    def base(self) -> int:
        return self.rulebook.program(None).id

    def issue(self, *roles: str, random: int = 0, **wish: object) -> Issued:
        tokens = Tokens(self.rulebook, lambda: NOW, lambda length: bytes([random]) * length)
        wished = TokenWish("A token", roles, **wish)  # type: ignore[arg-type]  # the fields of a wish
        return self.store.mutate_now(lambda session: tokens.create(session, OWNER, wished))

    def revoke(self, token: Token) -> None:
        tokens = Tokens(self.rulebook, lambda: NOW, bytes)
        self.store.mutate_now(lambda session: tokens.revoke(session, OWNER, token.id))

    def kept(self, token: Token) -> Token:
        found = self.store.query_now(lambda session: token_by_id(session.connection, token.id))
        assert found is not None
        return found


@pytest.fixture
def home(store: Store) -> Home:
    rulebook = store.mutate_now(lambda session: open_rulebook(session, RULES, NOW))
    people = People(rulebook, lambda: NOW)
    rosa = Registration("MENTOR", "Rosa Alvarez", "Rosa@example.org", external_id="x-7")
    site = store.mutate_now(lambda session: people.add_site(session, OWNER, None, "lincoln", "Lincoln"))
    made = store.mutate_now(lambda session: people.register(session, OWNER, rosa, Options()))
    assert made.subject is not None
    return Home(store, rulebook, site.id, made.subject.id)


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with an_issuer() as issuer:
        yield issuer
