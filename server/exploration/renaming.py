"""Records, plans and refusals under other numbers: the same for other people."""

from collections.abc import Mapping
from dataclasses import replace

from server.engine.facts import Record, Ref
from server.engine.messages import Notice
from server.engine.plan import Blocker, Change, Creation, Plan, Refusal, Setting

Names = Mapping[Ref, Ref]
"""What records are called instead; those that are missing keep their number."""


def renumbered(record: Record, of: Names) -> Record:
    """A record under another number, linked to those under theirs."""
    links = {name: of.get(ref, ref) for name, ref in record.links.items()}
    proposer = None if record.proposer is None else of.get(record.proposer, record.proposer)
    return replace(record, ref=of.get(record.ref, record.ref), links=links, proposer=proposer)


def renamed(decision: Plan | Refusal, of: Names) -> Plan | Refusal:
    """The same decision on others."""
    if isinstance(decision, Refusal):
        problems = tuple(replace(each, subject=_other(each.subject, of)) for each in decision.problems)
        return replace(decision, blockers=tuple(_blocker(each, of) for each in decision.blockers), problems=problems)
    return replace(
        decision,
        changes=tuple(_change(each, of) for each in decision.changes),
        creations=tuple(_creation(each, of) for each in decision.creations),
        settings=tuple(
            Setting(of.get(each.subject, each.subject), each.field, each.values) for each in decision.settings
        ),
        notices=tuple(_notice(each, of) for each in decision.notices),
        kept=_other(decision.kept, of),
    )


def _other(ref: Ref | None, of: Names) -> Ref | None:
    return None if ref is None else of.get(ref, ref)


def _blocker(blocker: Blocker, of: Names) -> Blocker:
    return replace(blocker, subject=_other(blocker.subject, of))


def _change(change: Change, of: Names) -> Change:
    return replace(change, subject=of.get(change.subject, change.subject))


def _creation(creation: Creation, of: Names) -> Creation:
    links = {name: of.get(ref, ref) for name, ref in creation.links.items()}
    return replace(creation, links=links, proposer=_other(creation.proposer, of))


def _notice(notice: Notice, of: Names) -> Notice:
    recipients = tuple(each if isinstance(each, str) else of.get(each, each) for each in notice.recipients)
    return replace(notice, subject=of.get(notice.subject, notice.subject), recipients=recipients)
