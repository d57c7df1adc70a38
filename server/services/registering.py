"""Registration: somebody comes into a program or, being known there, gains a persona.

Whoever is not signed in gets the same answer whether the person was known or not, and changes nothing of a known one.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from server.domain.access import Sight
from server.domain.actors import STRANGER, Caller
from server.domain.commands import Applied, Options, Registration
from server.domain.errors import InputProblemsError, MatchkeeperError, NotConfiguredError, NotPermittedError
from server.domain.people import NewPersona, NewUser, Program, User
from server.engine.facts import Facts, Kind, Ref
from server.engine.intake import Intake
from server.engine.moves import AS_PLATFORM
from server.engine.plan import Plan, Problem, Request
from server.engine.ruleset import Ruleset, Transition
from server.services.access import around, called_by, chosen, program_named, roles_in, roles_on, together
from server.services.acts import OpenAct, note_problems, require_role
from server.services.changes import unknown_sites
from server.services.details import Details, person_problems, site_ref, tidy
from server.services.fields import checked
from server.services.refusals import decided
from server.services.rulebook import Rulebook
from server.services.spelling import suggestion
from server.store.unit_of_work import UnitOfWork
from server.store.users import user_by_email, user_by_external_id


def register(
    work: UnitOfWork, rulebook: Rulebook, caller: Caller, person: Registration, *, options: Options, now: datetime
) -> Applied:
    """Carries out the way in that a registration names, within an act under way.

    Raises with every reason when the rules or the data stand against it; AlreadyExistsError where another act has
    brought the same person in meanwhile.
    """
    program = _program(rulebook, caller, person.program)
    ruleset = rulebook.ruleset(program.id)
    called = called_by(ruleset, caller)
    way = _way(ruleset, called, person.transition)
    reaches = roles_in(ruleset, called, program.id)
    may = require_role(ruleset, reaches, way.allow)
    doing = OpenAct(work, program.id, ruleset, called, now, options, frozenset(reaches))
    reach = together(reaches[role] for role in may)
    return _Arrival(doing, way, way.intake or Intake(), person, reach).carry_out()


def open_programs(rulebook: Rulebook) -> tuple[Program, ...]:
    """The programs into which somebody who is not signed in may come."""
    every = ((each, rulebook.ruleset(each.id)) for each in rulebook.programs)
    return tuple(program for program, rules in every if _ways(rules, called_by(rules, STRANGER)))


def _ways(ruleset: Ruleset, called: Caller) -> dict[str, Transition]:
    """The ways into a program; for whoever is not signed in only those open to them."""
    every = (each for each in ruleset.transitions.values() if each.creates is Kind.USER)
    return {each.id: each for each in every if called.signed_in or each.allow & called.roles}


def _program(rulebook: Rulebook, caller: Caller, key: str | None) -> Program:
    return program_named(rulebook, caller, key) if caller.signed_in else chosen(rulebook, open_programs(rulebook), key)


def _way(ruleset: Ruleset, called: Caller, key: str) -> Transition:
    ways = _ways(ruleset, called)
    if key in ways:
        return ways[key]
    if called.signed_in:
        raise NotConfiguredError(f"In this program nobody comes in by {key}. {suggestion(key, ways)}", ("transition",))
    raise NotPermittedError(f"Nobody comes in by {key} without signing in. {suggestion(key, ways)}", ("transition",))


@dataclass(frozen=True, slots=True)
class _Arrival:
    """One registration under way. ``reach``: the sites at which the caller may place people."""

    doing: OpenAct
    way: Transition
    intake: Intake
    person: Registration
    reach: Sight

    def carry_out(self) -> Applied:
        """Decides as if the person were new, so that nothing tells whether they are; then does what is right."""
        doing, person, known = self.doing, self.person, self._known()
        details = Details(doing.work, doing.program_id, doing.ruleset, self.reach)
        new = NewUser(person.name.strip(), tidy(person.email), tidy(person.external_id))
        own_id = known.id if known else None
        personal = person_problems(details, new, email_required=self.intake.needs_email, own_id=own_id)
        site, placing = self._placement(details)
        values, wrong = self._fields()
        others = (*placing, *wrong, *unknown_sites(doing, self.way, person.answers), *note_problems(doing.options))
        whole = Ref(Kind.PROGRAM, doing.program_id)
        about = [whole, *site_ref(site), *([Ref(Kind.USER, known.id)] if known else [])]
        persona = NewPersona(site, tidy(person.mentor_site_list))
        facts = doing.work.case(doing.ruleset, around(doing.caller, doing.program_id, about), doing.now)
        request = replace(self._request(self.way.id, whole, values, persona), answers=person.answers)
        plan = decided(doing, request, facts, (*personal, *others))
        if known is not None:
            return self._again(Ref(Kind.USER, known.id), facts, persona, values, plan)
        written = {made.ref: new if made.kind is Kind.USER else persona for made in plan.creations}
        done = doing.write(self.way.id, plan, details=written)
        return done if doing.caller.signed_in else _untold(plan)

    def _known(self) -> User | None:
        """Who it is, if the program knows them; not asked where known people are refused by name."""
        if self.intake.known is None and self.doing.caller.signed_in:
            return None
        connection, program = self.doing.work.connection, self.doing.program_id
        email, external_id = tidy(self.person.email), tidy(self.person.external_id)
        found = user_by_email(connection, program, email) if email else None
        if found is None and external_id and self.doing.caller.signed_in:
            found = user_by_external_id(connection, program, external_id)
        return found

    def _placement(self, details: Details) -> tuple[int | None, tuple[Problem, ...]]:
        """The id of the site, and what is wrong with it; strangers place nobody."""
        person = self.person
        if not self.doing.caller.signed_in:
            return None, tuple(self._not_for_strangers())
        at_home = details.own_site(person.partner_site, where="Say at which of your sites.")
        site, placing = details.placement(person.role, person.partner_site, person.mentor_site_list)
        return site, (*placing, *at_home)

    def _not_for_strangers(self) -> Iterator[Problem]:
        """What is believed of people who are signed in only, or would tell more than they may know."""
        person, options = self.person, self.doing.options
        said = {
            ("external_id",): person.external_id,
            ("partner_site",): person.partner_site,
            ("mentor_site_list",): person.mentor_site_list,
            ("options", "note"): options.note,
            ("options", "effective_at"): options.effective_at,
            ("options", "dry_run"): options.dry_run or None,
        }
        for path, value in said.items():
            if value is not None:
                yield Problem(path, "This is for people who are signed in. Leave it out.")

    def _fields(self) -> tuple[dict[str, tuple[str, ...]], tuple[Problem, ...]]:
        """What the new records are to begin with, and what is wrong with it or missing."""
        asked = self.intake.fields
        values, problems = checked(self.doing, (Kind.USER, Kind.PERSONA), self.person.fields, asked)
        told = {problem.path for problem in problems}
        missing = [key for key, needed in asked.items() if needed and not values.get(key)]
        labels = {key: self.doing.ruleset.fields[key].label for key in missing}
        lacking = (Problem(("fields", key), f"Please fill in: {label}.") for key, label in labels.items())
        found = (*problems, *(problem for problem in lacking if problem.path not in told))
        return {key: held for key, held in values.items() if held}, found

    def _request(
        self, transition: str, subject: Ref, values: dict[str, tuple[str, ...]], persona: NewPersona
    ) -> Request:
        options = self.doing.options
        return Request(
            transition,
            subject,
            self.doing.roles,
            role=self.person.role,
            confirmed=options.confirm,
            effective_at=options.effective_at,
            actor=self.doing.actor,
            fields=values,
            site=next(iter(site_ref(persona.site_id)), None),
        )

    def _again(
        self, user: Ref, facts: Facts, persona: NewPersona, values: dict[str, tuple[str, ...]], as_new: Plan
    ) -> Applied:
        """Gives a known person a persona, if the rules have a way; the person stays as they are."""
        doing = self.doing
        if self.intake.known is None:
            return _untold(as_new)
        asked = {question.input.key for question in doing.ruleset.transitions[self.intake.known].asks}
        handed_on = {key: answer for key, answer in as_new.answers.items() if key in asked}
        own = self._request(self.intake.known, user, values, persona)
        request = replace(own, roles=own.roles | AS_PLATFORM, answers=handed_on)
        try:
            plan = decided(doing, request, facts)
        except MatchkeeperError:
            if not doing.caller.signed_in:
                return _untold(as_new)
            if not self._sees(user):
                raise self._taken() from None
            raise
        done = doing.write(self.way.id, plan, details={made.ref: persona for made in plan.creations})
        if not doing.caller.signed_in:
            return _untold(as_new)
        if doing.options.dry_run:
            return done
        return replace(done, subject=user) if self._sees(user) else replace(_untold(plan), warnings=done.warnings)

    def _sees(self, user: Ref) -> bool:
        doing = self.doing
        return bool(roles_on(doing.work, doing.ruleset, doing.caller, doing.program_id, user))

    def _taken(self) -> InputProblemsError:
        text = "Somebody in this program is known by this e-mail address or external id already."
        path = ("email",) if tidy(self.person.email) else ("external_id",)
        return InputProblemsError((Problem(path, text, "ALREADY_EXISTS"),))


def _untold(plan: Plan) -> Applied:
    """An act of which nothing is told to whoever does not see what it has made."""
    return Applied(plan, None, warnings=plan.warnings)
