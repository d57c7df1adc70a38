"""The API in GraphQL: translates between the outside and the services, and decides nothing."""
