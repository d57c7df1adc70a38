"""GraphQL over HTTP: from a request to one operation, from its result to an answer."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Generic, TypeVar

from graphql import (
    DocumentNode,
    ExecutionResult,
    FieldNode,
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
    execute_sync,
    parse,
    specified_rules,
    validate,
)
from graphql.validation import ASTValidationRule
from starlette.requests import Request
from starlette.responses import Response
from strawberry import Schema
from structlog.typing import FilteringBoundLogger

from server.domain.actors import Caller
from server.domain.errors import MatchkeeperError, TryAgainError
from server.http.answers import RETRY_AFTER_SECONDS, HttpProblem, json_answer, problem_answer
from server.http.authentication import Doorkeeper
from server.http.graphql_request import GraphQLRequest, read_request
from server.http.negotiation import GRAPHQL_JSON, HTML, JSON, choose
from server.http.request_id import request_id_of
from server.telemetry.logs import frames

CACHED_DOCUMENTS = 512
CACHED_LENGTH = 16 * 1024
"""Longer texts are prepared anew each time, so that strangers' texts cannot fill the memory."""

Session = TypeVar("Session")
"""What the store hands to an operation; this layer only passes it on."""

Carried = tuple[ExecutionResult, object]
"""An operation carried out: its result, and the context that its resolvers had."""


def _nothing(*_: object) -> None:
    """Does nothing."""


@dataclass(frozen=True, slots=True)
class Execution(Generic[Session]):
    """Where operations run. ``read``/``write``: one query, one mutation, each over one session.

    ``context``: what resolvers get, made anew for each operation. ``done``: is told of each that was
    carried out, with its context, its request's id, the fields at its root and the codes of its errors.
    """

    read: Callable[[Callable[[Session], Carried]], Awaitable[Carried]]
    write: Callable[[Callable[[Session], Carried]], Awaitable[Carried]]
    context: Callable[[Session, Caller], object]
    done: Callable[[Any, str, str, Iterable[str]], None] = _nothing


@dataclass(frozen=True, slots=True)
class Prepared:
    """A text parsed and validated once. ``document`` is None where it could not even be parsed."""

    document: DocumentNode | None
    errors: tuple[GraphQLError, ...] = ()


class GraphQLView(Generic[Session]):
    """Answers the address of the API. ``page`` answers browsers that come without an operation."""

    def __init__(
        self,
        schema: Schema,
        execution: Execution[Session],
        log: FilteringBoundLogger,
        *,
        door: Doorkeeper,
        page: Callable[[], Response],
        rules: Sequence[type[ASTValidationRule]] = (),
        max_tokens: int | None = None,
    ) -> None:
        self._schema = schema._schema  # Strawberry has no public name for the schema it compiled
        self._executor = schema.execution_context_class
        self._execution = execution
        self._log = log
        self._door = door
        self._page = page
        self._rules = (*specified_rules, *rules)
        self._max_tokens = max_tokens
        self._prepare_cached = lru_cache(maxsize=CACHED_DOCUMENTS)(self._prepare_now)

    async def respond(self, request: Request) -> Response:
        """The answer to one request, in the media type that the caller ranks highest."""
        offered = (JSON, GRAPHQL_JSON, HTML) if request.method in {"GET", "HEAD"} else (JSON, GRAPHQL_JSON)
        media = choose(request.headers.get("accept"), offered)
        response = self._page() if media == HTML else await self._answer(request, media)
        response.headers["Vary"] = "Accept"
        return response

    async def _answer(self, request: Request, accepted: str | None) -> Response:
        media = accepted or JSON
        try:
            caller = await self._door.caller_or_stranger(request)
            if accepted is None:
                raise _unacceptable()
            asked = await read_request(request)
            result = await self._perform(asked, request, caller)
        except HttpProblem as problem:
            return problem_answer(problem, media)
        except TryAgainError as error:
            result = ExecutionResult(None, [GraphQLError(error.message, original_error=error)])
        except Exception as error:  # whatever fails below, the caller gets an answer and we a log line
            result = ExecutionResult(None, [GraphQLError(str(error), original_error=error)])
        return self._finish(result, media, request)

    async def _perform(self, asked: GraphQLRequest, request: Request, caller: Caller) -> ExecutionResult:
        prepared = self._prepare(asked.query)
        self._door.admit(caller, _only_field(prepared.document, asked.operation_name), request)
        if prepared.document is None:
            return ExecutionResult(None, list(prepared.errors))
        operation = _operation(prepared.document, asked.operation_name)
        _require_runnable(operation, request.method)
        if prepared.errors:
            return ExecutionResult(None, list(prepared.errors))
        result, context = await self._run(asked, prepared.document, operation, caller)
        self._execution.done(context, request_id_of(request), _root_fields(operation), _codes(result))
        return result

    async def _run(
        self, asked: GraphQLRequest, document: DocumentNode, operation: OperationDefinitionNode, caller: Caller
    ) -> Carried:
        execution = self._execution

        def work(session: Session) -> Carried:
            context = execution.context(session, caller)
            result = execute_sync(
                self._schema,
                document,
                context_value=context,
                variable_values=dict(asked.variables),
                operation_name=asked.operation_name,
                executor_class=self._executor,
            )
            return result, context

        return await (execution.read if operation.operation is OperationType.QUERY else execution.write)(work)

    def _prepare(self, text: str) -> Prepared:
        return self._prepare_cached(text) if len(text) <= CACHED_LENGTH else self._prepare_now(text)

    def _prepare_now(self, text: str) -> Prepared:
        try:
            document = parse(text, max_lexical_tokens=self._max_tokens)
        except GraphQLError as error:
            return Prepared(None, (_coded(error, "GRAPHQL_PARSE_FAILED"),))
        errors = validate(self._schema, document, self._rules)
        return Prepared(document, tuple(_coded(error, "GRAPHQL_VALIDATION_FAILED") for error in errors))

    def _finish(self, result: ExecutionResult, media: str, request: Request) -> Response:
        errors = result.errors or []
        content: dict[str, Any] = {}
        if errors:
            content["errors"] = [self._formatted(error, request_id_of(request)) for error in errors]
        refused = result.data is None and all(error.path is None for error in errors)
        if not refused:
            content["data"] = result.data
        if any(isinstance(error.original_error, TryAgainError) for error in errors):
            return json_answer(content, 503, {"Retry-After": RETRY_AFTER_SECONDS}, media)
        return json_answer(content, _status(errors, refused, media), media=media)

    def _formatted(self, error: GraphQLError, request_id: str) -> dict[str, Any]:
        formatted: dict[str, Any] = dict(error.formatted)
        cause = error.original_error
        if isinstance(cause, MatchkeeperError):
            extensions: dict[str, Any] = {"code": cause.code}
        elif cause is None or isinstance(cause, GraphQLError):
            extensions = {"code": "BAD_USER_INPUT", **(error.extensions or {})}
        else:
            self._log.error("unexpected error", request_id=request_id, error=type(cause).__name__, at=frames(cause))
            formatted["message"] = f"Internal error. Give the request id {request_id} to whoever runs this server."
            extensions = {"code": "INTERNAL_SERVER_ERROR", "requestId": request_id}
        return {**formatted, "extensions": extensions}


