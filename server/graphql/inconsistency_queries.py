"""What in a program is not as its rules have it."""

import strawberry

from server.engine.facts import Ref
from server.graphql.arguments import asked
from server.graphql.context import Info
from server.graphql.inputs import ProgramKey
from server.graphql.levels import Group
from server.graphql.nodes import Nodes
from server.graphql.types.inconsistencies import Inconsistency
from server.graphql.types.offers import TransitionOption
from server.services.access import program_named
from server.services.inconsistencies import Inconsistencies


@strawberry.type(description="What is not as it should be.")
class InconsistencyQuery:
    """See the description."""

    @strawberry.field(
        description="What is so although an invariant of the rules forbids it, of the records you see in full: the "
        "first 100. No act brings it about; an edit of the rules can, and whoever writes to the database by hand."
    )
    def inconsistencies(self, info: Info, program: ProgramKey = strawberry.UNSET) -> list[Inconsistency]:
        """See the description."""
        context, nodes = info.context, Nodes(info.context)
        home = asked(lambda: program_named(context.rulebook, context.caller, program or None))
        found = Inconsistencies(context.rulebook, context.session, context.caller, home.id, context.now).found()
        refs = [each.subject for each in found] + [each.repair.subject for each in found if each.repair]
        named: Group[Ref] = Group(nodes, list(dict.fromkeys(refs)))
        subjects, rules = nodes.subjects(refs), nodes.rules(home.id)
        return [
            Inconsistency(
                code=each.invariant.key,
                message=each.invariant.because,
                subject=subjects[each.subject],
                repair=TransitionOption.of(rules, each.repair, named) if each.repair else None,
            )
            for each in found
            if each.subject in subjects
        ]
