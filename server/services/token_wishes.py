"""Reads a wish for a token: everything that is wrong with it at once, or what is to be kept."""

from dataclasses import dataclass
from datetime import datetime

from server.domain.access import Reach
from server.domain.actors import Caller
from server.domain.errors import InputProblemsError
from server.domain.ids import USER, MalformedIdError, parse_id
from server.domain.people import Program, Site
from server.domain.tokens import NewToken
from server.engine.plan import Problem
from server.engine.ruleset import OWNER, PLATFORM, Ruleset
from server.services.access import program_named, programs_of
from server.services.rulebook import Rulebook
from server.services.spelling import suggestion
from server.services.token_rights import may_hand_out, rules_of
from server.store.programs import site_by_key, sites
from server.store.sessions import Session
from server.store.unit_of_work import UnitOfWork
from server.store.users import user_by_email, users_by_ids

NAME_LIMIT = 200


@dataclass(frozen=True, slots=True)
class TokenWish:
    """A token somebody wants. Program and site go by key.

    Without a program it is that of the user or the site, else the caller's own; where neither says
    one it is the base program, or every program for roles whose scope is all.
    """

    name: str
    roles: tuple[str, ...]
    program: str | None = None
    site: str | None = None
    user_id: int | None = None
    expires_at: datetime | None = None


def read_wish(
    work: UnitOfWork, rulebook: Rulebook, caller: Caller, wish: TokenWish, now: datetime
) -> tuple[NewToken, tuple[Problem, ...]]:
    """What is to be kept, and everything wrong with it; with problems the former is not to be used."""
    reading = _Reading(work, rulebook, caller, wish)
    program_id = reading.program_id()
    site_id = reading.site_id(program_id)
    roles = tuple(dict.fromkeys(wish.roles))
    ruleset = rules_of(rulebook, program_id)
    found = [*_name_problems(wish.name), *reading.problems, *_role_problems(ruleset, roles, wish)]
    known = [role for role in roles if role in ruleset.actors and role != PLATFORM]
    if not reading.problems and not may_hand_out(rulebook, caller, program_id, known):
        text = "You may not hand out roles that reach further than your own. Ask a super administrator."
        found.append(Problem(("roles",), text, "NOT_PERMITTED"))
    if wish.expires_at is not None and wish.expires_at <= now:
        found.append(Problem(("expires_at",), "This moment has passed. Give a later one, or leave it out."))
    new = NewToken(wish.name.strip(), roles, program_id, site_id, wish.user_id, now, wish.expires_at)
    return new, tuple(found)


def _name_problems(name: str) -> list[Problem]:
    if not name.strip():
        return [Problem(("name",), "Say what the token is for, so that it can be told from others.")]
    return [Problem(("name",), f"A name may have at most {NAME_LIMIT} characters.")] if len(name) > NAME_LIMIT else []


def _role_problems(ruleset: Ruleset, roles: tuple[str, ...], wish: TokenWish) -> list[Problem]:
    given = [key for key in ruleset.actors if key != PLATFORM]
    if not roles:
        return [Problem(("roles",), f"Give at least one role. {suggestion('', given)}")]
    found = []
    for role in roles:
        if role == PLATFORM:
            found.append(Problem(("roles",), f"{role} is the platform itself, and nobody's role. Leave it out."))
        elif role not in ruleset.actors:
            found.append(Problem(("roles",), f"There is no role {role}. {suggestion(role, given)}"))
        elif ruleset.actors[role].scope == Reach.NONE:
            found.append(Problem(("roles",), f"{role} is whoever is not signed in, so no token has it. Leave it out."))
        elif ruleset.actors[role].scope == Reach.SITE and wish.site is None:
            found.append(Problem(("site",), f"{role} acts at one site: say at which."))
        elif ruleset.actors[role].scope == Reach.SELF and wish.user_id is None:
            found.append(Problem(("user",), f"{role} stands for one person: say for whom."))
    return found


