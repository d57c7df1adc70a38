// Sends an operation; fills placeholders in its variables from earlier answers of this browser tab.
//
// A variable that is text of the form "{registerUser.user.id}" becomes what the latest answer with that
// path has there (list items by number: "{registerUser.user.personas.0.id}"). "{unique}" inside a text
// becomes a number that no earlier request used, so that an example can be pressed again.
import { getOperationAST, parse } from "graphql";
import { createClient } from "graphql-sse";
import { fill, missing } from "./placeholders.js";

const KEY = "matchkeeper:answers";
const KEPT = 50;

/** `token`: gives the token of whoever looks, which is written down nowhere; a header of a tab goes before it. */
export function makeFetcher(address, storage, token) {
  return async function fetcher({ query, variables, operationName: told }, { headers } = {}) {
    // GraphiQL tells the name a moment late: one that the text does not hold is the name of an earlier text.
    const operationName = told && new RegExp(`\\b${told}\\b`).test(query) ? told : undefined;
    const answers = read(storage);
    const unknown = missing(variables ?? {}, answers);
    if (unknown.length > 0) {
      return explain(unknown);
    }
    const request = { query, operationName, variables: fill(variables ?? {}, answers, Date.now()) };
    const sent = { ...(token() && { Authorization: `Bearer ${token()}` }), ...headers };
    if (isSubscription(query, operationName)) {
      return createClient({ url: address, headers: sent, retryAttempts: 0 }).iterate(request);
    }
    const response = await fetch(address, {
      method: "POST",
      headers: { ...sent, "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify(request),
    });
    const answer = await response.json();
    if (answer.data && !isIntrospection(answer.data)) {
      write(storage, [answer.data, ...answers].slice(0, KEPT));
    }
    return answer;
  };
}

function isSubscription(query, name) {
  try {
    return getOperationAST(parse(query), name)?.operation === "subscription";
  } catch {
    return false; // the server says what is wrong with it
  }
}

function isIntrospection(data) {
  return "__schema" in data;
}

function explain(paths) {
  const listed = paths.map((path) => `{${path}}`).join(", ");
  return {
    errors: [{ message: `No answer in this browser tab has ${listed} yet: run the earlier tabs first, in order.` }],
  };
}

function read(storage) {
  try {
    return JSON.parse(storage.getItem(KEY)) ?? [];
  } catch {
    return [];
  }
}

function write(storage, answers) {
  try {
    storage.setItem(KEY, JSON.stringify(answers));
  } catch {
    storage.removeItem(KEY); // full: forget rather than fail the request
  }
}