def _status(errors: Sequence[GraphQLError], refused: bool, media: str) -> int:
    """200 wherever GraphQL itself answered; a refused request shows in the status only to who knows the type."""
    if refused and any(_is_ours(error) for error in errors):
        return 500
    return 400 if refused and media == GRAPHQL_JSON else 200


def _is_ours(error: GraphQLError) -> bool:
    return not isinstance(error.original_error, GraphQLError | MatchkeeperError | None)


def _operation(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    """The operation to run: the one named, else the only one."""
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    named = {node.name.value: node for node in operations if node.name}
    if name is not None and name in named:
        return named[name]
    if name is None and len(operations) == 1:
        return operations[0]
    listed = ", ".join(named) or "none has a name"
    if not operations:
        message = "The text holds no operation: write a query or a mutation beside its fragments."
    elif name is None:
        message = f"The text holds several operations: say in 'operationName' which one to run ({listed})."
    else:
        message = f"The text holds no operation of the name given in 'operationName'; it holds: {listed}."
    raise HttpProblem(400, "OPERATION_RESOLUTION_FAILURE", message)


def _only_field(document: DocumentNode | None, name: str | None) -> str | None:
    """The one thing that the operation to run does; None where it does several, or only asks."""
    if document is None:
        return None
    operation = _operation(document, name)
    only, *others = operation.selection_set.selections
    if others or operation.operation is not OperationType.MUTATION or not isinstance(only, FieldNode):
        return None
    return only.name.value


def _root_fields(operation: OperationDefinitionNode) -> str:
    """The fields of the schema that an operation asks for; no names that callers give."""
    return ", ".join(node.name.value for node in operation.selection_set.selections if isinstance(node, FieldNode))


def _codes(result: ExecutionResult) -> list[str]:
    """The codes of what went wrong, as far as somebody expected it."""
    every = result.errors or ()
    expected = [e.original_error.code for e in every if isinstance(e.original_error, MatchkeeperError)]
    return [*expected, *(str((error.extensions or {}).get("code")) for error in every)]


def _unacceptable() -> HttpProblem:
    message = f"The answer comes as {GRAPHQL_JSON} or {JSON}: accept one of them."
    return HttpProblem(406, "NOT_ACCEPTABLE", message)


def _require_runnable(operation: OperationDefinitionNode, method: str) -> None:
    if operation.operation is OperationType.SUBSCRIPTION:
        raise HttpProblem(400, "BAD_REQUEST", "Subscriptions are not served at this address: send a query instead.")
    if operation.operation is OperationType.MUTATION and method != "POST":
        raise HttpProblem(
            405, "METHOD_NOT_ALLOWED", "A mutation changes data: send it by POST, not by GET.", {"Allow": "POST"}
        )


def _coded(error: GraphQLError, code: str) -> GraphQLError:
    """The same error with a code, unless the rule that found it gave one."""
    extensions = {"code": code, **(error.extensions or {})}
    return GraphQLError(error.message, error.nodes, error.source, error.positions, error.path, extensions=extensions)
