// Runs the operation in the form and shows the answer.
const field = (id) => document.getElementById(id);

async function run() {
  const variables = JSON.parse(field("variables").value || "{}");
  const token = field("token").value.trim();
  const response = await fetch("/graphql", {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      Accept: "application/json",
      ...(token && { Authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ query: field("query").value, variables }),
  });
  return JSON.stringify(await response.json(), null, 2);
}

field("operation").addEventListener("submit", async (event) => {
  event.preventDefault();
  field("answer").value = await run().catch((error) => `Not sent: ${error.message}`);
});
