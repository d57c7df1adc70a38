import pytest

from server.http.negotiation import GRAPHQL_JSON, HTML, JSON, choose

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("application/json", JSON),
        ("APPLICATION/JSON", JSON),
        (GRAPHQL_JSON, GRAPHQL_JSON),
        (f"{GRAPHQL_JSON}, application/json", GRAPHQL_JSON),
        (f"application/json, {GRAPHQL_JSON}", JSON),
        (f"application/json;q=0.5, {GRAPHQL_JSON};q=0.9", GRAPHQL_JSON),
        (f"{GRAPHQL_JSON};q=0, */*", JSON),
        (f"application/json;q=0, */*;q=0.1, {GRAPHQL_JSON};q=0", HTML),
        (f"{GRAPHQL_JSON}; charset=utf-8, application/json;q=0.9", GRAPHQL_JSON),
        (BROWSER, HTML),
        ("text/csv", None),
        ("application/json;q=0", None),
        ("application/json;q=nonsense", None),
        ("text/event-stream, application/json;q=0.2", JSON),
    ],
)
def test_the_type_ranked_highest_is_chosen(accept: str | None, chosen: str | None) -> None:
    assert choose(accept, (JSON, GRAPHQL_JSON, HTML)) == chosen
