// Runs the audits of the npm package graphql-http against an address; prints what each found as JSON.
import { createRequire } from "node:module";

const [address, packages] = process.argv.slice(2);
const { auditServer } = createRequire(`${packages}/package.json`)("graphql-http");
const results = await auditServer({ url: address });
console.log(JSON.stringify(results.map(({ id, name, status, reason }) => ({ id, name, status, reason }))));
