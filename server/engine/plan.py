"""What a decision is made of: the request, and the plan or the refusal that answers it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from server.engine.facts import Kind, Ref
from server.engine.messages import Notice
from server.engine.places import Place
from server.engine.questions import Question
from server.engine.ruleset import Transition

BUILT_IN = frozenset(
    {
        "NOT_PERMITTED",
        "WRONG_STATUS",
        "WRONG_ROLE",
        "SAME_ROLE",
        "SAME_USER",
        "OTHER_PROGRAM",
        "NO_OPEN_PLACE",
        "INVARIANT",
        "TOO_DEEP",
        "NO_OUTCOME",
        "NO_WAY_BACK",
        "INVALID_INPUT",
        "ALREADY_UNDONE",
        "CANNOT_BE_UNDONE",
        "CHANGED_SINCE",
    }
)
"""The codes of refusals that no file gives."""


@dataclass(frozen=True, slots=True)
class Request:
    """Somebody wants a transition carried out.

    ``subject``: the record it moves; for what creates a persona the user, for what creates a pair one
    persona, with the other as ``partner``; for a record of a declared kind what it is linked to first, and second;
    for what creates a user the program. ``roles``: the actor roles of the
    caller; ``actor``: the caller's own record, if there is one; ``by_event``: the platform carries it out
    because an event was sent; ``fields``: what the fields of the created records are to hold; ``to``: the status
    that was asked for, where the transition was chosen by it; ``site``: where the persona that is created is placed.
    """

    transition: str
    subject: Ref
    roles: frozenset[str]
    partner: Ref | None = None
    role: str | None = None
    answers: Mapping[str, str] = field(default_factory=dict)
    confirmed: frozenset[str] = frozenset()
    effective_at: datetime | None = None
    by_event: bool = False
    actor: Ref | None = None
    to: str | None = None
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    site: Ref | None = None


@dataclass(frozen=True, slots=True)
class Blocker:
    """One reason why not: a stable code, a text for people, the record in the way and the rule's place.

    ``chain`` names the transitions that led to it, outermost first, when it arose in a cascade. ``seen``
    are the values that decided, by path as the file writes it.
    """

    code: str
    text: str
    subject: Ref | None = None
    place: Place | None = None
    chain: tuple[str, ...] = ()
    seen: tuple[tuple[str, str], ...] = ()


IN_THE_FUTURE = "The time lies in the future. Leave it out for now, or give a past one."
"""What is wrong with an act that is entered ahead of time."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with what was sent along: ``path`` is where in the request.

    ``subject``: the record that the text speaks of, if it speaks of one.
    """

    path: tuple[str, ...]
    text: str
    code: str = "INVALID_INPUT"
    subject: Ref | None = None


@dataclass(frozen=True, slots=True)
class Warned:
    """A caution that stood; ``confirmed`` tells whether the caller said so."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """One status moves, or an act leaves it as it is.

    ``caused_by`` is the index in the plan of the change that brought it about.
    ``places`` (pairs only): the open place taken on each side, by role, when the new status counts as
    open; empty otherwise. ``by_platform``: the platform did it, not the caller. ``restarts``: the time in a status
    that stays as it is begins anew. ``undoes``: the id of the row of history that it takes back.
    """

    subject: Ref
    machine: str
    before: str | None
    after: str
    transition: str
    caused_by: int | None
    by_platform: bool
    places: Mapping[str, int] = field(default_factory=dict)
    restarts: bool = False
    undoes: int | None = None


@dataclass(frozen=True, slots=True)
class Creation:
    """A record that the plan makes; its ref has a negative id until the store gives it one.

    ``links``: for a persona its ``user``, and its ``site`` if it has one; for a pair one ref per role; for a record of
    the ``declared`` kind one per name. ``proposer``: of the latter two, the user who makes it.
    """

    ref: Ref
    kind: Kind
    links: Mapping[str, Ref]
    transition: str
    role: str | None = None
    proposer: Ref | None = None
    declared: str | None = None


@dataclass(frozen=True, slots=True)
class Setting:
    """A field gets other values: at most one, unless it holds several; none empties it."""

    subject: Ref
    field: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What would change, in order; the first change is the act itself. ``settings``: the fields, each as it ends.

    ``kept``: the record that is as it should be, where nothing needs to change; then there are no changes.
    ``keeps_answers``: pairs keep the answers with which they came to where they were.
    """

    transition: Transition
    changes: tuple[Change, ...]
    creations: tuple[Creation, ...] = ()
    warnings: tuple[Warned, ...] = ()
    answers: Mapping[str, str] = field(default_factory=dict)
    settings: tuple[Setting, ...] = ()
    notices: tuple[Notice, ...] = ()
    kept: Ref | None = None
    keeps_answers: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why not, completely.

    ``permitted`` is False when the rules do not let this caller press it at all; ``problems`` are
    faults of the answers and options; ``unconfirmed`` stand only when nothing else is in the way.
    """

    transition: Transition
    permitted: bool
    blockers: tuple[Blocker, ...] = ()
    problems: tuple[Problem, ...] = ()
    unconfirmed: tuple[Warned, ...] = ()


@dataclass(frozen=True, slots=True)
class Offer:
    """A button as a caller finds it: allowed, or blocked with every reason.

    ``asks``: its questions as they are for this record and caller; those that may turn out to be asked are there.
    ``targets``: the statuses that it can lead this record and caller to, as far as that is known before any answer.
    """

    transition: Transition
    subject: Ref
    role: str | None
    blockers: tuple[Blocker, ...]
    warnings: tuple[Warned, ...]
    asks: tuple[Question, ...] = ()
    targets: frozenset[str] = frozenset()

    @property
    def allowed(self) -> bool:
        """Whether the act itself stands in nobody's way; answers and warnings are asked on submit."""
        return not self.blockers
