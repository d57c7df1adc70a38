"""People and sites: the acts that bring them in, place them and correct what is known of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from server.domain.access import Sight
from server.domain.actors import Caller
from server.domain.commands import Applied, Options, Registration
from server.domain.errors import NotPermittedError
from server.domain.people import NewPersona, NewUser, Site, User
from server.domain.vocabulary import MATCH_STATUS, USER_STATUS, Acts
from server.engine.decide import decide
from server.engine.facts import Facts, Kind, Ref
from server.engine.plan import Plan, Problem, Request
from server.services.access import program_named, reach_of, roles_in, together
from server.services.acts import OpenAct, locked, note_problems, option_problems, quiet_plan, require_act, require_none
from server.services.details import Details, person_problems, site_problems
from server.services.records import load_persona, load_user, reached
from server.services.refusals import refused
from server.services.rulebook import Rulebook
from server.services.shown import shown_problems
from server.store.sessions import Session
from server.store.unit_of_work import UnitOfWork

_NOBODY = Ref(Kind.USER, 0)
"""The subject of a registration: nobody is there yet."""

Edits = Mapping[str, str | None]
"""What was sent to be changed, by field; what is absent stays, None clears."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a persona goes: the key of a partner site and the name of a mentor site list."""

    partner_site: str | None = None
    mentor_site_list: str | None = None


