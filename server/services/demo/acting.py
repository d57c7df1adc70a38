"""Carries single acts out through the services, as the people of the story would."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

from server.domain.actors import Caller
from server.domain.commands import Applied, Options, Registration
from server.domain.errors import (
    MatchkeeperError,
    NotConfiguredError,
    NotFoundError,
    NotPermittedError,
    TransitionRefusedError,
    TryAgainError,
)
from server.engine.facts import Kind, Ref, kind_of
from server.engine.ruleset import OWNER
from server.services.changes import Changes
from server.services.demo.agenda import Agenda
from server.services.demo.cast import Person
from server.services.demo.forms import OFFICE, SITE, Forms
from server.services.demo.ledger import Ledger
from server.services.demo.story import Chapter, Step
from server.services.demo.tally import Skipped, Tally
from server.services.people import People, Placement
from server.services.rulebook import Rulebook
from server.store.sessions import Session

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Turn:
    """A step about to be taken: by whom, and on which record, together with which other."""

    caller: Caller
    step: Step
    focus: Ref
    partner: Ref | None


class Acting:
    """One program's acts. What the rules refuse is counted and skipped."""

    def __init__(
        self, chapter: Chapter, session: Session, rulebook: Rulebook, *, forms: Forms, agenda: Agenda, tally: Tally
    ) -> None:
        self.ledger = Ledger()
        self._chapter, self._session, self._forms, self._tally = chapter, session, forms, tally
        self._ruleset = rulebook.ruleset(rulebook.program(chapter.program).id)
        self._now = agenda.clock
        self._people, self._changes = People(rulebook, agenda.clock), Changes(rulebook, agenda.clock)
        self._persons: dict[Ref, Person] = {}
        self._verbs: dict[str, Callable[[Turn], Applied]] = {
            "do": self._do,
            "event": self._event,
            "place": self._place,
            "edit": self._edit,
            "add": self._add,
        }

    def add_sites(self, known: frozenset[str]) -> None:
        """Adds the chapter's sites, apart from those that are there already."""
        program = self._chapter.program
        for site in self._chapter.sites:
            if site.key not in known:
                add = partial(self._people.add_site, self._session, program_key=program, key=site.key, name=site.name)
                self._try(site.key, self._forms.caller(OFFICE), add)

    def register(self, person: Person, *, placed: bool) -> Ref | None:
        """Registers somebody; the new persona, or None when it was refused."""
        site = person.site if placed else None
        program, external_id = self._chapter.program, person.external_id
        new = Registration(person.role, person.name, person.email, program, external_id, partner_site=site)
        options = self._forms.options("register")
        caller = self._forms.caller(SITE, person)
        applied = self._try(
            "register",
            caller if placed else self._forms.for_the_program(caller),
            lambda caller: self._people.register(self._session, caller, new, options),
        )
        if applied is None or applied.subject is None:
            return None
        self.ledger.enter(applied)
        self._persons[applied.subject] = person
        self._tally.people += 1
        persona = self.ledger.reach(applied.subject, Kind.PERSONA)
        self.ledger.note(persona, "partner_site", site)
        return persona

    def attempt(self, step: Step, focus: Ref, partner: Ref | None = None) -> Ref:
        """Carries a step out; what the course goes on with: what the step made, or what it was before."""
        caller = self._forms.caller(step.by, *self._whose(focus))
        doing = self._verbs[step.verb]
        applied = self._try(step.name, caller, lambda by: doing(Turn(by, step, focus, partner)))
        if applied is None:
            return focus
        self.ledger.enter(applied)
        for name, value in self._fields(step, focus).items() if step.verb == "place" else ():
            self.ledger.note(self.ledger.reach(focus, Kind.PERSONA), name, value)
        made = applied.subject if applied.plan and applied.plan.transition.creates else None
        if made is not None and made.kind is Kind.PAIR:
            self._tally.matches += 1
        return made or focus

    def _try(self, act: str, caller: Caller, doing: Callable[[Caller], T]) -> T | None:
        """Does it as this caller or, where it is out of their reach or left to others, as one of these."""
        try:
            done = self._as_whoever_may(caller, doing)
        except TryAgainError:
            raise
        except MatchkeeperError as refused:
            self._tally.refusals.append(Skipped(self._now(), act, refused.message))
            return None
        self._tally.acts += 1
        return done

    def _as_whoever_may(self, caller: Caller, doing: Callable[[Caller], T]) -> T:
        """The caller, else the office, else the owner of the installation."""
        for each in (caller, self._forms.for_the_program(caller)):
            with suppress(NotPermittedError, NotFoundError):
                try:
                    return doing(each)
                except TransitionRefusedError as error:
                    if error.refused.refusal.permitted:
                        raise
        return doing(replace(caller, roles=frozenset({OWNER}), site_id=None))

    def _do(self, turn: Turn) -> Applied:
        step, focus = turn.step, turn.focus
        transition = self._ruleset.transitions.get(step.name)
        if transition is None:
            raise NotConfiguredError(f"This program has no transition {step.name}.")
        return self._changes.perform(
            self._session,
            turn.caller,
            step.name,
            self.ledger.reach(focus, kind_of(self._ruleset.ends(transition)[0])),
            partner=turn.partner,
            role=self.ledger.value(focus, "role") if transition.creates is Kind.PERSONA else None,
            answers=self._forms.answers(step),
            options=self._forms.options(step.notes or step.name, self._now(), step.late),
        )

    def _event(self, turn: Turn) -> Applied:
        user, options = self.ledger.owner(turn.focus), self._forms.options(turn.step.name)
        return self._changes.send_event(self._session, turn.caller, turn.step.name, user, answers={}, options=options)

    def _place(self, turn: Turn) -> Applied:
        persona, fields = self.ledger.reach(turn.focus, Kind.PERSONA), self._fields(turn.step, turn.focus)
        return self._people.place_persona(self._session, turn.caller, persona, fields, self._noted(turn.step))

    def _edit(self, turn: Turn) -> Applied:
        user, fields = self.ledger.owner(turn.focus), self._fields(turn.step, turn.focus)
        return self._people.update_user(self._session, turn.caller, user, fields, self._noted(turn.step))

    def _add(self, turn: Turn) -> Applied:
        user, role, options = self.ledger.owner(turn.focus), turn.step.name, self._noted(turn.step)
        return self._people.add_persona(self._session, turn.caller, user, role, Placement(), options=options)

    def _noted(self, step: Step) -> Options:
        return self._forms.options(step.notes or step.verb)

    def _whose(self, focus: Ref) -> tuple[Person, Ref]:
        """The person a record belongs to; of a pair the first side, for whom the same staff act."""
        user = self.ledger.owner(focus)
        return self._persons[user], user

    def _fields(self, step: Step, focus: Ref) -> dict[str, str | None]:
        """The patterns of a step, filled in for a person."""
        words = self._whose(focus)[0].words()
        return {name: pattern.format(**words) for name, pattern in step.fields.items()}
