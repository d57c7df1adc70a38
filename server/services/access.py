"""Who reaches what: the one place that turns roles and their scopes into sight and into rights."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from server.domain.access import FieldClass, Reach, Sight
from server.domain.actors import Caller
from server.domain.errors import InputProblemsError
from server.domain.people import Program
from server.engine.facts import Kind, Ref
from server.engine.plan import Problem
from server.engine.ruleset import OWNER, PLATFORM, Ruleset
from server.services.rulebook import Rulebook
from server.services.spelling import suggestion
from server.store.sessions import Session
from server.store.unit_of_work import UnitOfWork
from server.store.visibility import partners, seen


def reach_of(ruleset: Ruleset, caller: Caller, program_id: int, role: str) -> Sight:
    """What one role lets its bearer see of a program; nothing where the program does not know the role.

    Nobody is the platform, whatever roles they bring. What is narrower than every program reaches only
    into the program that its bearer belongs to.
    """
    actor = ruleset.actors.get(role)
    if role == PLATFORM or caller.program_id not in {None, program_id}:
        return Sight()
    if role == OWNER or (actor is not None and actor.scope == Reach.ALL):
        return Sight(whole=True)
    if actor is None or caller.program_id is None or actor.scope == Reach.NONE:
        return Sight()
    if actor.scope == Reach.PROGRAM:
        return Sight(whole=True)
    if actor.scope == Reach.SITE:
        return Sight(site_ids=frozenset() if caller.site_id is None else frozenset({caller.site_id}))
    return Sight(user_id=caller.user_id)


def actor_of(caller: Caller, program_id: int) -> Ref | None:
    """The caller's own record in a program, of which conditions ask who presses; None: they have none there."""
    if caller.user_id is None or caller.program_id not in {None, program_id}:
        return None
    return Ref(Kind.USER, caller.user_id)


def around(caller: Caller, program_id: int, refs: Sequence[Ref]) -> list[Ref]:
    """What the facts of a decision are loaded for: the records it is about, and the caller's own."""
    actor = actor_of(caller, program_id)
    return [*refs, *([] if actor is None else [actor])]


def sight(ruleset: Ruleset, caller: Caller, program_id: int) -> Sight:
    """What all roles of a caller together let them see of a program."""
    return together(reach_of(ruleset, caller, program_id, role) for role in caller.roles)


def sight_into(ruleset: Ruleset, caller: Caller, program_id: int, wanted: FieldClass) -> Sight:
    """The part of a caller's sight in which they see the fields of one class."""
    roles = (role for role in caller.roles if wanted in classes_of(ruleset, frozenset({role})))
    return together(reach_of(ruleset, caller, program_id, role) for role in roles)


def together(reaches: Iterable[Sight]) -> Sight:
    """All that several reaches let somebody see. They are one caller's, who has at most one record of their own."""
    every = list(reaches)
    return Sight(
        any(reach.whole for reach in every),
        frozenset().union(*(reach.site_ids for reach in every)),
        next((reach.user_id for reach in every if reach.user_id is not None), None),
    )


def roles_of(
    work: Session | UnitOfWork, ruleset: Ruleset, caller: Caller, program_id: int, refs: Iterable[Ref]
) -> dict[Ref, frozenset[str]]:
    """For each record of the program the roles of a caller that reach it; none: it is not seen in full.

    One statement for each kind of record and each reach short of the whole program, however many the
    records are; none for whoever sees everything.
    """
    wanted = list(dict.fromkeys(refs))
    by_reach: defaultdict[Sight, set[str]] = defaultdict(set)
    for role in caller.roles:
        by_reach[reach_of(ruleset, caller, program_id, role)].add(role)
    found: dict[Ref, set[str]] = {ref: set() for ref in wanted}
    for reach, roles in by_reach.items():
        for ref in _reached(work, reach, wanted):
            found[ref] |= roles
    return {ref: frozenset(roles) for ref, roles in found.items()}


