// The operation that the address asks for: ?query=...&variables=..., as links of error pages and of the docs have it.

/** A tab for it, or undefined where the address asks for none. It is shown, and run only when somebody presses Play. */
export function askedBy(search) {
  const given = new URLSearchParams(search);
  const query = given.get("query")?.trim();
  return query ? { query, variables: given.get("variables")?.trim() || "{}" } : undefined;
}

/** The tab that was shown last, from GraphiQL's own memory; undefined on a first visit. */
export function shownLast(storage) {
  try {
    const { tabs, activeTabIndex } = JSON.parse(storage.getItem("graphiql:tabState"));
    return tabs[activeTabIndex];
  } catch {
    return undefined;
  }
}
