"""What the server counts of itself, for those who watch over it."""

from enum import StrEnum

from prometheus_client import CollectorRegistry, Counter
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

MEDIA_TYPE = CONTENT_TYPE_LATEST


class Outcome(StrEnum):
    """What became of an edit of the rules files."""

    TAKEN = "taken"
    REFUSED = "refused"


class Metrics:
    """The counts of one process."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._reloads = Counter(
            "matchkeeper_rules_reloads", "Edits of the rules files, by outcome.", ["outcome"], registry=self._registry
        )
        for outcome in Outcome:  # so that the first refusal is a rise, not an appearance
            self._reloads.labels(outcome.value)

    def reloaded(self, outcome: Outcome) -> None:
        """Counts an edit of the rules files."""
        self._reloads.labels(outcome.value).inc()

    def page(self) -> bytes:
        """All counts, in Prometheus' text format."""
        return generate_latest(self._registry)
