// The operations that every client sends, by name, each with its fragments.
import { readFileSync } from "node:fs";
import { parse, separateOperations } from "graphql";

const text = readFileSync(new URL("operations.graphql", import.meta.url), "utf8");

/** The documents by the names of their operations. */
export const documents = separateOperations(parse(text));

/** The keys of the statuses of a record, by machine. */
export const standing = ({ statuses }) => Object.fromEntries(statuses.map(({ machine, status }) => [machine, status.key]));