def _reached(work: Session | UnitOfWork, reach: Sight, refs: list[Ref]) -> list[Ref]:
    numbers: defaultdict[str, list[int]] = defaultdict(list)
    for ref in refs:
        numbers[ref.kind].append(ref.id)
    kinds = dict.fromkeys(ref.kind for ref in refs)
    there = {kind: seen(work.connection, reach, kind, numbers[kind]) for kind in kinds}
    return [ref for ref in refs if ref.id in there[ref.kind]]


def roles_on(work: Session | UnitOfWork, ruleset: Ruleset, caller: Caller, program_id: int, ref: Ref) -> frozenset[str]:
    """The roles of a caller that reach one record: what the rules' ``allow`` is held against there."""
    return roles_of(work, ruleset, caller, program_id, [ref])[ref]


def roles_in(ruleset: Ruleset, caller: Caller, program_id: int) -> Mapping[str, Sight]:
    """The roles under which a caller may bring something new into a program, with their reach.

    They reach the whole program or one site; who reaches only themselves adds nobody. Strangers reach nothing, and
    bring in themselves.
    """
    reaches = {role: reach_of(ruleset, caller, program_id, role) for role in caller.roles}
    return {role: reach for role, reach in reaches.items() if reach.whole or reach.site_ids or not caller.signed_in}


def called_by(ruleset: Ruleset, caller: Caller) -> Caller:
    """A caller as a program calls them: who is not signed in has there the roles of the scope none, and their name."""
    if caller.signed_in:
        return caller
    found = {key: actor.label for key, actor in ruleset.actors.items() if actor.scope == Reach.NONE}
    return replace(caller, name=", ".join(found.values()) or caller.name, roles=frozenset(found))


def known(work: Session | UnitOfWork, sight: Sight, refs: Iterable[Ref]) -> frozenset[Ref]:
    """Those of the records, all of one program, that may be named: seen in full, as a partner, or found by a rule."""
    wanted = list(dict.fromkeys(refs))
    kinds = dict.fromkeys(ref.kind for ref in wanted)
    found: set[Ref] = set()
    for kind in kinds:
        numbers = {ref.id for ref in wanted if ref.kind is kind}
        full = seen(work.connection, sight, kind, numbers)
        found |= {Ref(kind, number) for number in full | partners(work.connection, sight, kind, numbers - full)}
    return frozenset(found)


def classes_of(ruleset: Ruleset, roles: frozenset[str]) -> frozenset[FieldClass]:
    """The classes of field that these roles see on a record they reach."""
    if OWNER in roles:
        return frozenset(FieldClass)
    words = [ruleset.actors[role].sees for role in roles if role in ruleset.actors]
    return frozenset(FieldClass(word) for sees in words for word in sees)


def programs_of(rulebook: Rulebook, caller: Caller) -> tuple[Program, ...]:
    """The programs in which a caller sees anything or to which they belong, the base program first."""
    return tuple(
        program
        for program in rulebook.programs
        if caller.program_id == program.id or not sight(rulebook.ruleset(program.id), caller, program.id).nothing
    )


def program_named(rulebook: Rulebook, caller: Caller, key: str | None) -> Program:
    """The program of a key, the base program without one.

    Raises InputProblemsError for a key that no program has, and alike for one that the caller may not see.
    """
    return chosen(rulebook, programs_of(rulebook, caller), key)


def chosen(rulebook: Rulebook, programs: Iterable[Program], key: str | None) -> Program:
    """That of the programs which has a key; see :func:`program_named`."""
    visible = {program.key: program for program in programs}
    found = visible.get(rulebook.base if key is None else key)
    if found is not None:
        return found
    hint = suggestion(key or "", visible) if visible else "You belong to no program: ask for a role in one."
    text = f"Say which program. {hint}" if key is None else f"There is no program {key}. {hint}"
    raise InputProblemsError((Problem(("program",), text),))
