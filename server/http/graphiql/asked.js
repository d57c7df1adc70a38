// The operation that the address asks for: ?query=...&variables=..., as links of error pages and of the docs have it.

const TABS = "graphiql:tabState";

/** A tab for it, or undefined where the address asks for none. It is shown, and run only when somebody presses Play. */
export function askedBy(search) {
  const given = new URLSearchParams(search);
  const query = given.get("query")?.trim();
  return query ? { query, variables: given.get("variables")?.trim() || "{}" } : undefined;
}

/** The tab that was shown last, from GraphiQL's own memory; undefined on a first visit. */
export function shownLast(storage) {
  try {
    const { tabs, activeTabIndex } = JSON.parse(storage.getItem(TABS));
    return tabs[activeTabIndex];
  } catch {
    return undefined;
  }
}

/** A storage for GraphiQL that calls `kept` whenever its tabs are written, which happens half a second late. */
export function telling(storage, kept) {
  return {
    get length() {
      return storage.length;
    },
    getItem: (key) => storage.getItem(key),
    removeItem: (key) => storage.removeItem(key),
    clear: () => storage.clear(),
    setItem(key, value) {
      storage.setItem(key, value);
      if (key === TABS) kept();
    },
  };
}
