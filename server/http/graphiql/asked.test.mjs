import assert from "node:assert/strict";
import { test } from "node:test";
import { askedBy, shownLast, telling } from "./asked.js";

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

test("the address is told when the tabs are kept, and only then", () => {
  const values = new Map();
  const full = { setItem: () => assert.fail("no room") };
  const storage = {
    get length() {
      return values.size;
    },
    getItem: (key) => values.get(key) ?? null,
    setItem: (key, value) => values.set(key, value),
    removeItem: (key) => values.delete(key),
    clear: () => values.clear(),
  };
  const told = [];
  const watched = telling(storage, () => told.push(storage.getItem("graphiql:tabState")));
  watched.setItem("graphiql:theme", "dark");
  assert.deepEqual(told, []);
  watched.setItem("graphiql:tabState", "kept");
  assert.deepEqual(told, ["kept"]);
  assert.equal(watched.length, 2);
  watched.removeItem("graphiql:theme");
  assert.equal(watched.getItem("graphiql:theme"), null);
  watched.clear();
  assert.equal(watched.length, 0);
  assert.throws(() => telling(full, () => told.push("lost")).setItem("graphiql:tabState", "kept"));
  assert.deepEqual(told, ["kept"]);
});
