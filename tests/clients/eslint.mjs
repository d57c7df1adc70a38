// graphql-eslint over the schema: prints what it finds as JSON.
import { readFileSync } from "node:fs";
import graphqlPlugin from "@graphql-eslint/eslint-plugin";
import { ESLint } from "eslint";

const [schema] = process.argv.slice(2);
const { configs, parser, rules } = graphqlPlugin;
const eslint = new ESLint({
  overrideConfigFile: true,
  overrideConfig: [
    {
      files: ["**/*.graphql"],
      plugins: { "@graphql-eslint": { rules } },
      languageOptions: { parser, parserOptions: { graphQLConfig: { schema } } },
      rules: {
        ...configs["flat/schema-recommended"].rules,
        ...configs["flat/schema-relay"].rules,
        // Short lists come whole, as they are; only what can grow without end is a connection.
        "@graphql-eslint/relay-edge-types": ["error", { withEdgeSuffix: true, shouldImplementNode: true, listTypeCanWrapOnlyEdgeType: false }],
        // Records have an id, and are Nodes. What stands within a record, such as a status, has none.
        "@graphql-eslint/strict-id-in-types": "off",
        // `program` and `records` mean the same on every kind of record, on programs and records too.
        "@graphql-eslint/no-typename-prefix": "off",
      },
    },
  ],
});
const found = await eslint.lintText(readFileSync(schema, "utf8"), { filePath: "schema/schema.graphql" });
console.log(JSON.stringify(found.flatMap(({ messages }) => messages.map(({ ruleId, line, message }) => ({ ruleId, line, message })))));
