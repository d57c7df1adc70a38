// Monaco's workers, from our own address: the page asks nobody outside.
const files = { graphql: "worker-graphql.js", json: "worker-json.js" };

globalThis.MonacoEnvironment = {
  getWorker(_id, label) {
    return new Worker(new URL(files[label] ?? "worker-editor.js", import.meta.url));
  },
};
