// Builds ../static: the page's script and style sheet, and one worker for each of the editor's languages.
import { mkdir, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const outdir = fileURLToPath(new URL("../static", import.meta.url));
const shared = {
  bundle: true,
  minify: true,
  legalComments: "none",
  logLevel: "warning",
  outdir,
  target: "es2022",
  define: { "process.env.NODE_ENV": '"production"' },
  loader: { ".ttf": "dataurl" },
};

await rm(outdir, { recursive: true, force: true });
await mkdir(outdir, { recursive: true });
await build({
  ...shared,
  entryPoints: { graphiql: "main.jsx" },
  format: "esm",
  splitting: true,
  chunkNames: "part-[hash]",
  jsx: "automatic",
});
await build({
  ...shared,
  entryPoints: {
    "worker-editor": "monaco-editor/esm/vs/editor/editor.worker.js",
    "worker-graphql": "monaco-graphql/esm/graphql.worker.js",
    "worker-json": "monaco-editor/esm/vs/language/json/json.worker.js",
  },
  format: "iife",
});
