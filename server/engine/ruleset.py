"""What a rules file says, compiled: machines, statuses, transitions and the words around them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from server.engine.automatic import Automatic, Daily, When
from server.engine.conditions import Condition
from server.engine.effects import Effect, Fire
from server.engine.examples import Example
from server.engine.facts import Kind, Sort
from server.engine.finding import Find, Selection
from server.engine.intake import Intake
from server.engine.kinds import RecordKind, ends
from server.engine.machines import Category, Machine, Status
from server.engine.messages import Message
from server.engine.outcomes import Case
from server.engine.paths import Operand, Terms
from server.engine.places import Place
from server.engine.questions import Choice, Input, Question
from server.engine.reach import Reach, reach
from server.engine.roles import ActorRole, Role

PLATFORM = "SYSTEM"
"""The actor that is the platform itself: carries out events and everything in a cascade."""

OWNER = "SUPER_ADMIN"
"""The actor that owns the installation: may press whatever at least one person may press."""


@dataclass(frozen=True, slots=True)
class Field:
    """Something that a program wants to know of each record of a kind.

    ``type``: see :mod:`server.engine.values`. ``several``: it holds any number of values; ``unique``: no
    two records of the program hold the same. ``sees``: how private it is (public, staff, sensitive);
    ``allow``: who may set it by hand; ``shown_to``: who sees it, whatever its class, on the records that are chosen.
    ``formula``: how it is worked out, where nothing is kept and nobody sets it.
    """

    key: str
    label: str
    owner: Sort
    type: str
    sees: str
    allow: frozenset[str]
    choices: tuple[Choice, ...] = ()
    help: str | None = None
    several: bool = False
    unique: bool = False
    formula: Operand | None = None
    shown_to: tuple[Selection, ...] = ()

    def may_be_set_by(self, roles: frozenset[str]) -> bool:
        """Whether somebody with these roles on a record may set it there by hand."""
        return bool(roles & (self.allow | {OWNER}))


@dataclass(frozen=True, slots=True)
class Requirement:
    """A condition on the situation, with the code and text of the refusal when it does not hold."""

    code: str
    that: Condition
    otherwise: str
    place: Place


@dataclass(frozen=True, slots=True)
class Caution:
    """A warning that must be confirmed; without ``when`` it always stands."""

    code: str
    text: str
    when: Condition | None
    place: Place


@dataclass(frozen=True, slots=True)
class Transition:
    """One button or one automatic move.

    ``cases`` are its outcomes, of which the first that holds counts. ``effects`` follow whichever it is, before those
    of the case. ``sources`` are the statuses it starts from (empty for what creates a record), ``asks`` its questions,
    ``event`` the event that carries it out, ``automatic`` what else does, ``undo`` the transition that takes back what
    it creates. ``allow_if``: what must hold for an actor of ``allow`` to count; ``partners``: of the second record that
    a new one is made for, for who does not reach it to name it. ``quiet``: the codes of the blockers that are no error;
    ``existing``: of which record of the same owner it is enough that it is there. ``restarts``: the time in a status
    that stays as it is begins anew. ``intake``: of what creates a user. ``offered``: False for an act, which has a
    mutation of its own, is no button, and begins where its machine starts.
    """

    id: str
    machine: str
    label: str
    cases: tuple[Case, ...]
    sources: frozenset[str]
    allow: frozenset[str]
    place: Place
    help: str | None = None
    creates: Sort | None = None
    roles: frozenset[str] | None = None
    requires: tuple[Requirement, ...] = ()
    asks: tuple[Question, ...] = ()
    cautions: tuple[Caution, ...] = ()
    effects: tuple[Effect, ...] = ()
    event: str | None = None
    undo: str | None = None
    automatic: Automatic | None = None
    allow_if: Mapping[str, Condition] = field(default_factory=dict)
    partners: Condition | None = None
    quiet: frozenset[str] = frozenset()
    existing: Condition | None = None
    intake: Intake | None = None
    offered: bool = True
    restarts: bool = False

    @property
    def stays(self) -> bool:
        """Whether it can leave the status as it is."""
        return any(case.stays for case in self.cases)

    @property
    def targets(self) -> frozenset[str]:
        """Every status that it can leave a record in."""
        return frozenset().union(*(case.targets for case in self.cases))

    @property
    def entered(self) -> frozenset[str]:
        """Every status it can bring a record into."""
        return frozenset().union(*(case.targets for case in self.cases if not case.stays))

    @property
    def target(self) -> str | None:
        """The status it leads to; None where that depends."""
        (only, *more) = self.targets
        return None if more or self.stays else only

    @property
    def follows(self) -> tuple[Effect, ...]:
        """All that can follow from it, whichever case it comes to."""
        return (*self.effects, *(effect for case in self.cases for effect in case.effects))

    @property
    def pressable(self) -> bool:
        """Whether at least one person may press it."""
        return bool(self.allow - {PLATFORM})


@dataclass(frozen=True, slots=True)
class Invariant:
    """Something that must never be true of any record of the kind ``on`` after an act."""

    key: str
    on: Sort
    per_role: bool
    never: Condition
    because: str
    place: Place


@dataclass(frozen=True, slots=True)
class Ruleset:
    """One program's rules, immutable. ``revision`` is the hash of the effective text (12 hex digits)."""

    program: str
    title: str
    revision: str
    machines: Mapping[str, Machine]
    transitions: Mapping[str, Transition]
    categories: Mapping[str, Category] = field(default_factory=dict)
    actors: Mapping[str, ActorRole] = field(default_factory=dict)
    roles: Mapping[str, Role] = field(default_factory=dict)
    acts: Mapping[str, frozenset[str]] = field(default_factory=dict)
    events: Mapping[str, frozenset[str]] = field(default_factory=dict)
    facts: Mapping[str, Condition] = field(default_factory=dict)
    inputs: Mapping[str, Input] = field(default_factory=dict)
    fields: Mapping[str, Field] = field(default_factory=dict)
    kinds: Mapping[str, RecordKind] = field(default_factory=dict)
    finds: Mapping[str, Find] = field(default_factory=dict)
    derived: Mapping[str, Field] = field(default_factory=dict)
    """The values that are worked out: named numbers and named statuses."""
    can_communicate: tuple[Requirement, ...] = ()
    invariants: tuple[Invariant, ...] = ()
    examples: tuple[Example, ...] = ()
    messages: Mapping[str, Message] = field(default_factory=dict)
    support_contact: str | None = None
    recalls: frozenset[str] = frozenset()
    """Machines whose past some condition asks for (``been``, ``did``), or something leads back to."""
    surroundings: frozenset[Kind] = frozenset()
    """Those of program and site that a decision may look at or change."""
    zone: ZoneInfo = field(default=ZoneInfo("UTC"))
    """Where the program is: by its clocks and calendar days are counted."""
    moved: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By machine, where the people of each dropped status go; a machine without any is gone as a whole."""
    places: Mapping[str, Place] = field(default_factory=dict)
    """Where things stand in the file, by dotted path (``machines.user_status``)."""
    removed: Mapping[str, Place] = field(default_factory=dict)
    """Where an overlay takes things of its base away, by dotted path."""
    texts: tuple[str, ...] = ()
    """The effective text: that of the base file and, if there is one, that of the overlay laid over it."""
    terms: Terms = field(init=False, repr=False, compare=False)
    """What these rules lay down about how records are read; follows from the rest."""
    reaches: Mapping[str, Reach] = field(init=False, repr=False, compare=False)
    """How far each invariant looks, by its key; follows from the rest."""

    def __post_init__(self) -> None:
        every = [status for machine in self.machines.values() for status in machine.statuses.values()]
        opens = (s for s in every if s.opens and self.machines[s.machine].owner == Kind.PAIR)
        removed = (s for s in every if s.removed and self.machines[s.machine].owner in self.kinds)
        formulas = {key: value.formula for key, value in self.derived.items() if value.formula}
        terms = Terms(_keys(opens), formulas, _keys(removed))
        reaches = {each.key: reach(each.never, each.on, self.roles, self.derived) for each in self.invariants}
        object.__setattr__(self, "terms", terms)  # the one way to set it where nothing may be set
        object.__setattr__(self, "reaches", reaches)

    def fields_of(self, sort: Sort) -> tuple[Field, ...]:
        """The fields of a kind of record that hold something, in the order of the file."""
        return tuple(f for f in self.fields.values() if f.owner == sort)

    def derived_of(self, sort: Sort) -> tuple[Field, ...]:
        """The values that are worked out for a kind of record, in the order of the file."""
        return tuple(f for f in self.derived.values() if f.owner == sort)

    def machines_of(self, sort: Sort) -> tuple[Machine, ...]:
        """The machines that a record of this kind carries, in the order of the file."""
        return tuple(m for m in self.machines.values() if m.owner == sort)

    def ends(self, transition: Transition) -> tuple[Sort, ...]:
        """What a transition is asked of: the record that it moves, or those that a new one is made for."""
        if transition.creates is None:
            return (self.machines[transition.machine].owner,)
        return ends(transition.creates, self.kinds)

    def status(self, machine: str, key: str) -> Status:
        """The status itself; KeyError where the file has none."""
        return self.machines[machine].statuses[key]

    def started_by(self, event: str) -> tuple[Transition, ...]:
        """The transitions that an event carries out."""
        return tuple(t for t in self.transitions.values() if t.event == event)

    def automatics(self) -> tuple[Transition, ...]:
        """The transitions that happen by themselves, other than by an event."""
        return tuple(t for t in self.transitions.values() if t.automatic is not None)

    def chained(self) -> tuple[tuple[Transition, When], ...]:
        """The transitions that happen as soon as a condition is true."""
        return tuple((t, t.automatic) for t in self.transitions.values() if isinstance(t.automatic, When))

    def dailies(self) -> tuple[tuple[Transition, Daily], ...]:
        """The transitions that happen by the calendar."""
        return tuple((t, t.automatic) for t in self.transitions.values() if isinstance(t.automatic, Daily))

    def firing(self, transition: str) -> tuple[Transition, ...]:
        """The transitions whose effects fire this one."""
        every = self.transitions.values()
        return tuple(t for t in every if any(isinstance(e, Fire) and e.transition == transition for e in t.follows))

    def roles_for(self, transition: Transition, to: str | None = None) -> frozenset[str] | None:
        """Whom a transition is for: its own roles, as far as a status it leads to has them; None is everybody.

        ``to``: the status that it leads to this time; None: any of its targets.
        """
        targets = transition.targets if to is None else {to}
        of_statuses = [self.status(transition.machine, key).roles for key in targets]
        found = None if None in of_statuses else frozenset().union(*(roles for roles in of_statuses if roles))
        if transition.roles is None or found is None:
            return found if transition.roles is None else transition.roles
        return transition.roles & found


def _keys(statuses: Iterable[Status]) -> frozenset[tuple[str, str]]:
    return frozenset((status.machine, status.key) for status in statuses)
