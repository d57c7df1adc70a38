"""Doorways for acts in bulk: many items at a time, or everybody whom a filter finds."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Annotated, TypeVar

import strawberry
from graphql import GraphQLError

from server.domain.commands import Applied, Options
from server.domain.errors import InputProblemsError, MatchkeeperError, NotFoundError
from server.domain.filters import RowFilter
from server.engine.facts import Kind, Ref
from server.engine.plan import Problem
from server.graphql.context import Context, Info
from server.graphql.enums import BulkErrorPolicy
from server.graphql.errors import Spelling, explain, told_together
from server.graphql.filters import Filters
from server.graphql.mutations import bulk_inputs as inputs
from server.graphql.mutations.acts import attempt
from server.graphql.mutations.intake import Intake, given
from server.graphql.mutations.people import INPUT
from server.graphql.nodes import Nodes
from server.graphql.types.bulk import BulkItemResult, BulkPayload
from server.graphql.types.history import StatusChange, planned
from server.graphql.types.subjects import Subject
from server.services.access import program_named
from server.services.bulk import Asked, Bulk, Outcome, acted_on, matching, require_acting_on, require_number
from server.services.partners import Wish

Read = TypeVar("Read")

_ITEM = {"subject": "subjectId", "partner": "partnerId", "transition": "transition"}
_BY_FILTER = {"transition": "transition", "narrowed": "filter"}
_KINDS = {"users": Kind.USER, "personas": Kind.PERSONA, "matches": Kind.PAIR, "records": Kind.RECORD}


@strawberry.type(description="Acts in bulk.")
class BulkMutation:
    """See the description."""

    @strawberry.mutation(description="Carries out many transitions, on up to 500 records; results come in their order.")
    def bulk_perform_transition(
        self, info: Info, asked: Annotated[inputs.BulkPerformTransitionInput, INPUT]
    ) -> BulkPayload:
        """See the description."""
        context, whole = info.context, Intake(asked, {}, checked=replace(asked, items=[]))
        intakes = [Intake(item, _ITEM) for item in asked.items]

        def act() -> tuple[list[Ref | None], tuple[Outcome, ...]]:
            whole.check()
            require_number(len(asked.items))
            shared = _shared(whole.options(info))
            items = [_item(intake, item, shared) for intake, item in zip(intakes, asked.items, strict=True)]
            context.changes.doing(context.caller, shared).found_before(context.session)
            outcomes = _perform(context, [item for _, item in items], asked.error_policy)
            return [subject for subject, _ in items], outcomes

        done = attempt(context, whole, act)
        if isinstance(done, list):
            return BulkPayload(user_errors=done)
        return _answer(context, *done, [_spelled(each, place) for place, each in enumerate(intakes)])

    @strawberry.mutation(
        description="Carries out one transition on every record that a filter finds, at most 500; "
        "a dry run lists them. Results come in the order of the list."
    )
    def bulk_transition_by_filter(self, info: Info, asked: Annotated[inputs.BulkByFilterInput, INPUT]) -> BulkPayload:
        """See the description."""
        context, intake = info.context, Intake(asked, _BY_FILTER)

        def act() -> tuple[list[Ref | None], tuple[Outcome, ...]]:
            answers = intake.answers(asked.answers)
            intake.check()
            shared = _shared(intake.options(info))
            before = context.changes.doing(context.caller, shared).found_before(context.session)
            found = before or _found(context, asked)
            wishes = [Wish(asked.transition, ref, answers, shared) for ref in found]
            return [*found], _perform(context, wishes, asked.error_policy, found)

        done = attempt(context, intake, act)
        if isinstance(done, list):
            return BulkPayload(user_errors=done)
        return _answer(context, *done, [intake.spelled] * len(done[0]))


def _perform(
    context: Context, items: Sequence[Asked], policy: BulkErrorPolicy, found: Sequence[Ref] | None = None
) -> tuple[Outcome, ...]:
    together = policy is BulkErrorPolicy.ALL_OR_NOTHING
    return Bulk(context.changes, found).perform(context.session, context.caller, items, together=together)


def _shared(shared: Options) -> Options:
    """The options of all acts. Raises InputProblemsError for a version: no two records need have the same."""
    text = "Leave it out here: acts in bulk take it with each item."
    versions = ("expected_version", "expected_partner_version")
    wrong = [Problem(("options", name), text) for name in versions if getattr(shared, name) is not None]
    if wrong:
        raise InputProblemsError(tuple(wrong))
    return shared


def _item(intake: Intake, asked: inputs.BulkItem, shared: Options) -> tuple[Ref | None, Asked]:
    """The record of one item as far as its id can be read, and its wish, or everything wrong with how it is written."""
    subject = intake.ref("subject", asked.subject_id)
    partner = intake.ref("partner", asked.partner_id) if asked.partner_id else None
    answers = intake.answers(asked.answers)
    try:
        intake.check()
    except InputProblemsError as error:
        return (subject if subject.id else None), error
    version = None if asked.expected_version is strawberry.UNSET else asked.expected_version
    return subject, Wish(asked.transition, subject, answers, replace(shared, expected_version=version), partner)


def _found(context: Context, asked: inputs.BulkByFilterInput) -> tuple[Ref, ...]:
    """The records that the filter finds, all of a kind that the transition acts on. Raises as the services do."""
    named = [name for name in _KINDS if getattr(asked.narrowed, name)]
    if len(named) != 1:
        raise InputProblemsError((Problem(("filter",), f"Give exactly one of: {', '.join(_KINDS)}."),))
    program = program_named(context.rulebook, context.caller, given(asked.program) or None)
    require_acting_on(context.rulebook.ruleset(program.id), asked.transition, _KINDS[named[0]])
    nodes = Nodes(context)
    filters = Filters(nodes, program.id)
    wanted: RowFilter = _readable_filter(lambda: getattr(filters, named[0])(getattr(asked.narrowed, named[0])))
    return matching(nodes.read, program.id, acted_on(nodes.rules(program.id), asked.transition, wanted))


def _readable_filter(read: Callable[[], Read]) -> Read:
    """What ``read`` makes of a filter; a word that the program does not have is told like any other mistake."""
    try:
        return read()
    except GraphQLError as error:
        raise InputProblemsError((Problem(("filter",), error.message),)) from None


def _answer(
    context: Context, asked_on: Sequence[Ref | None], outcomes: Sequence[Outcome], spellings: Sequence[Spelling]
) -> BulkPayload:
    """What came of the items, read anew from the store: everything in one go, however many they are."""
    nodes = Nodes(context)
    errors = [outcome for outcome in outcomes if isinstance(outcome, MatchkeeperError)]
    for error in errors:
        context.reads.note_refusals(error)
    subjects = [_told_of(ref, outcome) for ref, outcome in zip(asked_on, outcomes, strict=True)]
    done = [outcome for outcome in outcomes if isinstance(outcome, Applied)]
    found = nodes.subjects([*(ref for ref in subjects if ref), *(ref for each in done for ref in _planned(each))])
    changes = iter(nodes.changes([change for each in done for change in each.changes]))
    told = told_together(nodes, errors)
    results = []
    for index, (ref, outcome, spelled) in enumerate(zip(subjects, outcomes, spellings, strict=True)):
        result = BulkItemResult(index=index, subject=found.get(ref) if ref else None)
        if isinstance(outcome, MatchkeeperError):
            result.user_errors = explain(outcome, nodes, spelled, told)
        else:
            _tell(nodes, result, outcome, [next(changes) for _ in outcome.changes], found)
        results.append(result)
    changed = sum(not each.kept for each in done)
    return BulkPayload(results=results, changed_count=changed, refused_count=len(errors))


def _tell(
    nodes: Nodes, result: BulkItemResult, done: Applied, changes: list[StatusChange], found: dict[Ref, Subject]
) -> None:
    """Puts into a result what its item did, or on a dry run what it would do to the records ``found``."""
    if changes:
        result.change, *result.side_effects = changes
    if done.dry_run and done.plan and result.subject is not None:
        result.planned = planned(nodes, result.subject.program_id(), done.plan.changes, found)


def _planned(done: Applied) -> list[Ref]:
    return [change.subject for change in done.plan.changes] if done.dry_run and done.plan else []


def _told_of(asked_on: Ref | None, outcome: Outcome) -> Ref | None:
    """The record that a result is about; none where the caller is told that there is none."""
    if isinstance(outcome, NotFoundError) and outcome.path == ("subject",):
        return None
    return outcome.subject if isinstance(outcome, Applied) and outcome.subject else asked_on


def _spelled(intake: Intake, place: int) -> Spelling:
    """Where something of one item is in the request."""

    def spelled(path: Sequence[str]) -> list[str] | None:
        found = intake.spelled(path)
        if found is None:
            return None
        own = ["expectedVersion"] if tuple(path) == ("options", "expected_version") else found[1:]
        return found if own[0] == "options" else ["input", "items", str(place), *own]

    return spelled
