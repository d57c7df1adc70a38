// GraphiQL with the explorer, the example tabs, and a fetcher that hands answers on from tab to tab.
import "./workers.js";
import "graphiql/style.css";
import "@graphiql/plugin-explorer/style.css";
import { explorerPlugin } from "@graphiql/plugin-explorer";
import { HISTORY_PLUGIN } from "@graphiql/plugin-history";
import { GraphiQL } from "graphiql";
import { createRoot } from "react-dom/client";
import { examples } from "./examples.js";
import { makeFetcher } from "./fetcher.js";

const address = new URL("graphql", new URL(".", window.location.href)).href;
const isFirstVisit = window.localStorage.getItem("graphiql:tabState") === null;
// Comments are allowed here, so a request without a token stays one without.
const headersHint = `// Where people sign in, write your token here, in one tab for all:
// {"Authorization": "Bearer mk_..."}
`;
const plugins = [HISTORY_PLUGIN, explorerPlugin()];

createRoot(document.getElementById("graphiql")).render(
  <GraphiQL
    fetcher={makeFetcher(address, window.sessionStorage)}
    plugins={plugins}
    defaultTabs={examples.map((tab) => ({ ...tab, headers: headersHint }))}
    defaultHeaders={headersHint}
    initialVariables={isFirstVisit ? examples[0].variables : undefined}
    defaultEditorToolsVisibility="variables"
  >
    <GraphiQL.Logo>Matchkeeper</GraphiQL.Logo>
  </GraphiQL>,
);
