"""What would come of saving an edited rules file."""

import strawberry

from server.engine.impact import Affected, Loss
from server.graphql.types.diagnostics import Diagnostic
from server.graphql.types.rules import Status
from server.services.drafts import Report, RuleChecks


@strawberry.type(description="What would become of the records that are in one status now.")
class RulesImpact:
    """See the description."""

    status: Status = strawberry.field(description="The status; retired, where the edit drops it.")
    affected_count: int = strawberry.field(description="How many records are in it.")
    message: str = strawberry.field(description="What would become of them, for people.")

    @classmethod
    def of(cls, affected: Affected, message: str) -> "RulesImpact":
        """What becomes of some records, with a sentence on it."""
        status = Status.of(affected.status, is_retired=affected.loss is Loss.STATUS)
        return cls(status=status, affected_count=affected.count, message=message)


@strawberry.type(description="What would come of saving an edited rules file; nothing has been changed.")
class RulesReport:
    """See the description."""

    checks: strawberry.Private[RuleChecks]
    report: strawberry.Private[Report]
    is_valid: bool = strawberry.field(description="Whether it would come into force, as the people are now.")
    revision: str | None = strawberry.field(
        description="The revision that it would be; null while anything is wrong with the text."
    )
    diagnostics: list[Diagnostic] = strawberry.field(description="Everything that is wrong or risky, at its place.")
    impact: list[RulesImpact] = strawberry.field(
        description="Who would be moved, be in no status, have no way on, or lose the last button."
    )

    @classmethod
    def of(cls, checks: RuleChecks, report: Report) -> "RulesReport":
        """A report of the service."""
        return cls(
            checks=checks,
            report=report,
            is_valid=report.is_valid,
            revision=report.revision,
            diagnostics=[Diagnostic.of(found) for found in report.diagnostics],
            impact=[RulesImpact.of(affected, message) for affected, message in report.impact],
        )

    @strawberry.field(
        description="What people could and could not do any more, in sentences; empty while anything is wrong. It is "
        "tried out, which takes seconds: leave it out while somebody types."
    )
    def changes(self) -> list[str]:
        """See the description."""
        return list(self.checks.changes(self.report))
