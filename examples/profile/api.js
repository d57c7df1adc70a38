// Speaks GraphQL. The token is kept as long as the page is open, and written down nowhere.
const address = document.documentElement.dataset.api;
let token = "";

export class NotSignedIn extends Error {}

export function signIn(given) {
  token = given;
}

export async function ask(query, variables) {
  const response = await fetch(address, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...(token && { Authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ query, variables }),
  });
  if (response.status === 401) throw new NotSignedIn(token ? "That token was not accepted." : "Please sign in.");
  const { data, errors } = await response.json();
  if (errors) throw new Error(errors[0].message); // faults of this page, or of the server; refusals are data
  return data;
}

/** An element with its properties and what stands in it; texts stay texts, whatever they hold. */
export function make(tag, properties = {}, ...inside) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...inside.filter((each) => each !== null && each !== undefined));
  return made;
}
