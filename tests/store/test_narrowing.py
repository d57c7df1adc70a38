"""What the database leaves out is nobody on whom a button is possible: held against the engine in random worlds."""

from collections.abc import Iterator

from server.engine.decide import offers
from server.engine.facts import Ref, kind_of
from server.engine.finding import Selection
from server.engine.narrowing import NOBODY, necessary
from server.rules.loader import load_text
from server.store.cases import load_facts
from server.store.database import open_store
from server.store.finding import Asker, chosen
from server.store.sessions import Session
from server.store.surroundings import around
from tests.rules.builders import SHIPPED
from tests.store.test_finding import NOW, OVERLAY, PARTS, World, seeded

WORLDS = 8
TRIED = 40
"""How many transitions are tried in each world."""
MACHINES = {"user": ("user_status", "ACTIVE"), "persona": ("match_status", "RTBM"), "pair": ("pair_status", "OPEN")}
OLD = "age: {{{machine}: {{at_least: P1D}}}}"
WAYS = (
    "{part}",
    "{{not: {part}}}",
    f"{{{{any: [{{part}}, {{{{{OLD}}}}}]}}}}",
    f"{{{{not: {{{{any: [{{part}}, {{{{{OLD}}}}}]}}}}}}}}",
    f"{{{{all: [{{part}}, {{{{{OLD}}}}}]}}}}",
    f"{{{{not: {{{{all: [{{part}}, {{{{{OLD}}}}}]}}}}}}}}",
)
"""Each part alone, and together with what no database can ask."""


def a_transition(key: str, begins: str, that: str, allow: str = "PROGRAM_ADMIN, PARTICIPANT") -> str:
    return f"    {key}: {{{begins}, label: L, allow: [{allow}], require: {{C: {{that: {that}, otherwise: No.}}}}}}\n"


def transitions() -> Iterator[str]:
    for kind, parts in PARTS.items():
        machine, status = MACHINES[kind]
        for number, part in enumerate(parts):
            that = WAYS[number % len(WAYS)].format(part=part, machine=machine)
            yield a_transition(f"{kind}_{number}", f"machine: {machine}, from: {status}, to: same", that)
            if "this" not in part:
                only = f"{{PARTICIPANT: {that}}}"
                begins = f"machine: {machine}, from: {status}, to: same"
                yield a_transition(f"{kind}_{number}_by", begins, "{program.phase: OPEN}", only)
    for number, part in enumerate(PARTS["persona"]):
        for side in ("mentor", "mentee") if "this" not in part else ():
            that = ("{{{0}: {1}}}", "{{not: {{{0}: {1}}}}}")[number % 2].format(side, part)
            yield a_transition(f"pair_{number}_{side}", "machine: pair_status, creates: pair, to: OPEN", that)


TRANSITIONS = "  transitions:\n" + "".join(transitions())
TEXT = OVERLAY.replace("  finds:\n", "").replace("  transitions:\n", TRANSITIONS)
RULES = load_text(SHIPPED.read_text(encoding="utf-8"), "base.yaml", {"seeing": TEXT}, examined=False).rulesets["seeing"]
OWN = [transition for key, transition in RULES.transitions.items() if key.split("_")[0] in PARTS]


def test_whoever_has_a_button_is_among_those_whom_the_database_leaves(sqlite_url: str) -> None:
    store, told = open_store(sqlite_url), {"possible": 0, "left out": 0}

    def compared(world: World, seed: int) -> None:
        random = seeded(seed)
        near = around(world.connection, RULES.surroundings, [], world.users)
        facts = load_facts(world.connection, RULES, world.users, near, NOW)
        for transition in random.sample(OWN, TRIED):
            roles = frozenset({random.choice(["PROGRAM_ADMIN", "PARTICIPANT"])})
            actor = random.choice([None, Ref("user", random.choice(world.users))])
            kind = kind_of(RULES.ends(transition)[0])
            refs = {ref for ref in facts.records if ref.kind is kind}
            possible = {
                ref
                for ref in refs
                if any(o.allowed for o in offers(RULES, ref, roles, facts, actor, only=transition.id))
            }
            condition = necessary(RULES, transition, roles, has_record=actor is not None)
            asker = Asker(world.program, RULES, actor, NOW)
            left = {Ref(kind, n) for n in chosen(world.connection, asker, Selection(kind, roles, condition))}
            assert possible <= left, (seed, transition.id, condition)
            told["possible"] += len(possible)
            told["left out"] += len(refs - left)

    def work(session: Session, seed: int) -> None:
        session.act(lambda unit: compared(World(unit, seeded(seed)), seed))

    for seed in range(WORLDS):
        store.mutate_now(lambda session, seed=seed: work(session, seed))
    store.close()
    assert min(told.values()) > 100, told


def test_nobody_is_left_for_whom_the_rules_do_not_name() -> None:
    match = RULES.transitions["match"]
    assert necessary(RULES, match, frozenset({"PARTICIPANT"}), has_record=True) is NOBODY
    assert necessary(RULES, match, frozenset({"SITE_STAFF"}), has_record=True) is not NOBODY
