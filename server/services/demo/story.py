"""The story as data: everything it calls by name stands in ``story.json``, not in code."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from importlib.resources import files
from typing import Any

Where = Mapping[str, Any]
"""What a record must be: a word or several by path; a mapping says what no persona of the person may be."""

Days = tuple[int, int]
"""From how many to how many days."""

VERBS = ("do", "event", "place", "edit", "add")
"""What a step can be: a transition, an event, a placement, a correction, a further persona."""


@dataclass(frozen=True, slots=True)
class Step:
    """One act. ``name`` is the transition, event or role; ``fields`` what is written of a place or person.

    ``after``: days since the step before. ``late``: how many days it may be entered after it happened.
    ``where``: a course ends here when its record is no longer so.
    """

    verb: str
    name: str
    fields: Mapping[str, str]
    by: str = "office"
    after: Days = (0, 0)
    late: Days = (0, 0)
    answers: str | None = None
    notes: str | None = None
    where: Where = field(default_factory=dict)

    @classmethod
    def read(cls, entry: Mapping[str, Any]) -> "Step":
        """The step of one entry of the file."""
        verb = next(verb for verb in VERBS if verb in entry)
        value = entry[verb]
        rest: dict[str, Any] = {key: each for key, each in entry.items() if key != verb}
        rest |= {key: tuple(entry[key]) for key in ("after", "late") if key in entry}
        return cls(verb, verb, value, **rest) if isinstance(value, dict) else cls(verb, value, {}, **rest)


def _steps(entries: Sequence[Mapping[str, Any]]) -> tuple[Step, ...]:
    return tuple(Step.read(entry) for entry in entries)


@dataclass(frozen=True, slots=True)
class Course:
    """What becomes of a newcomer, and how often it is this."""

    weight: float
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Intake:
    """So many people of a role who register in a span of days. ``placed``: on their partner site at once."""

    role: str
    people: int
    first: date
    last: date
    course: str
    placed: bool = False

    @classmethod
    def read(cls, entry: Mapping[str, Any]) -> "Intake":
        """The intake of one entry of the file."""
        first, last = (date.fromisoformat(day) for day in entry["days"])
        named = {key: value for key, value in entry.items() if key != "days"}
        return cls(first=first, last=last, **named)


@dataclass(frozen=True, slots=True)
class Round:
    """What staff do to many in a span of days, each of several years.

    ``on``: the kind of record; ``pairs`` brings two personas of one site together instead. ``share`` of
    those who are as ``where`` says are taken, or ``count`` of them.
    """

    on: str
    days: tuple[str, str]
    years: tuple[int, ...]
    where: Where
    steps: tuple[Step, ...]
    share: float = 1.0
    count: int | None = None
    pairs: bool = False

    @classmethod
    def read(cls, entry: Mapping[str, Any]) -> "Round":
        """The round of one entry of the file."""
        read = {"days": tuple(entry["days"]), "years": tuple(entry["years"]), "steps": _steps(entry["steps"])}
        return cls(**{**entry, **read})

    def spans(self) -> list[tuple[date, date]]:
        """First and last day, year by year; a last day before the first lies in the next year."""
        first, last = self.days
        return [
            (date.fromisoformat(f"{year}-{first}"), date.fromisoformat(f"{year + (last < first)}-{last}"))
            for year in self.years
        ]


@dataclass(frozen=True, slots=True)
class Place:
    """A partner site. ``share``: its weight among the others; ``staff``: who works there."""

    key: str
    name: str
    share: float
    staff: str


@dataclass(frozen=True, slots=True)
class Chapter:
    """The story of one program; ``program`` None is the base program."""

    program: str | None
    sites: tuple[Place, ...]
    intakes: tuple[Intake, ...]
    rounds: tuple[Round, ...]
    answers: Mapping[str, Sequence[Mapping[str, Any]]]
    external_ids: Mapping[str, str]

    @classmethod
    def read(cls, entry: Mapping[str, Any]) -> "Chapter":
        """The chapter of one entry of the file."""
        return cls(
            entry["program"],
            tuple(Place(**site) for site in entry["sites"]),
            tuple(Intake.read(intake) for intake in entry["intakes"]),
            tuple(Round.read(each) for each in entry["rounds"]),
            entry["answers"],
            entry["external_ids"],
        )


@dataclass(frozen=True, slots=True)
class Story:
    """The whole story. ``staff``: names and actor roles by who acts; ``notes``: phrases by act."""

    starts: date
    ends: date
    email: str
    first_names: tuple[str, ...]
    last_names: tuple[str, ...]
    staff: Mapping[str, Mapping[str, Sequence[str]]]
    note_share: float
    notes: Mapping[str, Sequence[str]]
    courses: Mapping[str, tuple[Course, ...]]
    chapters: tuple[Chapter, ...]


def read_story() -> Story:
    """The story that comes with the program."""
    text = files(__package__).joinpath("story.json").read_text(encoding="utf-8")
    told = json.loads(text)
    return Story(
        starts=date.fromisoformat(told["starts"]),
        ends=date.fromisoformat(told["ends"]),
        email=told["email"],
        first_names=tuple(told["first_names"]),
        last_names=tuple(told["last_names"]),
        staff=told["staff"],
        note_share=told["note_share"],
        notes=told["notes"],
        courses={
            key: tuple(Course(course["weight"], _steps(course["steps"])) for course in courses)
            for key, courses in told["courses"].items()
        },
        chapters=tuple(Chapter.read(chapter) for chapter in told["chapters"]),
    )
