"""People as commands name them: by id or e-mail address."""

from server.backend import Backend
from server.cli.output import FINDINGS, refuse
from server.domain.errors import InputProblemsError
from server.services.token_wishes import user_named


def person_named(backend: Backend, named: str, program: str | None = None) -> int:
    """The number of a person; ends the command, saying why, where the name is nobody's."""
    try:
        return backend.store.query_now(lambda session: user_named(session, backend.rulebook, program, named))
    except InputProblemsError as error:
        refuse(" ".join(problem.text for problem in error.problems), FINDINGS)
