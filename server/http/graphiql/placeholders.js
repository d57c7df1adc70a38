// Placeholders in variables: "{path.into.an.answer}" and "{unique}".
const PLACEHOLDER = /^\{([A-Za-z_]\w*(?:\.\w+)+)\}$/;

/** The paths that no answer has. */
export function missing(value, answers) {
  if (typeof value === "string") {
    const path = PLACEHOLDER.exec(value)?.[1];
    return path && find(path, answers) === undefined ? [path] : [];
  }
  return value && typeof value === "object" ? Object.values(value).flatMap((part) => missing(part, answers)) : [];
}

/** The same value with every placeholder filled; `answers` are the newest first. */
export function fill(value, answers, unique) {
  if (typeof value === "string") {
    const path = PLACEHOLDER.exec(value)?.[1];
    return path ? find(path, answers) : value.replaceAll("{unique}", String(unique));
  }
  if (Array.isArray(value)) {
    return value.map((part) => fill(part, answers, unique));
  }
  return value && typeof value === "object"
    ? Object.fromEntries(Object.entries(value).map(([key, part]) => [key, fill(part, answers, unique)]))
    : value;
}

function find(path, answers) {
  for (const answer of answers) {
    const found = path.split(".").reduce((part, step) => part?.[step], answer);
    if (found !== undefined && found !== null) {
      return found;
    }
  }
  return undefined;
}
