"""However many rows a list has, it costs the same number of statements."""

from tests.graphql.builders import Api

PEOPLE = """{ users(first: 50) { totalCount nodes { name status { label }
  currentPersona { id }
  personas { role matchStatus { label } partnerSite { name }
    match { canCommunicate mentor { user { name } } mentee { user { name } } } }
  matches { id }
  history(first: 5) { totalCount nodes { to { key } causedBy { id } causes { id } subject { id } } }
  availableTransitions(includeBlocked: true) {
    transition { key } allowed subject { id } blockers { code subject { id } } }
} } }"""
LISTS = [
    PEOPLE,
    "{ personas(first: 50) { nodes { user { personas { id } } matches { id } history(last: 2) { nodes { id } } } } }",
    "{ matches(first: 50) { nodes { canCommunicate mentor { partnerSite { key } user { name } } mentee { id } } } }",
    "{ history(first: 50) { nodes { subject { id } causedBy { subject { id } } causes { id } answers { key } } } }",
]


def fill(api: Api, pairs: int, start: int = 0) -> None:
    """Pairs of people, each at a site of its own."""
    for number in range(start, start + pairs):
        api.done("addSite", key=f"site-{number}", name=f"Site {number}")
        mentor = api.person(f"Mentor {number}", partnerSite=f"site-{number}")
        match = api.match(mentor, api.person(f"Mentee {number}", "MENTEE"))
        if number % 2:
            answers = {"closeReason": "LENGTH", "mentorRematch": "MAYBE", "menteeRematch": "NO"}
            api.done("closeMatch", matchId=match, **answers)


def test_lists_of_two_and_of_fifty_cost_the_same_number_of_statements(api: Api) -> None:
    fill(api, 2)
    few = [api.statements(query) for query in LISTS]
    fill(api, 23, start=2)
    assert [api.statements(query) for query in LISTS] == few
    assert max(few) <= 25


def test_a_plain_page_costs_one_statement(api: Api) -> None:
    fill(api, 1)
    assert api.statements("{ users { nodes { id name email status { label category colour } } } }") == 1


def test_personas_with_their_statuses_cost_one_more(api: Api) -> None:
    fill(api, 1)
    query = "{ users { nodes { status { key } personas { status { key } matchStatus { key } statuses { since } } } } }"
    assert api.statements(query) == 2


def test_many_ids_cost_one_statement_a_kind(api: Api) -> None:
    fill(api, 2)
    ids = ["Persona-1", "Persona-2", "Persona-3", "User-1", "User-2", "Site-1", "Site-2"]
    assert api.statements("query Q($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=ids) == 3


def test_the_same_page_of_history_is_loaded_once_under_two_names(api: Api) -> None:
    fill(api, 1)
    one = api.statements("{ users { nodes { history(first: 2) { nodes { id } } } } }")
    two = "{ users { nodes { a: history(first: 2) { nodes { id } } b: history(first: 2) { nodes { id } } } } }"
    assert api.statements(two) == one
    other = "{ users { nodes { a: history(first: 2) { nodes { id } } b: history(first: 3) { nodes { id } } } } }"
    assert api.statements(other) == one + 1
