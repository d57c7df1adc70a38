"""Examples: short stories that the rules file tells of its program, played whenever it is loaded."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from server.engine.conditions import Condition
from server.engine.durations import Duration
from server.engine.facts import Kind, Sort
from server.engine.places import Place

PROGRAM = "program"
SITE = "site."
"""How an example calls the program; and, before its key, a site."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A person of an example, or (``role`` given) the ``number``-th of their personas of that role, from 1.

    The program, or one of its sites, is called so too: by its whole name.
    """

    person: str
    role: str | None = None
    number: int = 1


@dataclass(frozen=True, slots=True)
class Name:
    """What an example calls a record: a person, a persona, or (two figures) the latest pair between them.

    Also the program, or a site by its key. ``further``: the keys of declared kinds, each the latest such record that is
    linked to the one before.
    """

    text: str
    figures: tuple[Figure, ...]
    place: Place
    further: tuple[Sort, ...] = ()

    @property
    def sort(self) -> Sort:
        """What the rules call a record of this name."""
        return self.further[-1] if self.further else self.kind

    @property
    def kind(self) -> Kind:
        """The kind of record that it begins at."""
        if len(self.figures) > 1:
            return Kind.PAIR
        if self.text == PROGRAM:
            return Kind.PROGRAM
        if self.text.startswith(SITE):
            return Kind.SITE
        return Kind.PERSONA if self.figures[0].role else Kind.USER


@dataclass(frozen=True, slots=True)
class Given:
    """A record as the example begins; what is not said is as in a new record.

    ``values`` and ``lists``: placements and fields (a field of the type user holds the name of a person).
    ``been``: the statuses it has had before, by machine, the oldest first. ``proposer``: of a pair, the person who
    made it.
    """

    name: Name
    statuses: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)
    lists: Mapping[str, frozenset[str]] = field(default_factory=dict)
    been: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    proposer: str | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """What goes along with a transition: the answers; the role and fields of what it creates."""

    role: str | None = None
    answers: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Press:
    """Somebody carries out a transition, or an act that creates people. ``confirmed``: the codes of the warnings."""

    transition: str
    sent: Sent
    partner: Name | None = None
    confirmed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Send:
    """Somebody reports an event."""

    event: str
    answers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fill:
    """Somebody sets fields by hand; none of a field's values empties it."""

    values: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Pass:
    """Time passes."""

    duration: Duration


@dataclass(frozen=True, slots=True)
class Expectation:
    """What must be true of a record. ``wanted``: how the file says it (``match_status: MATCHED``)."""

    name: Name
    condition: Condition
    wanted: str
    place: Place


@dataclass(frozen=True, slots=True)
class Look:
    """Whether somebody may press a button of a record now (``is_button``), or sees one of its fields."""

    key: str
    is_button: bool
    wanted: bool
    place: Place


@dataclass(frozen=True, slots=True)
class Step:
    """At most one thing happens, then everything is checked that is said of the outcome.

    ``actor``: a person of the example or the key of an actor; ``upon``: the record (for what creates a person their
    name). ``refused``: the codes of the refusal; None: it goes through. ``messages``: who is sent which, by this
    step or, if nothing happens in it, by the last one in which something did; None: not looked at.
    """

    place: Place
    deed: Press | Send | Fill | Pass | None = None
    actor: str | None = None
    upon: Name | None = None
    refused: frozenset[str] | None = None
    expected: tuple[Expectation, ...] = ()
    messages: tuple[tuple[str, str], ...] | None = None
    looks: tuple[Look, ...] = ()
    messages_place: Place | None = None


@dataclass(frozen=True, slots=True)
class Example:
    """One story. ``starts``: the day on which it begins. ``acts_as``: the actors that a person is besides oneself."""

    key: str
    place: Place
    given: tuple[Given, ...]
    steps: tuple[Step, ...]
    acts_as: Mapping[str, frozenset[str]] = field(default_factory=dict)
    starts: date | None = None
