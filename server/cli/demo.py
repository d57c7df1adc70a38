"""Fills a database with demo data while showing how far it is."""

from rich.console import Console
from rich.progress import Progress

from server.backend import Backend
from server.services.demo import DemoSummary, seed_demo

SEED = 7
"""With the same number the demo data are the same for everyone."""


def fill(backend: Backend, seed: int = SEED) -> DemoSummary:
    """Makes the demo data by running the rules. Raises HasPeopleError, having written nothing, where people are."""
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("Demo data: two years, day by day", total=None)
        return seed_demo(
            backend.store,
            backend.rulebook,
            seed=seed,
            progress=lambda done, days: progress.update(task, completed=done, total=days),
        )


def describe(summary: DemoSummary) -> str:
    """What was made, in a sentence."""
    return f"Demo data: {summary.people} people, {summary.matches} matches, {summary.acts} acts."
