"""The rules that were ever in force: their texts, when, and by what."""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import func, select

from server.domain.revisions import Activator, Cause
from server.engine.ruleset import Ruleset
from server.rules.loader import load_text
from server.services.rulebook import Rulebook, open_rulebook
from server.store.database import Store
from server.store.declared_tables import rule_texts
from server.store.revisions import activations, last_rules
from tests.rules.builders import completed
from tests.store.builders import NOW

ONE, TWO = Activator(Cause.START, "here:1"), Activator(Cause.FILES, "here:2")
OVERLAY = "extends: small\nprogram: one\ntitle: One\n"


def rules(title: str) -> Mapping[str, Ruleset]:
    return load_text(completed(f"title: {title}\n"), "t.yaml", {"one": OVERLAY}).rulesets


def take(store: Store, found: Mapping[str, Ruleset], by: Activator = ONE, minute: int = 0) -> Rulebook:
    now = NOW + timedelta(minutes=minute)
    return store.mutate_now(lambda session: open_rulebook(session, found, now, by=by))


def test_each_change_is_kept_once_whoever_says_it(store: Store) -> None:
    first, second = rules("First"), rules("Second")
    for minute, (found, by) in enumerate([(first, ONE), (first, TWO), (second, TWO), (second, ONE), (first, ONE)]):
        take(store, found, by, minute)
    listed = store.query_now(lambda session: activations(session.connection, "small", 9))
    assert [(each.revision, each.by, each.at) for each in listed] == [
        (first["small"].revision, ONE, NOW + timedelta(minutes=4)),
        (second["small"].revision, TWO, NOW + timedelta(minutes=2)),
        (first["small"].revision, ONE, NOW),
    ]
    assert len(store.query_now(lambda session: activations(session.connection, None, 9))) == 6
    count = select(func.count()).select_from(rule_texts)
    assert store.query_now(lambda session: session.connection.scalar(count)) == 3


def test_what_was_in_force_last_is_kept_with_its_text(store: Store) -> None:
    take(store, rules("First"))
    take(store, rules("Second"), minute=1)
    last = store.query_now(lambda session: last_rules(session.connection))
    assert list(last) == ["small", "one"]
    assert {key: kept.texts for key, kept in last.items()} == {
        key: ruleset.texts for key, ruleset in rules("Second").items()
    }
    assert [kept.peopled for kept in last.values()] == [False, False]


def test_nothing_was_in_force_in_an_empty_database(store: Store) -> None:
    assert store.query_now(lambda session: last_rules(session.connection)) == {}
