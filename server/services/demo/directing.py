"""Puts the story's people and acts on the calendar, and follows each course step by step."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from functools import partial

from server.domain.vocabulary import MENTOR
from server.engine.facts import Ref
from server.services.demo.acting import Acting
from server.services.demo.agenda import Agenda
from server.services.demo.cast import Cast
from server.services.demo.chance import Chance
from server.services.demo.story import Course, Intake, Round, Step, Where


@dataclass(frozen=True, slots=True)
class Thread:
    """One course under way: the steps still to come, the record it is about, and how that must be for the next one."""

    steps: tuple[Step, ...]
    focus: Ref
    where: Where
    partner: Ref | None = None


class Director:
    """Directs one program's story."""

    __slots__ = ("_acting", "_agenda", "_cast", "_chance", "_courses")

    def __init__(
        self, acting: Acting, cast: Cast, courses: Mapping[str, tuple[Course, ...]], agenda: Agenda, chance: Chance
    ) -> None:
        self._acting, self._cast, self._courses = acting, cast, courses
        self._agenda, self._chance = agenda, chance

    def plan(self, intakes: Sequence[Intake], rounds: Sequence[Round]) -> None:
        """Enters everything that is settled beforehand: who registers when, and when rounds begin."""
        for intake in intakes:
            for _ in range(intake.people):
                self._agenda.at(self._chance.moment(intake.first, intake.last), partial(self._arrive, intake))
        for each in rounds:
            for first, last in each.spans():
                begins = datetime.combine(first, time(), UTC)
                self._agenda.at(begins, partial(self._begin, each, first, last))

    def _arrive(self, intake: Intake) -> None:
        """Somebody registers, and takes one of the courses."""
        persona = self._acting.register(self._cast.invent(intake.role), placed=intake.placed)
        courses = self._courses[intake.course]
        number = self._chance.weighted({index: course.weight for index, course in enumerate(courses)})
        if persona is not None:
            self._go_on(Thread(courses[number].steps, persona, {}))

    def _begin(self, each: Round, first: date, last: date) -> None:
        """Picks whom a round takes, and when each has the turn."""
        found = self._acting.ledger.found(each.on, each.where)
        taken = (
            self._couples(found, each)
            if each.pairs
            else [(ref, None) for ref in self._chance.some(found, each.share, each.count)]
        )
        for focus, partner in taken:
            thread = Thread(each.steps, focus, each.where, partner)
            self._agenda.at(self._chance.moment(first, last), partial(self._step, thread))

    def _couples(self, found: Sequence[Ref], each: Round) -> list[tuple[Ref, Ref | None]]:
        """Mentors and mentees of the same site, as far as there are both."""
        ledger = self._acting.ledger
        sites: defaultdict[str, tuple[list[Ref], list[Ref]]] = defaultdict(lambda: ([], []))
        for persona in found:
            site = ledger.value(persona, "partner_site")
            if site is not None:
                sites[site][ledger.value(persona, "role") != MENTOR].append(persona)
        shuffled = [[self._chance.some(side, 1, None) for side in sides] for sides in sites.values()]
        couples = [couple for mentors, mentees in shuffled for couple in zip(mentors, mentees, strict=False)]
        fit = [couple for couple in couples if ledger.owner(couple[0]) != ledger.owner(couple[1])]
        return list(self._chance.some(fit, each.share, each.count))

    def _go_on(self, thread: Thread) -> None:
        """Enters the next step, if there is one."""
        if thread.steps:
            moment = self._chance.later(self._agenda.now, thread.steps[0].after)
            self._agenda.at(moment, partial(self._step, thread))

    def _step(self, thread: Thread) -> None:
        """Takes a step, unless things have changed meanwhile."""
        step, *rest = thread.steps
        ledger, focus = self._acting.ledger, thread.focus
        sides = [focus] if thread.partner is None else [focus, thread.partner]
        if all(ledger.meets(side, thread.where) for side in sides) and ledger.meets(focus, step.where):
            made = self._acting.attempt(step, focus, thread.partner)
            self._go_on(replace(thread, steps=tuple(rest), focus=made, partner=None, where={}))
