"""Demo data: a plausible program, made by running the rules along a story."""

from server.services.demo.seed import DemoSummary, HasPeopleError, seed_demo
from server.services.demo.tally import Skipped

__all__ = ["DemoSummary", "HasPeopleError", "Skipped", "seed_demo"]
