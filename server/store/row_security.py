"""PostgreSQL's own watch over rows: the second lock behind the conditions of ``server.store.visibility``."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from server.domain.access import Sight
from server.domain.errors import TryAgainError
from server.engine.facts import Kind
from server.store.sessions import ReadSession

READER = "matchkeeper_reader"
"""The role under which announced reads run; the policies on the tables hold it to what was announced."""

_WATCH = text("SELECT set_config('matchkeeper.sight', :sight, true), set_config('role', :role, true)")
_STEP_OUT = text("SELECT set_config('role', 'none', true)")
_STEP_IN = text("SELECT set_config('role', :role, true)")
_IS_ON = text(
    "SELECT bool_and(relrowsecurity) FROM pg_class"
    " WHERE oid IN (to_regclass('users'), to_regclass('matches'), to_regclass('status_changes'))"
)
_TRY = text("SELECT count(*) FROM (SELECT id FROM users LIMIT 1) AS probe")


def sight_document(sights: Mapping[int, Sight]) -> str:
    """The sights as the policies read them: whole programs, sites, own people, what rules find, each by id."""
    every = sights.values()
    found = {kind: sorted({number for sight in every for number in sight.found_of(kind)}) for kind in Kind}
    return json.dumps(
        {
            "programs": sorted(program for program, sight in sights.items() if sight.whole),
            "sites": sorted({site for sight in every for site in sight.site_ids}),
            "users": sorted({sight.user_id for sight in every if sight.user_id is not None}),
            **{f"found_{kind.value}": ids for kind, ids in found.items() if ids},
        }
    )


def is_kept(connection: Connection) -> bool:
    """Whether the policies are there and this server may read under their role."""
    try:
        with connection.begin_nested() as trial:
            kept = bool(connection.scalar(_IS_ON))
            if kept:
                connection.execute(_WATCH, {"sight": "{}", "role": READER})
                connection.execute(_TRY)
            trial.rollback()
            return kept
    except DBAPIError:
        return False


class WatchedSession(ReadSession):
    """A read session whose database keeps watch once it is told of a sight, if ``kept`` says that it can."""

    def __init__(self, connection: Connection, kept: Callable[[Connection], bool]) -> None:
        super().__init__(connection)
        self._kept = kept
        self._announced: str | None = None

    def announce(self, sights: Mapping[int, Sight]) -> None:
        """See :class:`Session`. Only the first announcement of a query costs a statement."""
        document = sight_document(sights)
        if document != self._announced and self._kept(self._connection):
            self._connection.execute(_WATCH, {"sight": document, "role": READER})
            self._announced = document

    @contextmanager
    def everything(self) -> Iterator[Connection]:
        """See :class:`Session`."""
        if self._announced is None:
            yield self._connection
            return
        self._connection.execute(_STEP_OUT)
        try:
            yield self._connection
        finally:
            # A transaction that has failed takes no statement any more, so it reads nothing out of step either.
            with suppress(DBAPIError, TryAgainError):
                self._connection.execute(_STEP_IN, {"role": READER})
