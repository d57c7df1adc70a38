"""Plays the story: fills an empty database with a program of people and two years of history."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from server.domain.errors import MatchkeeperError
from server.domain.filters import UserFilter
from server.services.demo.acting import Acting
from server.services.demo.agenda import Agenda
from server.services.demo.cast import Cast
from server.services.demo.chance import Chance
from server.services.demo.directing import Director
from server.services.demo.forms import Forms
from server.services.demo.story import Chapter, Story, read_story
from server.services.demo.tally import Skipped, Tally
from server.services.rulebook import Rulebook
from server.store.programs import sites
from server.store.sessions import Session, Store
from server.store.users import users_total

Progress = Callable[[int, int], None]
"""Told how far the story has got: so many days of so many."""


class HasPeopleError(MatchkeeperError):
    """The demo data only go into an empty program."""

    code = "CONFLICT"


@dataclass(frozen=True, slots=True)
class DemoSummary:
    """What was made; ``refusals`` are the acts of the story that the rules refused, none with the shipped rules."""

    people: int
    matches: int
    acts: int
    refusals: tuple[Skipped, ...]


def seed_demo(store: Store, rulebook: Rulebook, *, seed: int = 7, progress: Progress | None = None) -> DemoSummary:
    """Fills an empty database with the demo data; the same seed under the same rules makes the same data.

    It is one job of the store: on SQLite all of it is saved or, killed on the way, nothing.
    Raises HasPeopleError when the base program has people already; then nothing is written.
    """
    story = read_story()
    return store.mutate_now(lambda session: _play(session, rulebook, story, seed, progress))


def _play(session: Session, rulebook: Rulebook, story: Story, seed: int, progress: Progress | None) -> DemoSummary:
    base = rulebook.program(None)
    if users_total(session.connection, base.id, UserFilter()).count:
        raise HasPeopleError(f"{base.name} has people already. Demo data need an empty database: name another one.")
    agenda, tally = Agenda(story.starts, story.ends), Tally()
    served = {program.key for program in rulebook.programs}
    for chapter in story.chapters:
        if chapter.program is None or chapter.program in served:
            _rehearse(session, rulebook, story, chapter, agenda=agenda, tally=tally, seed=seed)
    days = (story.ends - story.starts).days

    def turned(day: date) -> None:
        if progress is not None:
            progress((day - story.starts).days, days)

    agenda.run(turned)
    turned(story.ends)
    return DemoSummary(tally.people, tally.matches, tally.acts, tuple(tally.refusals))


def _rehearse(
    session: Session, rulebook: Rulebook, story: Story, chapter: Chapter, *, agenda: Agenda, tally: Tally, seed: int
) -> None:
    """Gets one program's story ready: its sites, and what is settled beforehand."""
    program = rulebook.program(chapter.program)
    chance = Chance(f"{seed} {chapter.program}")
    forms = Forms(story, chapter, rulebook.ruleset(program.id), chance, program_id=program.id)
    acting = Acting(chapter, session, rulebook, forms=forms, agenda=agenda, tally=tally)
    acting.add_sites(frozenset(site.key for site in sites(session.connection, program.id)))
    forms.open_sites({site.key: site.id for site in sites(session.connection, program.id)})
    Director(acting, Cast(story, chapter, chance), story.courses, agenda, chance).plan(chapter.intakes, chapter.rounds)