def user_named(session: Session, rulebook: Rulebook, program: str | None, named: str) -> int:
    """The number of a person given by global id or e-mail address; an address is looked for in every program, or one.

    Raises InputProblemsError where it is nobody's, or that of people in several programs.
    """
    if "@" not in named:
        try:
            return parse_id(named, USER).number
        except MalformedIdError as error:
            raise InputProblemsError((Problem(("user",), f"{error} Or give an e-mail address."),)) from None
    where = rulebook.programs if program is None else (rulebook.program(program),)
    found = {each.key: user_by_email(session.connection, each.id, named) for each in where}
    people = {key: person for key, person in found.items() if person is not None}
    if len(people) == 1:
        return next(iter(people.values())).id
    text = f"Nobody has this e-mail address in {', '.join(found)}. Register the person first."
    if people:
        text = f"People in several programs have this e-mail address: {', '.join(people)}. Say which program."
    raise InputProblemsError((Problem(("user",), text),))


class _Reading:
    """Finds what a wish names. A program that the caller may not see is one that does not exist."""

    def __init__(self, work: UnitOfWork, rulebook: Rulebook, caller: Caller, wish: TokenWish) -> None:
        self._connection, self._rulebook, self._caller, self._wish = work.connection, rulebook, caller, wish
        self._visible = {program.id: program for program in programs_of(rulebook, caller)}
        self.problems: list[Problem] = []

    def program_id(self) -> int | None:
        """The program that the token is for; None is every one."""
        of_user, named = self._program_of_user(), self._named_program()
        if named is not None and of_user is not None and named.id != of_user.id:
            text = f"This person belongs to the program {of_user.key}, not to {named.key}. Leave the program out."
            self.problems.append(Problem(("program",), text))
        found = named or of_user
        if found is not None:
            return found.id
        if self._caller.program_id is not None:
            return self._caller.program_id
        base = self._rulebook.program(None)
        if self._wish.site is not None:
            return self._program_of_site(self._wish.site, base)
        return None if self._is_for_all(self._rulebook.ruleset(base.id)) else base.id

    def site_id(self, program_id: int | None) -> int | None:
        """The site that the token is for."""
        if self._wish.site is None or program_id is None or self.problems:
            return None
        site = site_by_key(self._connection, program_id, self._wish.site)
        if site is None and program_id in self._visible:
            known = [found.key for found in sites(self._connection, program_id)]
            program = self._visible[program_id].key
            text = f"The program {program} has no site {self._wish.site}. {suggestion(self._wish.site, known)}"
            self.problems.append(Problem(("site",), text))
        return site.id if site else None

    def _is_for_all(self, ruleset: Ruleset) -> bool:
        known = [ruleset.actors[role] for role in self._wish.roles if role in ruleset.actors]
        return bool(known) and all(actor.scope == Reach.ALL or actor.key == OWNER for actor in known)

    def _named_program(self) -> Program | None:
        if self._wish.program is None:
            return None
        try:
            return program_named(self._rulebook, self._caller, self._wish.program)
        except InputProblemsError as error:
            self.problems.extend(error.problems)
            return None

    def _program_of_user(self) -> Program | None:
        if self._wish.user_id is None:
            return None
        user = users_by_ids(self._connection, [self._wish.user_id]).get(self._wish.user_id)
        if user is None or user.program_id not in self._visible:
            text = f"There is no User User-{self._wish.user_id}, or you may not see it."
            self.problems.append(Problem(("user",), text, "NOT_FOUND"))
            return None
        if user.erased_at is not None:
            self.problems.append(Problem(("user",), "This person was erased, and nobody signs in for them any more."))
        return self._visible[user.program_id]

    def _program_of_site(self, key: str, base: Program) -> int:
        """The base program if it has such a site, else the only program that has."""
        having = [program for program in self._visible.values() if self._site(program, key) is not None]
        if base in having or not having:
            return base.id
        if len(having) > 1:
            listed = ", ".join(program.key for program in having)
            text = f"Several programs have a site {key}: {listed}. Say which program."
            self.problems.append(Problem(("program",), text))
        return having[0].id

    def _site(self, program: Program, key: str) -> Site | None:
        return site_by_key(self._connection, program.id, key)
