// Follows changes of statuses with one of three clients, breaks the line in the middle, and goes on after the last cursor.
import { createClient as overEvents } from "graphql-sse";
import { createClient as overSocket } from "graphql-ws";
import { Client, fetchExchange } from "@urql/core";
import WebSocket from "ws";

const [name, url, after, count] = process.argv.slice(2);
const query = "subscription Follow($after: String) { statusChanged(after: $after) { id cursor } }";
const request = { query, variables: { after } };
const found = [];

/** Takes one event, from whichever client, and remembers where it was. */
function take({ data, errors, error }) {
  if (errors ?? error) throw new Error(JSON.stringify(errors ?? error));
  found.push(data.statusChanged.id);
  request.variables.after = data.statusChanged.cursor;
}

/** Takes events until there are so many in all. */
async function until(events, enough) {
  for await (const event of events) {
    take(event);
    if (found.length >= enough) return;
  }
}

const clients = {
  // graphql-ws comes again by itself, and sends the variables as they are by then.
  async "graphql-ws"() {
    let line;
    const on = { connected: (socket) => (line = socket) };
    const client = overSocket({ url: url.replace("http", "ws"), webSocketImpl: WebSocket, retryWait: async () => {}, on });
    for await (const event of client.iterate(request)) {
      take(event);
      if (found.length === count / 2) line.terminate();
      if (found.length >= count) break;
    }
    await client.dispose();
  },
  async "graphql-sse"() {
    const client = overEvents({ url, retryAttempts: 0 });
    await until(client.iterate(request), count / 2);
    await until(client.iterate(request), count);
    for await (const { data } of client.iterate({ query: "{ viewer { name } }" })) console.error(data.viewer.name);
    client.dispose();
  },
  async urql() {
    const client = new Client({ url, exchanges: [fetchExchange], fetchSubscriptions: true, preferGetMethod: false });
    for (const enough of [count / 2, count]) {
      await new Promise((resolve, reject) => {
        const { unsubscribe } = client.subscription(query, { ...request.variables }).subscribe((event) => {
          if (found.length >= enough) return;
          try {
            take(event);
          } catch (error) {
            reject(error);
          }
          if (found.length >= enough) setImmediate(() => resolve(unsubscribe()));
        });
      });
    }
  },
};
await clients[name]();
console.log(JSON.stringify(found));
process.exit(0);
