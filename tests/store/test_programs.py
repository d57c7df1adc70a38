"""Programs, sites and the statuses ever known."""

from dataclasses import replace

from server.domain.people import Program
from server.engine.facts import Kind
from server.store.programs import (
    known_statuses,
    programs,
    site_by_key,
    sites,
    sites_by_ids,
    status_counts,
    sync_program,
)
from tests.engine.flow import FLOW
from tests.store.builders import World


def sync(world: World, rules) -> Program:
    return world.do(lambda work: sync_program(work.connection, rules))


def test_telling_the_same_rules_again_changes_nothing(world: World) -> None:
    before = world.rows()
    assert sync(world, FLOW) == world.program == Program(world.program.id, "default", FLOW.title, 1)
    assert world.rows() == before


def test_a_new_title_renames_the_program(world: World) -> None:
    renamed = sync(world, replace(FLOW, title="Another"))
    assert renamed == Program(world.program.id, "default", "Another", 2)
    assert world.read(programs) == [renamed]


def test_several_programs_stand_side_by_side(world: World) -> None:
    other = sync(world, replace(FLOW, program="college", title="College"))
    assert world.read(programs) == [world.program, other]
    assert world.read(known_statuses, other.id, "pair_status") == world.read(
        known_statuses, world.program.id, "pair_status"
    )


def test_a_status_that_the_file_dropped_is_still_known(world: World) -> None:
    machine = FLOW.machines["match_status"]
    left = {key: status for key, status in machine.statuses.items() if key != "NOT_MATCHING"}
    left["RTBM"] = replace(left["RTBM"], label="Ready", description="May be matched.")
    sync(world, replace(FLOW, machines={**FLOW.machines, "match_status": replace(machine, statuses=left)}))

    known = {status.key: status for status in world.read(known_statuses, world.program.id, "match_status")}
    assert set(known) == set(machine.statuses)
    assert known["NOT_MATCHING"].label == machine.statuses["NOT_MATCHING"].label
    ready = known["RTBM"]
    assert (ready.label, ready.short, ready.category, ready.colour, ready.description, ready.position) == (
        "Ready",
        left["RTBM"].short,
        left["RTBM"].category,
        left["RTBM"].colour,
        "May be matched.",
        left["RTBM"].position,
    )


def test_sites_are_found_by_program_id_and_key(world: World) -> None:
    washington, lincoln = world.site("WASHINGTON"), world.site("LINCOLN")
    assert world.read(sites, world.program.id) == [lincoln, washington]
    assert world.read(sites, 999) == []
    assert world.read(sites_by_ids, [lincoln.id, 999]) == {lincoln.id: lincoln}
    assert world.read(site_by_key, world.program.id, "WASHINGTON") == washington
    assert world.read(site_by_key, world.program.id, "washington") is None


def test_status_counts_leave_out_what_nobody_is_in(world: World) -> None:
    world.matched()
    world.register()
    number = world.program.id
    assert world.read(status_counts, number, Kind.USER, "user_status") == {"ACTIVE": 2, "APPLICATION_INCOMPLETE": 1}
    assert world.read(status_counts, number, Kind.PERSONA, "match_status") == {"MATCHED": 2, "NOT_APPLICABLE": 1}
    assert world.read(status_counts, number, Kind.PAIR, "pair_status") == {"OPEN": 1}
    assert world.read(status_counts, 999, Kind.PAIR, "pair_status") == {}
