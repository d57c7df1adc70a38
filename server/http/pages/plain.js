// Runs the operation in the form and shows the answer.
const field = (id) => document.getElementById(id);

// ?query=... and ?variables=..., as links of error pages and of the docs have them; nothing runs by itself.
const asked = new URLSearchParams(location.search);
for (const id of ["query", "variables"]) {
  if (asked.get(id)) field(id).value = asked.get(id);
}

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
