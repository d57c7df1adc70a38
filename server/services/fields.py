"""Fields: what a program wants to know of its records, set by hand by those whom the rules let."""

from collections.abc import Callable, Container, Mapping, Sequence
from datetime import datetime

from server.domain.actors import Caller
from server.domain.commands import Applied, Options
from server.domain.ids import USER as USER_NAME
from server.domain.ids import MalformedIdError, parse_id
from server.engine.facts import Kind, Ref, Sort
from server.engine.plan import Plan, Problem
from server.engine.ruleset import Field
from server.engine.settings import UPDATE_FIELDS, decide_settings
from server.engine.values import CHOICE, SITE, TEXT, USER, canonical
from server.services.access import known
from server.services.acts import OpenAct, labels_of, locked, option_problems, require_none
from server.services.once import Doing
from server.services.records import reached
from server.services.refusals import refused
from server.services.rulebook import Rulebook
from server.services.spelling import suggestion
from server.store.programs import site_by_key, sites
from server.store.sessions import Session
from server.store.unit_of_work import UnitOfWork
from server.store.visibility import homes

TEXT_LIMIT = 2_000
LIST_LIMIT = 50
EXAMPLES = {
    "integer": "Write a whole number, such as 3.",
    "boolean": "Write true or false.",
    "date": "Write it as 2026-09-01.",
    "instant": "Write it as 2026-09-01T08:00:00Z.",
    "text": "Write some text.",
}

Wishes = Mapping[str, Sequence[str]]
"""What fields are to hold, by key; nothing empties one."""


class Fields:
    """Sets the fields of records."""

    __slots__ = ("_clock", "_rulebook")

    def __init__(self, rulebook: Rulebook, clock: Callable[[], datetime]) -> None:
        self._rulebook, self._clock = rulebook, clock

    def update(self, session: Session, caller: Caller, subject: Ref, wishes: Wishes, options: Options) -> Applied:
        """Sets fields of one record.

        Raises NotFoundError, InputProblemsError with everything that is wrong with the values,
        VersionConflictError, and TransitionRefusedError where an invariant would be broken.
        """

        def act(work: UnitOfWork) -> Applied:
            found = reached(work, self._rulebook, caller, subject)
            doing = OpenAct(work, found.program_id, found.ruleset, caller, self._clock(), options, found.roles)
            facts = locked(doing, subject)
            values, problems = checked(doing, (found.sort,), wishes)
            nothing = () if wishes else (Problem(("fields",), "Nothing is to be changed: send at least one field."),)
            require_none((*nothing, *problems, *option_problems(options, doing.now)))
            decision = decide_settings(found.ruleset, subject, values, facts, actor=doing.actor)
            if isinstance(decision, Plan):
                return doing.write(UPDATE_FIELDS, decision)
            raise refused(doing, decision, subject, facts)

        return Doing(self._rulebook, caller, options, self._clock).act(session, act)


def checked(
    doing: OpenAct, sorts: tuple[Sort, ...], wishes: Wishes, open_to_all: Container[str] = ()
) -> tuple[dict[str, tuple[str, ...]], tuple[Problem, ...]]:
    """The values in canonical form, and everything that is wrong with them; with problems they are not to be used.

    ``sorts``: of the records that have the fields. ``open_to_all``: those that do not depend on the caller's roles.
    """
    fields = {field.key: field for sort in sorts for field in doing.ruleset.fields_of(sort)}
    derived = {field.key: field for sort in sorts for field in doing.ruleset.derived_of(sort)}
    values: dict[str, tuple[str, ...]] = {}
    problems: list[Problem] = []
    for key, given in wishes.items():
        if key in derived:
            problems.append(Problem(("fields", key), f"{derived[key].label} is worked out, so nobody sets it."))
            continue
        if key not in fields:
            text = f"A {' and a '.join(sorts)} has no field {key}. {suggestion(key, fields)}"
            problems.append(Problem(("fields", key), text))
            continue
        problems += [] if key in open_to_all else _right_problems(doing, fields[key])
        values[key], wrong = _Reading(doing, fields[key]).read(given)
        problems += wrong
    return values, tuple(problems)


def _right_problems(doing: OpenAct, field: Field) -> list[Problem]:
    if field.may_be_set_by(doing.roles):
        return []
    text = f"{field.label} is set by: {labels_of(doing.ruleset, field.allow)}."
    return [Problem(("fields", field.key), text, "NOT_PERMITTED")]


class _WrongValueError(Exception):
    """What is wrong with one value, in words."""


class _Reading:
    """Reads what was given for one field."""

    def __init__(self, doing: OpenAct, field: Field) -> None:
        self._doing, self._field = doing, field

    def read(self, given: Sequence[str]) -> tuple[tuple[str, ...], list[Problem]]:
        """The values, each once, and what is wrong with them."""
        values: dict[str, None] = {}
        wrong: list[str] = []
        limit = LIST_LIMIT if self._field.several else 1
        if len(given) > limit:
            wrong.append(f"{self._field.label} takes at most {limit} value(s).")
        for text in given[:limit]:
            try:
                values |= {self._one(text): None} if text.strip() else {}
            except _WrongValueError as error:
                wrong.append(str(error))
        return tuple(values), [Problem(("fields", self._field.key), text) for text in wrong]

    def _one(self, text: str) -> str:
        field = self._field
        if field.type == CHOICE:
            return _known(text, [choice.key for choice in field.choices])
        if field.type == SITE:
            return self._site(text)
        if field.type == USER:
            return self._user(text)
        if field.type == TEXT and len(text) > TEXT_LIMIT:
            raise _WrongValueError(f"{field.label} may have at most {TEXT_LIMIT} characters.")
        value = canonical(field.type, text)
        if value is None:
            raise _WrongValueError(f"{text[:40]} is no value of the type {field.type}. {EXAMPLES[field.type]}")
        return value

    def _site(self, key: str) -> str:
        connection, sight = self._doing.work.connection, self._doing.sight
        if site_by_key(connection, self._doing.program_id, key, sight=sight) is not None:
            return key
        keys = [site.key for site in sites(connection, self._doing.program_id, sight=sight)]
        raise _WrongValueError(f"There is no site {key[:40]}, or you may not see it. {suggestion(key, keys)}")

    def _user(self, text: str) -> str:
        """A person of the program whom the caller sees."""
        try:
            ref = Ref(Kind.USER, parse_id(text, USER_NAME).number)
        except MalformedIdError as error:
            raise _WrongValueError(str(error)) from None
        work = self._doing.work
        here = homes(work.connection, Kind.USER, [ref.id]).get(ref.id) == self._doing.program_id
        if not here or ref not in known(work, self._doing.sight, [ref]):
            raise _WrongValueError(f"There is no User {text}, or you may not see it.")
        return text


def _known(text: str, keys: Sequence[str]) -> str:
    if text not in keys:
        raise _WrongValueError(f"{text[:40]} is not one of the choices. {suggestion(text, keys)}")
    return text
