"""Requests that are carried out once: whoever sends the same again is told what came of it the first time.

Kept with the act itself, in its transaction: either both are there or neither. A refusal is not kept.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from json import dumps

from server.domain.actors import Caller
from server.domain.commands import Applied, Once, Options
from server.domain.errors import IdempotencyConflictError, InputProblemsError
from server.domain.ids import id_of, parse_ref
from server.engine.facts import Ref
from server.engine.plan import Problem, Warned
from server.services.finding import Finder
from server.services.rulebook import Rulebook
from server.services.shown import shown_applied
from server.store.history import changes_by_ids
from server.store.once import Answer, Earlier, claim, find, keep
from server.store.sessions import Session
from server.store.unit_of_work import UnitOfWork

KEPT = timedelta(days=7)
"""For how long the answer to a request is kept."""

KEY_LIMIT = 200
"""The most characters a key may have."""

_OTHER = "This key belongs to another request of yours, with other input. Send the same input again, or take a new key."
_PATH = ("options", "idempotency_key")


@dataclass(frozen=True, slots=True)
class Doing:
    """A caller's acts under one set of options; each is carried out once where the options say so."""

    rulebook: Rulebook
    caller: Caller
    options: Options
    clock: Callable[[], datetime]

    def act(self, session: Session, fn: Callable[[UnitOfWork], Applied]) -> Applied:
        """Carries an act out as :meth:`Session.act` does, or tells what came of it before.

        Raises what ``fn`` raises, IdempotencyConflictError, and InputProblemsError for a key that is none.
        """
        return session.act(lambda work: self.within(work, fn))

    def within(self, work: UnitOfWork, fn: Callable[[UnitOfWork], Applied]) -> Applied:
        """The same within an act under way."""
        once = self._once()
        if once is None:
            return fn(work)
        earlier = self._claim(work, once)
        if earlier is None:
            done = fn(work)
            keep(work.connection, self._request(once), once.part, _kept(done))
            return done
        return self._again(work, earlier.answer or {})

    def claim_whole(self, work: UnitOfWork, refs: Sequence[Ref] | None = None) -> None:
        """Takes the key of a request with many parts for the first of them. ``refs``: what its filter has found."""
        once = self._once()
        if once is not None and self._claim(work, replace(once, part=0)) is None and refs is not None:
            keep(work.connection, self._request(once), 0, {"found": [id_of(ref) for ref in refs]})

    def found_before(self, session: Session) -> tuple[Ref, ...] | None:
        """What the filter of the same request found before, if anything came of it; None: this is the first time."""
        once = self._once()
        if once is None:
            return None
        earlier = find(session.connection, self._request(once), 0, oldest=self.clock() - KEPT)
        if earlier is None:
            return None
        self._require_same(once, earlier)
        return tuple(parse_ref(text) for text in (earlier.answer or {}).get("found", ()))

    def _once(self) -> Once | None:
        """None where nothing is kept: without a key, and on a dry run, which writes nothing."""
        once = self.options.once
        if once is None or self.options.dry_run:
            return None
        if not once.key.strip() or len(once.key) > KEY_LIMIT:
            text = f"A key has 1 to {KEY_LIMIT} characters. Take a new random one, such as a UUID, for each request."
            raise InputProblemsError((Problem(_PATH, text),))
        return once

    def _claim(self, work: UnitOfWork, once: Once) -> Earlier | None:
        request, asked, now = self._request(once), once.asked, self.clock()
        earlier = claim(work.connection, request, once.part, asked, now=now, oldest=now - KEPT)
        if earlier is not None:
            self._require_same(once, earlier)
        return earlier

    def _require_same(self, once: Once, earlier: Earlier) -> None:
        if earlier.asked != once.asked:
            raise IdempotencyConflictError(_OTHER, _PATH)

    def _request(self, once: Once) -> str:
        """The key, told apart from the same key of others. Of strangers nobody knows who is who: theirs go by input."""
        caller = self.caller
        who = (caller.token_id, caller.user_id, caller.program_id, caller.site_id, caller.name)
        return _hash([*who, once.key] if caller.signed_in else [once.key, once.asked])

    def _again(self, work: UnitOfWork, answer: Answer) -> Applied:
        """What came of it before, as far as the caller may see it now."""
        found = changes_by_ids(work.connection, answer["changes"])
        done = Applied(
            None,
            parse_ref(answer["subject"]) if answer["subject"] else None,
            tuple(found[number] for number in answer["changes"]),
            tuple(parse_ref(text) for text in answer["created"]),
            tuple(Warned(code, text) for code, text in answer["warnings"]),
            kept=answer["kept"],
        )
        if not done.changes:
            return done
        program_id = done.changes[0].program_id
        ruleset = self.rulebook.ruleset(program_id)
        return shown_applied(work, Finder(work, ruleset, self.caller, program_id, self.clock()).sight(), done)


def part_of(options: Options, part: int) -> Options:
    """The options of one act of a request with many, counted from 1."""
    return options if options.once is None else replace(options, once=replace(options.once, part=part))


def _kept(done: Applied) -> Answer:
    return {
        "subject": id_of(done.subject) if done.subject else None,
        "changes": [change.id for change in done.changes],
        "created": [id_of(ref) for ref in done.created],
        "warnings": [[warned.code, warned.text] for warned in done.warnings],
        "kept": done.kept,
    }


def _hash(parts: Sequence[object]) -> str:
    return sha256(dumps(parts).encode()).hexdigest()
