// GraphQL Code Generator: typed documents of the operations, as a file for the TypeScript compiler.
import { readFileSync, writeFileSync } from "node:fs";
import { codegen } from "@graphql-codegen/core";
import * as typedDocumentNode from "@graphql-codegen/typed-document-node";
import * as typescriptOperations from "@graphql-codegen/typescript-operations";
import { parse } from "graphql";

const [schema, target] = process.argv.slice(2);
const operations = parse(readFileSync(new URL("operations.graphql", import.meta.url), "utf8"));
const output = await codegen({
  filename: target,
  schema: parse(readFileSync(schema, "utf8")),
  documents: [{ document: operations }],
  config: { scalars: { DateTime: "string", ID: "string" }, strictScalars: true, useTypeImports: true, enumsAsTypes: true },
  plugins: [{ typescriptOperations: {} }, { typedDocumentNode: {} }],
  pluginMap: { typescriptOperations, typedDocumentNode },
});
writeFileSync(target, output);
