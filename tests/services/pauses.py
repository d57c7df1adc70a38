"""A program with pauses, reminders and dates of its own: an overlay of the base program."""

from server.rules.loader import load_text
from tests.services.club import BASE

PAUSES = """
extends: default
program: pauses
title: Pauses
time_zone: Europe/Vienna
add:
  machines.pause:
    label: Pause
    owner: persona
    start: HERE
    statuses:
      HERE: {label: Here, category: STEP}
      AWAY: {label: Away, category: STEP}
  fields:
    returns_on: {of: user, label: Returns on, type: date, allow: [PROGRAM_ADMIN]}
    asks: {of: user, label: Asks, type: boolean, allow: [PROGRAM_ADMIN]}
    calls_at: {of: user, label: Calls at, type: instant, allow: [PROGRAM_ADMIN]}
  transitions:
    leave: {machine: pause, label: Leave, from: HERE, to: AWAY, allow: [PROGRAM_ADMIN]}
    return:
      machine: pause
      label: Return
      from: AWAY
      to: HERE
      allow: [PROGRAM_ADMIN]
      automatic: {of: user.returns_on, at: "06:00"}
    expect:
      machine: pause
      label: Expect
      from: AWAY
      to: same
      allow: [SYSTEM]
      automatic: {before: [P7D, P1D], of: user.returns_on, at: "06:00", late: P2D}
    remind:
      machine: user_status
      label: Remind
      from: APPLICATION_INCOMPLETE
      to: same
      allow: [PROGRAM_ADMIN]
      automatic: {after: [P7D, P14D]}
    call_up:
      machine: user_status
      label: Call up
      from: {any: true}
      to: same
      allow: [SYSTEM]
      automatic: {before: PT1H, of: calls_at}
    ask_again:
      machine: pause
      label: Ask again
      from: HERE
      to: same
      allow: [SYSTEM]
      automatic: {every: [monday, thursday], at: "08:00"}
      require: {ASKED: {that: {user.asks: true}, otherwise: Not asked.}}
    note: {machine: user_status, label: Note, from: {any: true}, to: same, allow: [PROGRAM_ADMIN]}
    check_in: {machine: pair_status, label: Check in, from: OPEN, to: same, restarts: true, allow: [PROGRAM_ADMIN]}
    look_after: {machine: pause, label: Look, from: [HERE, AWAY], to: same, restarts: true, allow: [PROGRAM_ADMIN]}
"""
RULES = load_text(BASE, "transitions.yaml", {"pauses": PAUSES}).rulesets
