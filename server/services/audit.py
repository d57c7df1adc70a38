"""Writes the record of reads: gathers what requests have shown, and saves it beside them, many at a time."""

import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from structlog.typing import FilteringBoundLogger

from server.domain.access import FieldClass
from server.domain.actors import Caller
from server.domain.audit import NOBODY, AuditEntry, AuditKind, Who
from server.domain.errors import MatchkeeperError
from server.engine.facts import Kind
from server.services.in_force import InForce
from server.services.reads import Reads
from server.services.seldom import Seldom
from server.store.reads import add_entries, minors_behind
from server.store.sessions import Store
from server.store.unit_of_work import UnitOfWork
from server.telemetry.logs import frames

SAVED_EVERY = 1.0
"""How many seconds may pass until what was shown is on disk: what a killed process loses at most."""

SAVED_AT = 200
"""How many requests wait at most before they are saved sooner than that."""

PORTION = 20
"""How many requests are saved in one act: a page of fifty people each takes the writer about 20 ms."""

WAITING_LIMIT = 10_000
"""How many requests may wait while the database takes none; beyond it the oldest are told to the log instead."""

SIGN_IN_EVERY, REFUSAL_EVERY = 3600.0, 60.0
"""For how many seconds a further sign-in of the same caller, and the same refusal, get no entry of their own."""

_CLOSING_SECONDS = 5.0
_UNAUTHENTICATED = "UNAUTHENTICATED"


@dataclass(frozen=True, slots=True)
class _Request:
    """One answered request."""

    who: Who
    at: datetime
    request_id: str
    reads: Reads


