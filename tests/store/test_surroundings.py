"""The program and its sites among people: what two acts at once make of them, and who reads what they hold."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

from server.domain.access import Sight
from server.domain.errors import MatchkeeperError
from server.engine.facts import Ref
from server.store.database import Store, open_store
from server.store.declared import standings, values
from server.store.sessions import Session
from tests.services.test_surroundings import Year

ROUNDS = 6


def test_a_phase_that_ends_and_a_match_that_is_made_know_of_each_other(store: Store) -> None:
    year = Year(store)
    year.set(year.site, free_places=(str(ROUNDS),))
    year.begin()
    pairs = [(year.ready(f"Ann{n}", "MENTOR"), year.ready(f"Mia{n}", "MENTEE")) for n in range(ROUNDS)]
    gate = Barrier(ROUNDS + 1)

    def match(number: int) -> str:
        mentor, mentee = pairs[number]
        gate.wait()
        try:
            done = year.perform("match", mentor, partner=mentee)
        except MatchkeeperError as error:
            return error.message
        return str(done.changes[0].id)

    def end() -> int:
        gate.wait()
        return int(year.perform("begin_season", year.whole).changes[0].id)

    with ThreadPoolExecutor(ROUNDS + 1) as threads:
        matches = [threads.submit(match, number) for number in range(ROUNDS)]
        ended = threads.submit(end).result()
        said = [each.result() for each in matches]
    made = [int(text) for text in said if text.isdigit()]
    assert all(number < ended for number in made)
    assert [text for text in said if not text.isdigit()] == ["People are matched only before the season begins."] * (
        ROUNDS - len(made)
    )


def test_places_are_given_to_as_many_as_there_are(store: Store) -> None:
    year = Year(store)
    year.begin()

    def register(number: int) -> str:
        try:
            year.register(f"Mia{number}", "MENTEE")
        except MatchkeeperError as error:
            return error.message
        return "registered"

    with ThreadPoolExecutor(5) as threads:
        said = sorted(threads.map(register, range(5)))
    assert said == ["This site has no place left."] * 3 + ["registered"] * 2
    assert year.places() == "0"


def test_the_second_lock_holds_back_what_other_sites_and_programs_hold(postgres_url: str) -> None:
    store = open_store(postgres_url)
    year = Year(store)
    south = year.add_site("south")
    year.set(south, free_places=("9",))
    year.begin()
    person, _ = year.register("Mia", "MENTEE")
    refs = [year.whole, year.site, south]

    def seen(sight: Sight) -> list[Ref]:
        def look(session: Session) -> list[Ref]:
            session.announce({year.program: sight})
            return [ref for ref in refs if ref in standings(session.connection, refs)]

        found = store.query_now(look)
        assert [ref for ref in refs if ref in store.query_now(partial(held, sight))] == found
        return found

    def held(sight: Sight, session: Session) -> set[Ref]:
        session.announce({year.program: sight})
        return set(values(session.connection, refs))

    assert seen(Sight(user_id=person.id)) == [year.whole, year.site]
    assert seen(Sight(site_ids=frozenset({south.id}))) == [year.whole, south]
    assert seen(Sight(whole=True)) == refs
    assert seen(Sight()) == []
    store.close()
