"""What is to be told of the rules files."""

import strawberry

from server.rules.diagnostics import Diagnostic as Found


@strawberry.type(description="Something that is wrong, or risky, in a rules file as it is now.")
class Diagnostic:
    """See the description."""

    severity: str = strawberry.field(description="error: it keeps the file out of force; or warning.")
    code: str = strawberry.field(description="The stable code, which the guide to the rules file explains.")
    message: str = strawberry.field(description="What is wrong, for people.")
    file: str = strawberry.field(description="The file.")
    line: int = strawberry.field(description="The line, counted from 1.")
    column: int = strawberry.field(description="The column, counted from 1.")
    hint: str | None = strawberry.field(description="What to do, where the message alone does not say it.")

    @classmethod
    def of(cls, found: Found) -> "Diagnostic":
        """A finding of the loader."""
        return cls(
            severity=found.severity.value,
            code=found.code,
            message=found.message,
            file=found.file,
            line=found.line,
            column=found.column,
            hint=found.hint,
        )