class Audit:
    """The recorder of one server: taking something down costs a request nothing but a place in a queue.

    What waits is saved by a thread of its own, at the latest after :data:`SAVED_EVERY` seconds, and all
    of it when the server stops. What the database does not take is tried again; what can never be saved
    goes to the log, entry by entry, in ids and codes.
    """

    def __init__(
        self,
        store: Store,
        in_force: InForce,
        log: FilteringBoundLogger,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
    ) -> None:
        self._store, self._in_force, self._log, self._clock = store, in_force, log, clock
        self._requests: deque[_Request] = deque()
        self._entries: deque[AuditEntry] = deque()
        self._sign_ins = Seldom(SIGN_IN_EVERY, monotonic)
        self._refusals = Seldom(REFUSAL_EVERY, monotonic)
        self._saving = threading.Lock()
        self._wake, self._closed = threading.Event(), False
        self._thread = threading.Thread(target=self._run, name="matchkeeper-audit", daemon=True)

    def start(self) -> None:
        """Begins to save."""
        self._thread.start()

    def close(self) -> None:
        """Saves everything that waits. Nothing may be taken down any more."""
        self._closed = True
        self._wake.set()
        if self._thread.ident is not None:
            self._thread.join(_CLOSING_SECONDS)
        self._entries.extend(self._refusals.rest())
        self.save()
        self._tell_lost([*self._written_down(_taken(self._requests)), *_taken(self._entries)])

    def answered(self, caller: Caller, reads: Reads, request_id: str, at: datetime, asked: str) -> None:
        """Takes down what a request has shown, and what it was refused. ``asked``: the fields at its root."""
        who = Who.of(caller)
        for refused in reads.refusals:
            what = refused.what or asked
            self._refuse(AuditEntry(AuditKind.REFUSAL, at, who, request_id, code=refused.code, detail=what))
        minors = self._in_force.rulebook.minors
        if any(minors.get(program) for program in reads.programs()):
            self._requests.append(_Request(who, at, request_id, reads))
            if len(self._requests) >= SAVED_AT:
                self._wake.set()

    def signed_in(self, caller: Caller, request_id: str) -> None:
        """Takes down that a caller came, unless that was done lately."""
        entry = AuditEntry(AuditKind.SIGN_IN, self._clock(), Who.of(caller), request_id, caller.program_id)
        if self._sign_ins.takes(entry.who, entry):
            self._entries.append(entry)

    def turned_away(self, reason: str, request_id: str) -> None:
        """Takes down that somebody did not get in."""
        entry = AuditEntry(AuditKind.REFUSAL, self._clock(), NOBODY, request_id, code=_UNAUTHENTICATED, detail=reason)
        self._refuse(entry)

    def _refuse(self, entry: AuditEntry) -> None:
        if self._refusals.takes((entry.who, entry.code, entry.detail), entry):
            self._entries.append(entry)

    def save(self) -> None:
        """Saves everything that waits now; what cannot be saved goes on waiting."""
        with self._saving:
            self._entries.extend(self._refusals.over())
            self._sign_ins.over()
            while (self._requests or self._entries) and self._save_some():
                pass

    def _save_some(self) -> bool:
        """Saves what came first; False where the database does not take it now."""
        requests, entries = _taken(self._requests, PORTION), _taken(self._entries, PORTION)
        try:
            self._store.mutate_now(lambda session: session.act(lambda work: self._write(work, requests, entries)))
        except MatchkeeperError as error:
            self._requests.extendleft(reversed(requests))
            self._entries.extendleft(reversed(entries))
            self._log.error("record of reads not saved yet", waiting=len(self._requests), code=error.code)
            self._shorten()
            return False
        except Exception as error:
            # Trying the same again would fail for ever, and keep everything behind it from being saved.
            self._log.error("record of reads not saved", error=type(error).__name__, at=frames(error))
            self._tell_lost([*self._written_down(requests), *entries])
        return True

    def _run(self) -> None:
        while not self._closed:
            self._wake.wait(SAVED_EVERY)
            self._wake.clear()
            self.save()

    def _write(self, work: UnitOfWork, requests: Sequence[_Request], entries: Sequence[AuditEntry]) -> None:
        people = self._people(work, requests)
        shown = [entry for request in requests for entry in _entries_of(request, people)]
        add_entries(work.connection, [*shown, *entries])

    def _people(self, work: UnitOfWork, requests: Sequence[_Request]) -> "People":
        """Whose the shown records are, as far as they are minors': one statement for each program and kind."""
        found: People = {}
        for program_id, roles in self._in_force.rulebook.minors.items():
            for kind in Kind if roles else ():
                ids = {number for request in requests for number, _ in request.reads.shown(program_id, kind)}
                if ids:
                    found[program_id, kind] = minors_behind(work.connection, kind, ids, roles)
        return found

    def _shorten(self) -> None:
        """Keeps the memory bounded while the database takes nothing."""
        surplus = [self._requests.popleft() for _ in range(max(len(self._requests) - WAITING_LIMIT, 0))]
        more = [self._entries.popleft() for _ in range(max(len(self._entries) - WAITING_LIMIT, 0))]
        self._tell_lost([*self._written_down(surplus), *more])

    @staticmethod
    def _written_down(requests: Iterable[_Request]) -> Iterator[dict[str, Any]]:
        """What was shown, as far as that can be told without the database: the records by kind and id."""
        for request in requests:
            for program_id in request.reads.programs():
                shown = {kind.value: sorted(n for n, _ in request.reads.shown(program_id, kind)) for kind in Kind}
                yield {"request_id": request.request_id, "program": program_id, **_caller(request.who), **shown}

    def _tell_lost(self, lost: Iterable[dict[str, Any] | AuditEntry]) -> None:
        for one in lost:
            told = one if isinstance(one, dict) else _told(one)
            self._log.error("not in the record of reads", **told)


People = dict[tuple[int, Kind], dict[int, frozenset[int]]]
"""By program and kind: for each record the minors behind it."""


def _entries_of(request: _Request, people: People) -> Iterator[AuditEntry]:
    """One entry for each minor of whom the request has shown something, with all classes."""
    classes: defaultdict[tuple[int, int], frozenset[FieldClass]] = defaultdict(frozenset)
    for (program_id, kind), behind in people.items():
        for number, shown in request.reads.shown(program_id, kind):
            for person in behind.get(number, ()):
                classes[program_id, person] |= shown
    for (program_id, person), shown in sorted(classes.items()):
        yield AuditEntry(AuditKind.READ, request.at, request.who, request.request_id, program_id, person, shown)


def _taken(queue: deque[Any], limit: int | None = None) -> list[Any]:
    """What the queue holds now, the first ones of it; others may go on adding to it meanwhile."""
    return [queue.popleft() for _ in range(len(queue) if limit is None else min(len(queue), limit))]


def _told(entry: AuditEntry) -> dict[str, Any]:
    reason = {"code": entry.code, "detail": entry.detail, "times": entry.times}
    return {"kind": entry.kind.value, "request_id": entry.request_id, **_caller(entry.who), **reason}


def _caller(who: Who) -> dict[str, Any]:
    """A caller for the log, which knows no names."""
    return {"token": who.token_id, "caller": who.user_id}
