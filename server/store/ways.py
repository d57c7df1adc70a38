"""The ways from one record to others, as joins inside of a statement."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, and_, exists, or_, select, true

from server.domain.vocabulary import MENTEE, MENTOR
from server.engine.facts import Kind
from server.store.moving import home_of
from server.store.tables import matches, personas, programs, sites, users

Clause = ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Row:
    """A record that a statement looks at.

    ``joined``: the tables on the way to it, itself the last, and ``given`` how they hang together; both are empty for
    a record that the statement around already has.
    """

    kind: Kind
    table: FromClause
    joined: tuple[FromClause, ...] = ()
    given: tuple[Clause, ...] = ()

    def to(self, kind: Kind, *tables: FromClause, given: Clause) -> "Row":
        """A record further on, the last of these tables."""
        return Row(kind, tables[-1], (*self.joined, *tables), (*self.given, given))

    @property
    def id(self) -> ColumnElement[int]:
        """Its number."""
        return self.table.c.id

    @property
    def there(self) -> "Row":
        """The same record, inside of a statement that has come to it."""
        return Row(self.kind, self.table)

    def select(self, *columns: Any) -> Select[Any]:
        """What is asked of it, in a statement inside of another."""
        return select(*columns).select_from(*self.joined).where(*self.given).correlate_except(*self.joined)

    def holds(self, clause: Clause) -> Clause:
        """Whether there is such a record, and the clause holds of it."""
        return exists(self.select(self.id).where(clause)) if self.joined else clause

    def value(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        """What it has in a column; null where there is no such record."""
        return self.select(column).scalar_subquery() if self.joined else column


Way = Callable[[Row], Row]


def _program(at: Row) -> Row:
    program = programs.alias()
    return at.to(Kind.PROGRAM, program, given=program.c.id == home_of(at.kind, at.table))


def _site(at: Row) -> Row:
    site = sites.alias()
    return at.to(Kind.SITE, site, given=site.c.id == at.table.c.site_id)


def _user(at: Row) -> Row:
    user = users.alias()
    return at.to(Kind.USER, user, given=user.c.id == at.table.c.user_id)


def _proposer(at: Row) -> Row:
    user = users.alias()
    return at.to(Kind.USER, user, given=user.c.id == at.table.c.proposed_by_id)


def _side(column: str) -> Way:
    def side(at: Row) -> Row:
        persona = personas.alias()
        return at.to(Kind.PERSONA, persona, given=persona.c.id == at.table.c[column])

    return side


def _sides(at: Row, only_role: str | None) -> Row:  # noqa: ARG001 - both sides are seen in whichever role
    persona = personas.alias()
    return at.to(Kind.PERSONA, persona, given=is_side(persona, at.table))


def is_side(persona: FromClause, pair: FromClause) -> Clause:
    """Whether a persona is a side of a pair."""
    return or_(persona.c.id == pair.c.mentor_id, persona.c.id == pair.c.mentee_id)


def _personas(at: Row, only_role: str | None) -> Row:
    """All of the person: of a user, or of the user of a persona."""
    persona = personas.alias()
    owner = at.id if at.kind is Kind.USER else at.table.c.user_id
    own = and_(persona.c.user_id == owner, true() if only_role is None else persona.c.role == only_role)
    return at.to(Kind.PERSONA, persona, given=own)


def _matches(at: Row, only_role: str | None) -> Row:
    pair = matches.alias()
    of = _personas(at, only_role) if at.kind is Kind.USER else at
    return of.to(Kind.PAIR, pair, given=is_side(of.table, pair))


LISTS: Mapping[str, Callable[[Row, str | None], Row]] = {"personas": _personas, "matches": _matches, "sides": _sides}
"""The ways to many records; with a role, of somebody's personas and of the matches of these only those in that role."""
LINKS: Mapping[str, Way] = {
    "program": _program,
    "site": _site,
    "user": _user,
    "proposer": _proposer,
    MENTOR: _side("mentor_id"),
    MENTEE: _side("mentee_id"),
}
