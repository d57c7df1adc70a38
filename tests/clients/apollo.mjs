// Apollo Client: a normalized cache that knows the possible types, pages, refusals as data, persisted queries.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { ApolloClient, HttpLink, InMemoryCache } from "@apollo/client";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { relayStylePagination } from "@apollo/client/utilities";
import { documents, standing } from "./operations.mjs";

const [uri, id, possible] = process.argv.slice(2);
const bodies = [];
const persisted = new PersistedQueryLink({ sha256: (text) => createHash("sha256").update(text).digest("hex") });
const http = new HttpLink({
  uri,
  fetch: (address, options) => {
    bodies.push(JSON.parse(options.body));
    return fetch(address, options);
  },
});
const cache = new InMemoryCache({
  possibleTypes: JSON.parse(readFileSync(possible, "utf8")),
  typePolicies: { Query: { fields: { users: relayStylePagination(["filter"]) } } },
});
const client = new ApolloClient({ link: persisted.concat(http), cache });
const { Person, People, Perform } = documents;
const person = { query: Person, variables: { id } };

const before = (await client.query(person)).data.node;
const perform = (input) => client.mutate({ mutation: Perform, variables: { input: { subjectId: id, ...input } } });
const moved = (await perform({ transition: "activate", options: { expectedVersion: before.version } })).data;
const after = client.readQuery(person).node; // from the cache alone: what the mutation told has been written into it
const refused = (await perform({ transition: "activate" })).data.performTransition.userErrors;
const conflict = (await perform({ transition: "withdraw", options: { expectedVersion: before.version } })).data;

const people = client.watchQuery({ query: People, variables: { first: 2 } });
await new Promise((arrived) => people.subscribe(({ loading }) => loading || arrived()));
let page = people.getCurrentResult().data.users;
while (page.pageInfo.hasNextPage) {
  page = (await people.fetchMore({ variables: { after: page.pageInfo.endCursor } })).data.users;
}
const list = client.readQuery({ query: People, variables: { first: 2 } }).users; // the pages, put together in the cache
console.log(
  JSON.stringify({
    before: standing(before),
    personasBefore: before.personas.map(standing),
    change: moved.performTransition.change.to.label,
    after: standing(after),
    personasAfter: after.personas.map(standing),
    refused: refused.map(({ __typename, code, blockers }) => ({ __typename, code, blockers: blockers.map((each) => each.code) })),
    conflict: conflict.performTransition.userErrors.map(({ __typename, current }) => [__typename, current.version]),
    people: list.edges.map(({ node }) => node.name),
    onlyDigests: bodies.filter((body) => body.query === undefined).length,
    texts: bodies.filter((body) => body.query !== undefined).length,
  }),
);
client.stop();
