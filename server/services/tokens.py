"""Tokens: who may let whom sign in, as what."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from server.domain.actors import Caller
from server.domain.commands import Options
from server.domain.errors import NotFoundError, NotPermittedError
from server.domain.history import Act
from server.domain.tokens import Randomness, Secret, Token, new_secret
from server.services.acts import OpenAct, require_none
from server.services.rulebook import Rulebook
from server.services.token_rights import label, may_hand_out, rights
from server.services.token_wishes import TokenWish, read_wish
from server.store import tokens as kept
from server.store.sessions import Session
from server.store.unit_of_work import UnitOfWork

_MAKE, _END = "create_token", "revoke_token"
"""The acts under which history has it."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A new token and its secret, which nobody can be shown again."""

    token: Token
    secret: str = field(repr=False)


class Tokens:
    """Makes, lists and ends tokens. ``random`` gives bytes that nobody can guess."""

    __slots__ = ("_clock", "_random", "_rulebook")

    def __init__(self, rulebook: Rulebook, clock: Callable[[], datetime], random: Randomness) -> None:
        self._rulebook, self._clock, self._random = rulebook, clock, random

    def create(self, session: Session, caller: Caller, wish: TokenWish) -> Issued:
        """Makes a token.

        Raises NotPermittedError for whoever may make none at all, InputProblemsError with everything
        that is wrong with the wish.
        """
        self._require_some_right(caller)

        def act(work: UnitOfWork) -> Issued:
            now = self._clock()
            new, problems = read_wish(work, self._rulebook, caller, wish, now)
            require_none(problems)
            secret = self._fresh(work)
            row = replace(self._row(work, caller, _MAKE, new.program_id), answers={"roles": ", ".join(new.roles)})
            return Issued(kept.add_token(work, row, new, secret), secret.text)

        return session.act(act)

    def revoke(self, session: Session, caller: Caller, token_id: int) -> Token:
        """Ends a token; ending it again changes nothing. Raises NotFoundError where the caller has no say in it."""
        self._require_some_right(caller)

        def act(work: UnitOfWork) -> Token:
            token = kept.token_by_id(work.connection, token_id)
            if token is None or not self._has_say(caller, token):
                raise NotFoundError(f"There is no token Token-{token_id}, or you may not see it.", ("id",))
            kept.revoke_token(work, self._row(work, caller, _END, token.program_id), token.id)
            return kept.token_by_id(work.connection, token_id) or token

        return session.act(act)

    def listed(self, session: Session, caller: Caller) -> list[Token]:
        """The tokens in which the caller has a say, oldest first; none for whoever may make none."""
        if not rights(self._rulebook, caller):
            return []
        with session.everything() as connection:
            found = kept.tokens_listed(connection, caller.program_id)
        return [token for token in found if self._has_say(caller, token)]

    def _has_say(self, caller: Caller, token: Token) -> bool:
        return may_hand_out(self._rulebook, caller, token.program_id, token.roles)

    def _require_some_right(self, caller: Caller) -> None:
        if rights(self._rulebook, caller):
            return
        ruleset = self._rulebook.ruleset(caller.program_id or self._rulebook.program(None).id)
        raise NotPermittedError(f"This is for: {label(ruleset)}.")

    def _fresh(self, work: UnitOfWork) -> Secret:
        """A secret whose prefix no other token has."""
        secret = new_secret(self._random)
        while kept.is_taken(work.connection, secret.prefix):
            secret = new_secret(self._random)
        return secret

    def _row(self, work: UnitOfWork, caller: Caller, act: str, program_id: int | None) -> Act:
        """The row of history; a token for every program is told of in the base program."""
        served = {program.id for program in self._rulebook.programs}
        home = program_id if program_id is not None and program_id in served else self._rulebook.program(None).id
        ruleset = self._rulebook.ruleset(home)
        return OpenAct(work, home, ruleset, caller, self._clock(), Options()).row(act, kept.TOKEN)
