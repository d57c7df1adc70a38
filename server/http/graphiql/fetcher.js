// Sends an operation; fills placeholders in its variables from earlier answers of this browser tab.
//
// A variable that is text of the form "{registerUser.user.id}" becomes what the latest answer with that
// path has there (list items by number: "{registerUser.user.personas.0.id}"). "{unique}" inside a text
// becomes a number that no earlier request used, so that an example can be pressed again.
import { fill, missing } from "./placeholders.js";

const KEY = "matchkeeper:answers";
const KEPT = 50;

export function makeFetcher(address, storage) {
  let authorization; // kept for the other tabs as long as the page is open, and written down nowhere

  return async function fetcher({ query, variables, operationName: told }, { headers } = {}) {
    // GraphiQL tells the name a moment late: one that the text does not hold is the name of an earlier text.
    const operationName = told && new RegExp(`\\b${told}\\b`).test(query) ? told : undefined;
    const answers = read(storage);
    const unknown = missing(variables ?? {}, answers);
    if (unknown.length > 0) {
      return explain(unknown);
    }
    const { Authorization: given, ...others } = headers ?? {};
    authorization = given ?? authorization;
    const response = await fetch(address, {
      method: "POST",
      headers: {
        ...others,
        ...(authorization && { Authorization: authorization }),
        "Content-Type": "application/json",
        Accept: "application/json",
      },
      body: JSON.stringify({ query, operationName, variables: fill(variables ?? {}, answers, Date.now()) }),
    });
    const answer = await response.json();
    if (answer.data && !isIntrospection(answer.data)) {
      write(storage, [answer.data, ...answers].slice(0, KEPT));
    }
    return answer;
  };
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
