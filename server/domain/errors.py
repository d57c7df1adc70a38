"""What can go wrong that a person can act on; each error names its code and the next step."""

from dataclasses import dataclass

from server.engine.facts import Ref
from server.engine.plan import Offer, Problem, Refusal
from server.engine.ruleset import Ruleset


class MatchkeeperError(Exception):
    """An expected failure. ``code`` is stable, ``path`` says where in the request it lies."""

    code = "CONFLICT"

    def __init__(self, message: str, path: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.path = path


class InputProblemsError(MatchkeeperError):
    """Something sent along is wrong; every problem at once, each with its own code and path.

    Paths are in our spelling (``answers``/key, ``options``/``effective_at``, ``partner_site``);
    ``subject`` and ``partner`` stand for the records that an act names.
    """

    code = "INVALID_INPUT"

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(" ".join(problem.text for problem in problems))
        self.problems = problems


class NotFoundError(MatchkeeperError):
    """The record does not exist, or the caller may not see it: the two look alike."""

    code = "NOT_FOUND"


class NotPermittedError(MatchkeeperError):
    """The rules do not let this caller do it."""

    code = "NOT_PERMITTED"


class NotSignedInError(MatchkeeperError):
    """Nobody stands behind the request. ``reason`` is for our log alone: the caller learns nothing of it."""

    code = "UNAUTHENTICATED"

    def __init__(self, reason: str) -> None:
        super().__init__(
            'Sign in: send a valid token in the header "Authorization: Bearer <token>". Whoever runs this server'
            " makes one with 'matchkeeper token create'."
        )
        self.reason = reason


class NotConfiguredError(MatchkeeperError):
    """The program's rules have no such transition."""

    code = "TRANSITION_NOT_CONFIGURED"


class AlreadyExistsError(MatchkeeperError):
    """Something unique is taken."""

    code = "ALREADY_EXISTS"


class ConflictError(MatchkeeperError):
    """Another act was faster."""

    code = "CONFLICT"


class IdempotencyConflictError(MatchkeeperError):
    """The key of the request was used before, for another one."""

    code = "IDEMPOTENCY_CONFLICT"


class HeldBackError(MatchkeeperError):
    """Nothing stands against the act itself; it was to be done only together with others that were refused."""

    code = "HELD_BACK"


class TryAgainError(MatchkeeperError):
    """The database could not take the act just now; nothing was written."""

    code = "TRY_AGAIN"


class LimitExceededError(MatchkeeperError):
    """The request asks for more than one may; ``limit`` is the name of the limit."""

    code = "LIMIT_EXCEEDED"

    def __init__(self, message: str, limit: str) -> None:
        super().__init__(message)
        self.limit = limit


class VersionConflictError(MatchkeeperError):
    """The record has changed since the caller read it."""

    code = "VERSION_CONFLICT"

    def __init__(self, message: str, path: tuple[str, ...], current: Ref) -> None:
        super().__init__(message, path)
        self.current = current


@dataclass(frozen=True, slots=True)
class Refused:
    """A refusal with what a client needs to explain it: the rules, the status, the ways that are open."""

    refusal: Refusal
    ruleset: Ruleset
    subject: Ref
    machine: str
    current: str | None
    alternatives: tuple[Offer, ...]


class TransitionRefusedError(MatchkeeperError):
    """The rules refuse the act; ``refused`` says why, completely."""

    code = "TRANSITION_NOT_ALLOWED"

    def __init__(self, message: str, refused: Refused) -> None:
        super().__init__(message)
        self.refused = refused
