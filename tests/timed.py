"""Rules in which things happen by themselves: the shipped ones with more transitions, of both programs."""

from pathlib import Path

ROOT = Path(__file__).parent.parent
SHIPPED = (ROOT / "rules" / "transitions.yaml").read_text(encoding="utf-8")

LAPSE = """\
  lapse:
    machine: user_status
    label: Lapse
    from: APPLICATION_INCOMPLETE
    to: INACTIVE_WITHDRAWN
    allow: [SYSTEM]
    automatic: {after: P21D}
"""
"""Who does not finish the application within three weeks is put aside."""

LAPSE_ALONE = f"""{LAPSE}    require:
      PLACED: {{that: {{some: {{of: personas, where: {{partner_site: set}}}}}}, otherwise: Place the persona first.}}
"""
"""The same, but only of people who are placed."""

SET_ASIDE = """\
  set_aside:
    machine: persona_status
    label: Set aside
    from: ACTIVE
    to: INACTIVE
    allow: [SYSTEM]
    automatic: {when: {user_status: [INACTIVE_WITHDRAWN, INACTIVE_DELETED]}}
"""
"""The personas of whoever has left are set aside."""

CALL_IN = """\
  call_in:
    machine: user_status
    label: Call in
    from: SCREENING_INCOMPLETE
    to: ACTIVE
    allow: [SYSTEM]
    automatic: {every: weekday, at: "08:00"}
"""
"""Whoever waits for screening becomes Active on the next weekday at eight."""

REMIND = """\
  remind:
    machine: user_status
    label: Remind
    from: [APPLICATION_INCOMPLETE, SCREENING_INCOMPLETE]
    to: same
    allow: [PROGRAM_ADMIN]
    automatic: {after: [P7D, P14D]}
"""
"""Whoever keeps us waiting is reminded after a week and after two."""

STUCK = """\
  stuck:
    machine: user_status
    label: Stuck
    from: SCREENING_INCOMPLETE
    to: ACTIVE
    allow: [SYSTEM]
    automatic: {after: P1D}
    then: [{each: personas, fire: leave_pool}]
"""
"""What follows from it is always refused."""


def rules(*transitions: str, zone: str = "Europe/Vienna", run_due: str = "") -> str:
    """The shipped file with these transitions; ``run_due``: who may run what is due."""
    text = SHIPPED.replace("\ntransitions:\n", f"\ntransitions:\n{''.join(transitions)}\n", 1)
    text = text.replace("\nsupport_contact:", f"\ntime_zone: {zone}\nsupport_contact:", 1)
    return text.replace("\nacts: ", f"\nacts: \n  run_due: {{allow: [{run_due}]}}\n#", 1) if run_due else text


def written(folder: Path, *transitions: str, **more: str) -> Path:
    """The same as a file."""
    file = folder / "transitions.yaml"
    file.write_text(rules(*transitions, **more), encoding="utf-8")
    return file
