// urql: queries by GET and by POST, its document cache, mutations, and errors of both kinds.
import { cacheExchange, Client, fetchExchange, gql } from "@urql/core";
import { documents, standing } from "./operations.mjs";

const [url, id] = process.argv.slice(2);
const methods = [];
const client = new Client({
  url,
  preferGetMethod: "within-url-limit",
  exchanges: [cacheExchange, fetchExchange],
  fetch: (address, options) => {
    methods.push(options.method);
    return fetch(address, options);
  },
});
const { Person, People, Perform } = documents;
const asked = await client.query(Person, { id });
const again = await client.query(Person, { id });
const dryRun = { transition: "activate", subjectId: id, options: { dryRun: true } };
const dry = await client.mutation(Perform, { input: dryRun });
const refused = await client.mutation(Perform, { input: { transition: "no_such_thing", subjectId: id } });
const people = await client.query(People, { first: 2 }, { preferGetMethod: false });
const faulty = await client.query(gql`query Faulty { nothing }`, {});
console.log(
  JSON.stringify({
    statuses: standing(asked.data.node),
    sameAgain: again.data.node.version === asked.data.node.version,
    dry: [dry.data.performTransition.userErrors, dry.data.performTransition.change],
    refused: refused.data.performTransition.userErrors.map(({ code }) => code),
    people: people.data.users.edges.map(({ node }) => node.name),
    total: people.data.users.totalCount,
    faulty: faulty.error.graphQLErrors.map(({ extensions }) => extensions.code),
    methods,
  }),
);
