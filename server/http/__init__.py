"""The server's addresses over HTTP: GraphQL, the page to try it, health."""