class People:
    """Acts on people that change no status by themselves, or only bring one about by beginning."""

    __slots__ = ("_clock", "_rulebook")

    def __init__(self, rulebook: Rulebook, clock: Callable[[], datetime]) -> None:
        self._rulebook = rulebook
        self._clock = clock

    def register(self, session: Session, caller: Caller, person: Registration, options: Options) -> Applied:
        """Adds a user with a first persona, in the statuses that the rules start with."""
        program = program_named(self._rulebook, caller, person.program)

        def act(work: UnitOfWork) -> Applied:
            doing, reach = self._begin(work, caller, program.id, Acts.REGISTER_USER, options)
            details = Details(work, program.id, doing.ruleset, reach)
            at_home = details.own_site(person.partner_site, where="Say at which of your sites.")
            site, placing = details.placement(person.role, person.partner_site, person.mentor_site_list)
            new = NewUser(person.name.strip(), _tidy(person.email), _tidy(person.external_id))
            personal = person_problems(details, new, email_required=True)
            require_none((*personal, *placing, *at_home, *note_problems(options)))
            plan = _founded(doing, Acts.REGISTER_USER, _NOBODY, person.role, Facts([], doing.now))
            persona = NewPersona(site, _tidy(person.mentor_site_list))
            written = {made.ref: new if made.kind is Kind.USER else persona for made in plan.creations}
            return doing.write(Acts.REGISTER_USER, plan, details=written)

        return session.act(act)

    def add_persona(
        self, session: Session, caller: Caller, user: Ref, role: str, placement: Placement, *, options: Options
    ) -> Applied:
        """Adds a persona to a user, in the statuses that the rules start with."""

        def act(work: UnitOfWork) -> Applied:
            doing, reach = self._begin_on(work, caller, user, Acts.ADD_PERSONA, options)
            facts = locked(doing, user)
            details = Details(work, doing.program_id, doing.ruleset, reach)
            site, placing = details.placement(role, placement.partner_site, placement.mentor_site_list)
            require_none((*placing, *note_problems(options)))
            plan = _founded(doing, Acts.ADD_PERSONA, user, role, facts)
            persona = NewPersona(site, _tidy(placement.mentor_site_list))
            return doing.write(Acts.ADD_PERSONA, plan, details={made.ref: persona for made in plan.creations})

        return session.act(act)

    def update_user(self, session: Session, caller: Caller, user: Ref, edits: Edits, options: Options) -> Applied:
        """Corrects name, e-mail or external id."""

        def act(work: UnitOfWork) -> Applied:
            doing, _ = self._begin_on(work, caller, user, Acts.UPDATE_USER, options)
            require_none(_nothing(edits, "name", "email", "externalId"))
            locked(doing, user)
            person = load_user(work, user)
            require_none(_erased(person))
            wanted = {key: _tidy(value) for key, value in edits.items()}
            new = NewUser(
                wanted.get("name", person.name) or "",
                wanted.get("email", person.email),
                wanted.get("external_id", person.external_id),
            )
            details = Details(work, person.program_id, doing.ruleset)
            problems = person_problems(details, new, email_required="email" in edits, own_id=user.id)
            require_none((*problems, *option_problems(options, doing.now)))
            if not options.dry_run:
                work.edit_user(user.id, name=new.name, email=new.email, external_id=new.external_id)
            plan = quiet_plan(doing.ruleset, Acts.UPDATE_USER, user, USER_STATUS, person.user_status)
            return doing.write(Acts.UPDATE_USER, plan, answers={"changed": ", ".join(sorted(wanted))})

        return session.act(act)

    def place_persona(self, session: Session, caller: Caller, persona: Ref, edits: Edits, options: Options) -> Applied:
        """Puts a persona on a partner site and a mentor site list."""

        def act(work: UnitOfWork) -> Applied:
            doing, reach = self._begin_on(work, caller, persona, Acts.PLACE_PERSONA, options)
            require_none(_nothing(edits, "partnerSite", "mentorSiteList"))
            locked(doing, persona)
            placed = load_persona(work, persona)
            details = Details(work, placed.program_id, doing.ruleset, reach)
            site, placing = details.placement(placed.role, edits.get("partner_site"), edits.get("mentor_site_list"))
            if "partner_site" in edits and placed.site_id is not None:
                text = "Who works for the whole program takes people off a site. Give one of yours."
                placing += details.own_site(edits["partner_site"], where=text)
            require_none((*placing, *option_problems(options, doing.now)))
            listed = _tidy(edits.get("mentor_site_list"))
            if not options.dry_run:
                work.edit_persona(
                    persona.id,
                    site_id=site if "partner_site" in edits else placed.site_id,
                    mentor_site_list=listed if "mentor_site_list" in edits else placed.mentor_site_list,
                )
            plan = quiet_plan(doing.ruleset, Acts.PLACE_PERSONA, persona, MATCH_STATUS, placed.match_status)
            return doing.write(Acts.PLACE_PERSONA, plan, answers={key: value or "" for key, value in edits.items()})

        return session.act(act)

    def add_site(self, session: Session, caller: Caller, program_key: str | None, key: str, name: str) -> Site:
        """Adds a partner site to a program."""
        program = program_named(self._rulebook, caller, program_key)

        def act(work: UnitOfWork) -> Site:
            doing, reach = self._begin(work, caller, program.id, Acts.ADD_SITE, Options())
            if not reach.whole:
                raise NotPermittedError("Sites are added by whoever works for the whole program. Ask them to add it.")
            require_none(site_problems(work, program.id, key, name))
            return work.add_site(doing.row(Acts.ADD_SITE, "site"), key, name.strip())

        return session.act(act)

    def _begin(
        self, work: UnitOfWork, caller: Caller, program_id: int, act: str, options: Options
    ) -> tuple[OpenAct, Sight]:
        """An act that brings something new into a program, and how far the roles reach that may do it."""
        ruleset = self._rulebook.ruleset(program_id)
        reaches = roles_in(ruleset, caller, program_id)
        may = require_act(ruleset, reaches, act)
        doing = OpenAct(work, program_id, ruleset, caller, self._clock(), options, frozenset(reaches))
        return doing, together(reaches[role] for role in may)

    def _begin_on(
        self, work: UnitOfWork, caller: Caller, ref: Ref, act: str, options: Options
    ) -> tuple[OpenAct, Sight]:
        """An act on a record, and how far the roles reach that may do it."""
        found = reached(work, self._rulebook, caller, ref)
        ruleset, program_id = found.ruleset, found.program_id
        may = require_act(ruleset, found.roles, act)
        doing = OpenAct(work, program_id, ruleset, caller, self._clock(), options, found.roles)
        return doing, together(reach_of(ruleset, caller, program_id, role) for role in may)


def _erased(person: User) -> tuple[Problem, ...]:
    """Whoever was erased stays so: who comes back is somebody new."""
    text = "This person was erased, and nothing more is entered about them. Register whoever comes back anew."
    return () if person.erased_at is None else (Problem(("subject",), text),)


def _founded(doing: OpenAct, act: str, subject: Ref, role: str, facts: Facts) -> Plan:
    """The plan of an act that creates people; raises with every reason when the rules refuse it."""
    moment = doing.options.effective_at
    request = Request(act, subject, doing.roles, role=role, effective_at=moment)
    decision = decide(doing.ruleset, request, facts)
    if isinstance(decision, Plan):
        return decision
    if not decision.blockers and not decision.unconfirmed:
        require_none(shown_problems(doing.work, doing.sight, decision.problems))
    raise refused(doing, decision, subject, facts)


def _nothing(edits: Edits, *names: str) -> tuple[Problem, ...]:
    return () if edits else (Problem((), f"Nothing is to be changed: send at least one of {', '.join(names)}."),)


def _tidy(value: str | None) -> str | None:
    """Free text without blank ends; blank is nothing."""
    return (value or "").strip() or None
