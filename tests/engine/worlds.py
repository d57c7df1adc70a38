"""Random worlds and requests, and what must be true of every world."""

from datetime import timedelta

from hypothesis import strategies as st

from server.engine.facts import Facts, Kind, Record, Ref, Situation
from server.engine.paths import Scope
from server.engine.plan import Request
from server.engine.ruleset import Ruleset
from tests.engine.builders import LONG_AGO, NOW, a_match, a_persona, a_user
from tests.engine.flow import FLOW, with_open_pairs

RULES = {"one": FLOW, "several": with_open_pairs(3), "no limit": with_open_pairs(None, None)}
CALLERS = ("SUPER_ADMIN", "PROGRAM_ADMIN", "SITE_STAFF", "PARTICIPANT")
CREATED_ON = {Kind.USER: None, Kind.PERSONA: Kind.USER, Kind.PAIR: Kind.PERSONA}


def _statuses(machine: str) -> st.SearchStrategy[str]:
    return st.sampled_from(list(FLOW.machines[machine].statuses))


@st.composite
def worlds(draw: st.DrawFn) -> Facts:
    """Up to three people with up to three personas each, in any statuses, and a few pairs, open and not."""
    records: list[Record] = []
    for number in range(1, draw(st.integers(1, 3)) + 1):
        been = draw(st.sets(_statuses("user_status"), max_size=2))
        records.append(a_user(number, draw(_statuses("user_status")), been=been))
        records += [_persona(draw, number, index) for index in range(draw(st.integers(0, 3)))]
    return Facts([*records, *_pairs(draw, records)], NOW)


def _persona(draw: st.DrawFn, of: int, index: int) -> Record:
    return a_persona(
        10 * of + index,
        draw(_statuses("match_status")),
        of=of,
        role=draw(st.sampled_from(["MENTOR", "MENTEE"])),
        status=draw(st.sampled_from(["ACTIVE", "ACTIVE", "INACTIVE"])),
        site=draw(st.sampled_from(["LINCOLN", None])),
        since=draw(st.sampled_from([LONG_AGO, NOW])),
    )


def _pairs(draw: st.DrawFn, records: list[Record]) -> list[Record]:
    """Pairs between personas of two people; an open one has places that no other has."""
    sides = {role: [r for r in records if r.values.get("role") == role] for role in FLOW.roles}
    couples = [(a, b) for a in sides["MENTOR"] for b in sides["MENTEE"] if a.links["user"] != b.links["user"]]
    chosen = draw(st.lists(st.sampled_from(couples), max_size=3)) if couples else []
    pairs: list[Record] = []
    for number, (mentor, mentee) in enumerate(chosen, 1):
        taken = {side for pair in pairs if pair.places for side in pair.links.values()}
        busy = bool(taken & {mentor.ref, mentee.ref})
        status = draw(st.sampled_from(["CLOSED", "DELETED"] if busy else ["OPEN", "OPEN", "CLOSED", "DELETED"]))
        pairs.append(a_match(number, status, mentor=mentor.ref.id, mentee=mentee.ref.id))
    return pairs


@st.composite
def requests(draw: st.DrawFn, facts: Facts, rules: Ruleset = FLOW) -> Request:
    """Any transition on a record of the right kind, with whatever answers; often a sensible one."""
    keys = [key for key in rules.transitions if _subjects(rules, facts, key)]
    key = draw(st.sampled_from(keys))
    transition = rules.transitions[key]
    partners = [ref for ref in facts.records if ref.kind is Kind.PERSONA]
    return Request(
        key,
        draw(st.sampled_from(_subjects(rules, facts, key))),
        frozenset({draw(st.sampled_from(CALLERS))}),
        partner=draw(st.sampled_from([*partners, None])) if transition.creates is Kind.PAIR else None,
        role=draw(st.sampled_from(["MENTOR", "MENTEE", None])),
        answers=draw(answers(rules, key)),
        confirmed=draw(st.sampled_from([ALL_CODES, ALL_CODES, frozenset()])),
        effective_at=draw(st.sampled_from([None, None, NOW, LONG_AGO, NOW + timedelta(1)])),
        by_event=transition.event is not None and draw(st.booleans()),
    )


ALL_CODES = frozenset(caution.code for transition in FLOW.transitions.values() for caution in transition.cautions)


def _subjects(rules: Ruleset, facts: Facts, key: str) -> list[Ref]:
    transition = rules.transitions[key]
    kind = rules.machines[transition.machine].owner if transition.creates is None else CREATED_ON[transition.creates]
    return [Ref(Kind.USER, 0)] if kind is None else [ref for ref in facts.records if ref.kind is kind]


def answers(rules: Ruleset, key: str) -> st.SearchStrategy[dict[str, str]]:
    """Mostly right ones."""
    asked = {q.input.key: st.sampled_from([c.key for c in q.input.choices]) for q in rules.transitions[key].asks}
    wrong = st.dictionaries(st.sampled_from([*asked, "mood"]), st.sampled_from(["YES", "", "PERHAPS"]), max_size=2)
    return st.one_of(st.fixed_dictionaries(asked), st.fixed_dictionaries(asked), wrong)


def amiss(rules: Ruleset, facts: Facts) -> set[tuple[str, Ref, str | None]]:
    """Every invariant that is broken somewhere, asked of every record there is."""
    situation, found = Situation(facts), set()
    for invariant in rules.invariants:
        for ref, record in facts.records.items():
            for role in rules.roles if invariant.per_role else (None,):
                scope = Scope(situation, record, record, only_role=role, terms=rules.terms)
                if ref.kind is invariant.on and invariant.never.holds(scope) is True:
                    found.add((invariant.key, ref, role))
    return found


def crowded(rules: Ruleset, facts: Facts) -> list[tuple[Ref, str]]:
    """Personas with two open pairs on one place, or with more of them than their role may have."""
    found = []
    for ref, pairs in facts.pairs.items():
        role = str(facts.records[ref].values["role"]) if ref in facts.records else ""
        opened = [facts.records[pair] for pair in pairs if facts.records[pair].statuses["pair_status"] == "OPEN"]
        places = [pair.places.get(role) for pair in opened]
        limit = rules.roles[role].open_pairs
        if len(set(places)) < len(places) or None in places or (limit is not None and len(places) > limit):
            found.append((ref, role))
    return found
