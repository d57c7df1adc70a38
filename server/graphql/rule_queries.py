"""What is asked of rules that are not in force."""

from typing import Annotated

import strawberry

from server.graphql.arguments import asked
from server.graphql.context import Info
from server.graphql.types.rule_checks import RulesReport

_SOURCE = strawberry.argument(description="The whole text of the file as it might be saved, at most 1 MiB.")
_PROGRAM = strawberry.argument(
    description="Whose file it is: the overlay of this program, or, without it, the base file."
)


@strawberry.type(description="What is asked of rules that are not in force.")
class RuleQuery:
    """See the description."""

    @strawberry.field(
        description="What would come of saving an edited rules file, in an editor while one types: problems with their "
        "places, changes of behaviour, and the people it would concern. Changes nothing. For whoever may edit the "
        "rules of the whole program (`edit_rules` in the rules); one file in a request."
    )
    def check_rules(
        self,
        info: Info,
        source: Annotated[str, _SOURCE],
        program: Annotated[str | None, _PROGRAM] = strawberry.UNSET,
    ) -> RulesReport:
        """See the description."""
        context = info.context
        checks = context.rule_checks
        report = asked(lambda: checks.report(context.session, context.caller, program or None, source))
        return RulesReport.of(checks, report)
