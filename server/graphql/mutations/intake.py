"""Reads the inputs of a mutation, keeps every problem, and spells paths as the client wrote them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from hashlib import sha256
from json import dumps
from typing import Any, TypeVar

import strawberry

from server.domain.commands import Once, Options
from server.domain.errors import InputProblemsError
from server.domain.ids import MalformedIdError, parse_ref
from server.engine.facts import Kind, Ref
from server.engine.plan import Problem
from server.engine.values import joined
from server.graphql.arguments import is_storable
from server.graphql.context import Info
from server.graphql.mutations.inputs import AnswerInput, ChangeOptions

Value = TypeVar("Value")

_NOBODY = 0
"""Stands for a record whose id could not be read; never used, for the problem is raised first."""


class Intake:
    """One mutation's input on its way to a service.

    ``names`` says what the services' words are called here, where it is something else: ``subject``,
    ``partner`` and ``transition`` (absent: this mutation has no such argument) among them. ``named``:
    the same for answers that have an argument of their own. ``checked``: what of the input has its texts checked here;
    without it all of it.
    """

    __slots__ = ("_given", "_named", "_names", "_problems")

    def __init__(
        self,
        given: object,
        names: Mapping[str, str],
        named: Mapping[str, str] | None = None,
        *,
        checked: object | None = None,
    ) -> None:
        self._given = given
        self._names = names
        self._named = named or {}
        self._problems: list[Problem] = [
            Problem(path, "This text contains a character that no text can have. Leave it out.")
            for path, value in _texts(given if checked is None else checked, ())
            if not is_storable(value)
        ]

    def ref(self, name: str, given: str, *expected: Kind) -> Ref:
        """The record that an id names; ``name`` is ``subject`` or ``partner``."""
        try:
            return parse_ref(given, *expected)
        except MalformedIdError as error:
            self._problems.append(Problem((name,), str(error)))
            return Ref(expected[0] if expected else Kind.USER, _NOBODY)

    def answers(
        self, given: Sequence[AnswerInput] | None, named: Mapping[str, str | None] | None = None
    ) -> dict[str, str]:
        """All answers by key; ``named`` are those given as arguments of their own. null is no answer."""
        found = {
            key: value for key, value in (named or {}).items() if value is not None and value is not strawberry.UNSET
        }
        for answer in given or ():
            said = self._said(answer)
            if said is None:
                continue
            if found.setdefault(answer.key, said) != said:
                text = f"{answer.key} is answered twice, and differently. Answer it once."
                self._problems.append(Problem(("answers", answer.key), text))
        return found

    def _said(self, answer: AnswerInput) -> str | None:
        """The one value, or the several as one text; None where there is no answer."""
        several = given(answer.values) or []
        if several and given(answer.value) is not None:
            text = f"{answer.key} has value and values. Send value for one answer, values for several."
            self._problems.append(Problem(("answers", answer.key), text))
        return joined(several) if several else given(answer.value)

    def options(self, info: Info) -> Options:
        """What accompanies the act that the mutation under way asks for."""
        options: ChangeOptions | None = getattr(self._given, "options", None)
        if not options:
            return Options()
        return Options(
            note=options.note or None,
            effective_at=options.effective_at or None,
            confirm=frozenset(options.confirm or ()),
            expected_version=given(options.expected_version),
            expected_partner_version=given(options.expected_partner_version),
            dry_run=options.dry_run,
            once=self._once(info.field_name, given(options.idempotency_key)),
        )

    def _once(self, mutation: str, key: str | None) -> Once | None:
        if key is None:
            return None
        asked = dumps([key, mutation, _plain(self._given)], sort_keys=True)
        return Once(key, sha256(asked.encode()).hexdigest())

    def check(self) -> None:
        """Raises InputProblemsError with every problem so far, if there are any."""
        if self._problems:
            raise InputProblemsError(tuple(self._problems))

    def spelled(self, path: Sequence[str]) -> list[str] | None:
        """Where in the request something is, in the client's spelling; None when nothing there names it."""
        if not path:
            return None
        head, *rest = path
        if head == "answers" and rest and rest[0] in self._named:
            return ["input", self._named[rest[0]]]
        if head == "answers":
            return ["input", *path]
        if head in self._names:
            return ["input", self._names[head]]
        if head in {"subject", "partner", "transition"}:
            return None
        return ["input", *(_camel(step) for step in path)]


def sent(**values: str | None) -> dict[str, str | None]:
    """Only what the client sent: null clears a value, an absent one stays as it is."""
    return {key: value for key, value in values.items() if value is not strawberry.UNSET}


def given(value: Value | None) -> Value | None:
    """A value that may be absent; absent and null are the same here."""
    return None if value is strawberry.UNSET else value


def _texts(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every text of an input with its path."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item, path)
    elif is_dataclass(value) and not isinstance(value, (type, Enum)):
        for part in fields(value):
            yield from _texts(getattr(value, part.name), (*path, part.name))


def _plain(value: Any) -> Any:
    """An input as text can hold it, without what is absent and without the key by which it is sent again."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        parts = {part.name: getattr(value, part.name) for part in fields(value) if part.name != "idempotency_key"}
        return {name: _plain(part) for name, part in parts.items() if part is not strawberry.UNSET}
    return value


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)
