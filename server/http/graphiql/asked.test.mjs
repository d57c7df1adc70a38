import assert from "node:assert/strict";
import { test } from "node:test";
import { askedBy, shownLast } from "./asked.js";

test("an address without an operation asks for none", () => {
  assert.equal(askedBy(""), undefined);
  assert.equal(askedBy("?query="), undefined);
  assert.equal(askedBy("?variables=%7B%7D"), undefined);
});

test("an operation comes with its variables, or with none", () => {
  assert.deepEqual(askedBy("?query=%7B+viewer+%7B+name+%7D+%7D"), { query: "{ viewer { name } }", variables: "{}" });
  const search = `?${new URLSearchParams({ query: "query Q($id: ID) { node(id: $id) { id } }", variables: '{"id": "User-1"}' })}`;
  assert.equal(askedBy(search).variables, '{"id": "User-1"}');
});

test("the tab that was shown last is found again, and nothing on a first visit", () => {
  const storage = (state) => ({ getItem: (key) => (key === "graphiql:tabState" ? state : null) });
  assert.equal(shownLast(storage(null)), undefined);
  assert.equal(shownLast(storage("{")), undefined);
  const state = { activeTabIndex: 1, tabs: [{ query: "{ a }" }, { query: "{ b }" }] };
  assert.deepEqual(shownLast(storage(JSON.stringify(state))), { query: "{ b }" });
});
