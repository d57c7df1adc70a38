"""The machines and questions of the default flow."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from server.engine.facts import Kind
from server.engine.machines import Machine, Status
from server.engine.questions import Choice, Input


def _machine(key: str, label: str, owner: Kind, statuses: Iterable[Status]) -> Machine:
    listed = {status.key: replace(status, machine=key, position=n) for n, status in enumerate(statuses)}
    first = next(iter(listed))
    listed[first] = replace(listed[first], is_initial=True)
    return Machine(key, label, owner, first, listed)


def status(key: str, label: str, category: str = "STEP", **more: Any) -> Status:
    return replace(Status("", key, label, category, "dark-blue", 0, is_initial=False), **more)


MACHINES = {
    machine.key: machine
    for machine in (
        _machine(
            "user_status",
            "User Status",
            Kind.USER,
            [
                status("APPLICATION_INCOMPLETE", "Application Incomplete", short="AI"),
                status("SCREENING_INCOMPLETE", "Screening Incomplete", short="SI"),
                status("ACTIVE", "Active", "PARTICIPATING"),
                status("INACTIVE_REJECTED", "Inactive Rejected", "FINAL", short="IR"),
                status("INACTIVE_WITHDRAWN", "Inactive Withdrawn", "FINAL", short="IW"),
                status("INACTIVE_DELETED", "Inactive Deleted", "FINAL", short="ID"),
            ],
        ),
        _machine(
            "persona_status",
            "Persona Status",
            Kind.PERSONA,
            [status("ACTIVE", "Active", "PARTICIPATING"), status("INACTIVE", "Inactive", "FINAL")],
        ),
        _machine(
            "match_status",
            "Match Status",
            Kind.PERSONA,
            [
                status("NOT_APPLICABLE", "N/A"),
                status("RTBM", "Ready To Be Matched", "PARTICIPATING", short="RTBM"),
                status("MATCHED", "Matched", "PARTICIPATING"),
                status("CLOSED", "Closed", "FINAL"),
                status("RESCREENING", "Rescreening", short="RS"),
                status("NOT_MATCHING", "Not Matching", "FINAL", short="NM", roles=frozenset({"MENTEE"})),
            ],
        ),
        _machine(
            "pair_status",
            "Pair Status",
            Kind.PAIR,
            [
                status("OPEN", "Open", "PARTICIPATING", opens=True),
                status("CLOSED", "Closed", "FINAL"),
                status("DELETED", "Deleted", "FINAL", removed=True),
            ],
        ),
    )
}

_CONTINUES = (
    Choice("YES", "Yes, wants to be rematched"),
    Choice("MAYBE", "Maybe, unsure about rematch"),
    Choice("NO", "No, will not continue in program"),
    Choice("NO_ANSWER", "No answer"),
)
_REASONS = (
    Choice("LENGTH", "Formal closure based on length of match"),
    Choice("MENTEE_INITIATED", "Mentee initiated"),
    Choice("MENTOR_INITIATED", "Mentor initiated"),
    Choice("OTHER", "Another reason"),
)
INPUTS = {
    question.key: question
    for question in (
        Input("close_reason", "Why is the match being closed?", "choice", _REASONS),
        Input("mentor_rematch", "Will the mentor continue?", "choice", _CONTINUES),
        Input("mentee_rematch", "Will the mentee continue?", "choice", _CONTINUES),
    )
}
