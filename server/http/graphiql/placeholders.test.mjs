import assert from "node:assert/strict";
import { test } from "node:test";
import { fill, missing } from "./placeholders.js";

const answers = [
  { closeMatch: { match: null, created: [{ id: "Persona-9" }] } },
  { registerUser: { user: { id: "User-2" } }, closeMatch: { match: { id: "Match-1" } } },
  { registerUser: { user: { id: "User-1" } } },
];

test("a placeholder takes the latest answer that has the path", () => {
  assert.deepEqual(fill({ input: { userId: "{registerUser.user.id}" } }, answers, 1), { input: { userId: "User-2" } });
});

test("a null in a later answer does not hide an earlier one", () => {
  assert.equal(fill("{closeMatch.match.id}", answers, 1), "Match-1");
});

test("list items go by number, other values stay what they are", () => {
  assert.deepEqual(fill(["{closeMatch.created.0.id}", 5, null, true], answers, 1), ["Persona-9", 5, null, true]);
});

test("unique is filled inside a text, and other braces are left alone", () => {
  assert.equal(fill("rosa+{unique}@example.org {x}", answers, 77), "rosa+77@example.org {x}");
});

test("every path that no answer has is named", () => {
  assert.deepEqual(missing({ a: "{no.id}", b: ["{registerUser.user.id}", "{nor.id}"] }, answers), ["no.id", "nor.id"]);
});
