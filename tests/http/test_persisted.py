"""Operations that are named instead of sent: automatic persisted queries, and the documents of a trusted file."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from server.environment import SettingsError
from server.http.answers import HttpProblem
from server.http.graphql_request import GraphQLRequest
from server.http.negotiation import GRAPHQL_JSON, JSON
from server.http.persisted import REMEMBERED, Persisted, UnknownDocumentError, read_trusted
from tests.http.builders import Server, code_of, first_error

TEXT = "query Q { caller }"
OURS = {"caller": "Local administrator"}


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def apq(text: str, **more: Any) -> dict[str, Any]:
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": digest(text)}}, **more}


@pytest.mark.parametrize(("accept", "status"), [(JSON, 200), (GRAPHQL_JSON, 400)])
def test_a_digest_that_is_not_known_asks_for_the_text_in_the_words_of_the_protocol(accept: str, status: int) -> None:
    response = Server().post(apq(TEXT), accept)
    assert (response.status_code, first_error(response)["message"]) == (status, "PersistedQueryNotFound")
    assert code_of(response) == "PERSISTED_QUERY_NOT_FOUND"


def test_a_text_that_was_sent_with_its_digest_is_known_from_then_on_also_by_get() -> None:
    server = Server()
    assert server.post(apq(TEXT, query=TEXT)).json()["data"] == OURS
    assert server.post(apq(TEXT)).json()["data"] == OURS
    assert server.post({"documentId": f"sha256:{digest(TEXT)}"}).json()["data"] == OURS
    extensions = json.dumps(apq(TEXT)["extensions"])
    assert server.get(params={"extensions": extensions}, accept=JSON).json()["data"] == OURS


def test_a_mutation_that_is_named_by_get_is_not_run() -> None:
    server, text = Server(), "mutation { change }"
    server.post(apq(text, query=text))
    response = server.get(params={"documentId": digest(text)}, accept=JSON)
    assert (response.status_code, server.roads.taken) == (405, ["write"])


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (apq("other", query=TEXT), "The id is not the SHA-256 of the text"),
        ({"extensions": {"persistedQuery": {"version": 2, "sha256Hash": "x"}}}, "must have the version 1"),
        ({"extensions": {"persistedQuery": {"version": 1}}}, "must have the version 1"),
        ({"extensions": {"persistedQuery": "x"}}, "'persistedQuery' must be a JSON object or absent, not text"),
        ({"documentId": 5}, "'documentId' must be text or absent, not a number"),
        ({"documentId": ""}, "Send the operation as text in 'query'"),
        (apq(TEXT, query=""), "Send the operation as text in 'query'"),
    ],
)
def test_what_is_not_a_name_is_refused_and_nothing_is_kept(body: dict[str, Any], said: str) -> None:
    server = Server()
    response = server.post(body)
    assert (response.status_code, code_of(response)) == (400, "BAD_REQUEST")
    assert said in first_error(response)["message"]
    assert code_of(server.post(apq(TEXT))) == "PERSISTED_QUERY_NOT_FOUND"


def test_a_text_that_is_refused_is_not_kept() -> None:
    server, text = Server(), "{ nothing }"
    assert code_of(server.post(apq(text, query=text))) == "GRAPHQL_VALIDATION_FAILED"
    assert code_of(server.post(apq(text))) == "PERSISTED_QUERY_NOT_FOUND"


def asked(text: str | None, document_id: str) -> GraphQLRequest:
    return GraphQLRequest(text, document_id, {}, None)


def test_so_many_texts_are_remembered_and_those_asked_for_lately_stay() -> None:
    persisted = Persisted()
    for number in range(REMEMBERED):
        persisted.keep(asked(f"{{ a{number} }}", digest(f"{{ a{number} }}")))
    assert persisted.text(asked(None, digest("{ a0 }"))) == "{ a0 }"
    persisted.keep(asked("{ one }", digest("{ one }")))
    assert persisted.text(asked(None, digest("{ a0 }"))) == "{ a0 }"
    with pytest.raises(UnknownDocumentError):
        persisted.text(asked(None, digest("{ a1 }")))


def test_a_long_text_is_not_remembered() -> None:
    persisted, text = Persisted(), "{ a }" + " " * 16 * 1024
    persisted.keep(asked(text, digest(text)))
    with pytest.raises(UnknownDocumentError):
        persisted.text(asked(None, digest(text)))


def test_a_trusted_document_goes_by_its_id_and_others_are_taken_too() -> None:
    server = Server(persisted=Persisted({"who": TEXT, digest(TEXT): TEXT}))
    for body in ({"documentId": "who"}, apq(TEXT), {"query": "{ caller }"}):
        assert server.post(body).json()["data"] == OURS


def test_where_only_trusted_documents_are_taken_every_other_is_refused() -> None:
    server = Server(persisted=Persisted({"who": TEXT}, only_trusted=True))
    assert server.post({"documentId": "who"}).json()["data"] == OURS
    assert server.post({"query": TEXT}).json()["data"] == OURS
    for body in ({"query": "{ caller }"}, apq("{ caller }", query="{ caller }"), {"query": "{"}):
        response = server.post(body)
        assert (response.status_code, code_of(response)) == (403, "DOCUMENT_NOT_TRUSTED")
    assert code_of(server.post(apq("{ caller }"))) == "PERSISTED_QUERY_NOT_FOUND"
    with pytest.raises(HttpProblem):
        Persisted({}, only_trusted=True).text(asked("{ caller }", "x"))


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ('{"who": "{ caller }"}', {"who": "{ caller }"}),
        (
            '{"format": "apollo-persisted-query-manifest", "version": 1, "operations":'
            ' [{"id": "who", "name": "Q", "type": "query", "body": "{ caller }"}]}',
            {"who": "{ caller }"},
        ),
    ],
)
def test_a_file_of_documents_may_be_written_in_two_ways(tmp_path: Path, content: str, found: dict[str, str]) -> None:
    file = tmp_path / "documents.json"
    file.write_text(content, encoding="utf-8")
    assert read_trusted(file) == found


@pytest.mark.parametrize("content", [None, "{", "[]", '{"who": 5}', '{"operations": [{"id": "who"}]}'])
def test_a_file_that_cannot_be_used_is_told_in_words(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "documents.json"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    with pytest.raises(SettingsError, match=r"The trusted documents in .*documents\.json "):
        read_trusted(file)
