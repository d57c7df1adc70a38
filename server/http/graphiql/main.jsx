// GraphiQL with the explorer, the example tabs, a field for the token, and a fetcher that hands answers on from tab to tab.
import "./workers.js";
import "graphiql/style.css";
import "@graphiql/plugin-explorer/style.css";
import "./main.css";
import { explorerPlugin } from "@graphiql/plugin-explorer";
import { HISTORY_PLUGIN } from "@graphiql/plugin-history";
import { GraphiQL } from "graphiql";
import { createRoot } from "react-dom/client";
import { askedBy, shownLast, telling } from "./asked.js";
import { examples } from "./examples.js";
import { makeFetcher } from "./fetcher.js";
import { Token } from "./token.jsx";

const address = new URL("graphql", new URL(".", window.location.href)).href;
const asked = askedBy(window.location.search);
const opened = asked ?? shownLast(window.localStorage) ?? examples[0];
const plugins = [HISTORY_PLUGIN, explorerPlugin()];
let token = "";

// Once the operation's tab is kept, loading the page again does not open another; before that it would be lost.
const forgetAsked = () => window.history.replaceState(null, "", window.location.pathname);

createRoot(document.getElementById("graphiql")).render(
  <GraphiQL
    fetcher={makeFetcher(address, window.sessionStorage, () => token)}
    storage={telling(window.localStorage, forgetAsked)}
    plugins={plugins}
    defaultTabs={asked ? [asked, ...examples] : examples}
    initialQuery={opened.query ?? ""}
    initialVariables={opened.variables ?? ""}
    defaultEditorToolsVisibility="variables"
  >
    <GraphiQL.Logo>
      <Token change={(given) => (token = given)} /> Matchkeeper
    </GraphiQL.Logo>
  </GraphiQL>,
);
