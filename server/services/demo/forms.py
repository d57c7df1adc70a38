"""Fills in what goes along with an act: who does it, when it happened, the answers and a note."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from server.domain.actors import Caller
from server.domain.commands import Options
from server.engine.facts import Ref
from server.engine.questions import Question
from server.engine.ruleset import Ruleset
from server.services.demo.cast import Person
from server.services.demo.chance import Chance
from server.services.demo.story import Chapter, Step, Story

OFFICE, SITE, SELF = "office", "site", "self"
"""Who acts: the program's office, the staff of the person's partner site, the person."""

_LATE_SHARE = 0.2
"""How often something that may be entered late is."""

_ANYTHING = {"text": "Nothing to add.", "date": "2026-09-01", "integer": "1", "boolean": "true"}
"""Answers to required questions that the story does not know, by type."""


class Forms:
    """Fills in forms for one program; what its rules ask beyond the story is answered somehow."""

    __slots__ = ("_chance", "_chapter", "_confirmed", "_program", "_ruleset", "_sites", "_staff", "_story")

    def __init__(self, story: Story, chapter: Chapter, ruleset: Ruleset, chance: Chance, *, program_id: int) -> None:
        self._story, self._chapter, self._program = story, chapter, program_id
        self._sites: dict[str, int] = {}
        self._ruleset, self._chance = ruleset, chance
        self._staff = {site.key: site.staff for site in chapter.sites}
        self._confirmed = frozenset(c.code for t in ruleset.transitions.values() for c in t.cautions)

    def open_sites(self, sites: Mapping[str, int]) -> None:
        """From now on the staff of these sites, by key, act there."""
        self._sites.update(sites)

    def for_the_program(self, caller: Caller) -> Caller:
        """The same person in the office's stead: for what lies at no site, or at several."""
        return replace(caller, roles=frozenset(self._story.staff[OFFICE]["roles"]), site_id=None)

    def caller(self, by: str, person: Person | None = None, user: Ref | None = None) -> Caller:
        """Who acts, for or as this person."""
        staff = self._story.staff[by]
        roles = frozenset(staff["roles"])
        if by == SELF and person is not None:
            return Caller(person.name, roles, user.id if user else None, self._program)
        if by == SITE and person is not None and person.site is not None:
            return Caller(self._staff[person.site], roles, None, self._program, self._sites.get(person.site))
        return Caller(self._chance.pick(self._story.staff[OFFICE]["names"]), roles, None, self._program)

    def options(self, about: str, now: datetime | None = None, late: tuple[int, int] = (0, 0)) -> Options:
        """A note on what is done, every warning confirmed, and for what is entered late its real time."""
        phrases = self._story.notes.get(about, ())
        note = self._chance.pick(phrases) if phrases and self._chance.happens(self._story.note_share) else None
        happened = None
        if now is not None and late[1] and self._chance.happens(_LATE_SHARE):
            happened = now - timedelta(days=self._chance.between(late))
        return Options(note=note, effective_at=happened, confirm=self._confirmed)

    def answers(self, step: Step) -> dict[str, str]:
        """The answers to what the transition asks."""
        transition = self._ruleset.transitions.get(step.name)
        planned = self._planned(step.answers) if step.answers else {}
        if transition is None:
            return planned
        asked = {question.input.key: self._answer(question, planned) for question in transition.asks}
        return {key: answer for key, answer in asked.items() if answer}

    def _planned(self, form: str) -> dict[str, str]:
        """One way of filling the form in."""
        ways = self._chapter.answers[form]
        way = ways[self._chance.weighted({number: way["weight"] for number, way in enumerate(ways)})]
        return {key: self._chosen(answer) for key, answer in way["answers"].items()}

    def _chosen(self, answer: str | Mapping[str, float]) -> str:
        return answer if isinstance(answer, str) else self._chance.weighted(answer)

    def _answer(self, question: Question, planned: Mapping[str, str]) -> str:
        """The planned answer, as far as the question still takes it."""
        asked = question.input
        possible: Sequence[Any] = [choice.key for choice in asked.choices]
        answer = planned.get(asked.key, "")
        if answer and (not possible or answer in possible):
            return answer
        if not question.required:
            return ""
        if asked.type == "reference":
            return self._chapter.sites[0].key
        return self._chance.pick(possible) if possible else _ANYTHING[asked.type]
