// Draws the flow of a program and tells about whatever is pointed at. All of it comes from the API, with the token of
// whoever looks; the token is kept as long as the page is open, and written down nowhere.
import { close, open } from "./details.js";

const REFRESH_MS = 15_000;
const NARROW = 700;
const LEAST_SCALE = { narrow: 0.8, wide: 0.6 }; // smaller letters could not be read: the picture scrolls instead
const COUNTED_AT_ONCE = 20;
const SVG = "http://www.w3.org/2000/svg";

const part = (id) => document.getElementById(id);
const shown = { programs: [], program: null, machine: null, revision: null };
let token = "";

class NotSignedIn extends Error {}

async function ask(query, variables = {}) {
  const response = await fetch("/graphql", {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      Accept: "application/json",
      ...(token && { Authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ query, variables }),
  });
  if (response.status === 401) throw new NotSignedIn();
  const answer = await response.json();
  if (answer.errors) throw new Error(answer.errors[0].message);
  return answer.data;
}

async function start() {
  const { programs } = await ask("{ programs { key name rules { machines { key label } } } }");
  shown.programs = programs;
  part("program").replaceChildren(...programs.map(({ key, name }) => new Option(name, key)));
  part("choice").hidden = programs.length < 2;
  part("door").hidden = true;
  part("main").hidden = programs.length === 0;
  if (programs.length === 0) throw new Error("There is no program that you may see.");
  await choose(...wanted());
}

// What the address asks for: #program/machine. On a narrow screen one machine is enough to begin with.
function wanted() {
  const [key, machine] = decodeURIComponent(location.hash.slice(1)).split("/");
  const program = shown.programs.find((each) => each.key === key) ?? shown.programs[0];
  const known = program.rules.machines.map((each) => each.key);
  const first = machine === undefined && innerWidth < NARROW ? known[0] : null;
  return [program, known.includes(machine) ? machine : first];
}

async function choose(program, machine) {
  Object.assign(shown, { program, machine });
  part("program").value = program.key;
  const tabs = [{ key: null, label: "All" }, ...program.rules.machines];
  part("machines").replaceChildren(...tabs.map((tab) => button(program, tab, tab.key === machine)));
  await draw();
}

function button(program, { key, label }, pressed) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = label;
  made.setAttribute("aria-pressed", pressed);
  made.addEventListener("click", () => {
    history.replaceState(null, "", `#${encodeURIComponent(program.key)}/${encodeURIComponent(key ?? "")}`);
    attempt(() => choose(program, key));
  });
  return made;
}

async function draw() {
  const { program, machine } = shown;
  const query = "query($program: String, $machine: String) { program(key: $program) { rules { revision chart(machine: $machine) } } }";
  const { rules } = (await ask(query, { program: program.key, machine })).program;
  if (shown.program !== program || shown.machine !== machine) return; // somebody was quicker with the next choice
  shown.revision = rules.revision;
  // The page's policy has no room for a style sheet within a picture: it is handed to the browser by itself.
  const [inner, style] = /<style>(.*?)<\/style>/s.exec(rules.chart);
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(style);
  document.adoptedStyleSheets = [sheet];
  const drawn = new DOMParser().parseFromString(rules.chart.replace(inner, ""), "image/svg+xml");
  const picture = document.importNode(drawn.documentElement, true);
  const width = picture.viewBox.baseVal.width;
  picture.style.maxWidth = `${width}px`;
  picture.style.minWidth = `${width * LEAST_SCALE[innerWidth < NARROW ? "narrow" : "wide"]}px`;
  part("picture").replaceChildren(picture);
  open(picture, part("details"));
  await count();
}

// How many records are in each status, as far as whoever looks may know.
async function count() {
  const { program, machine, revision } = shown;
  const machines = program.rules.machines.map((each) => each.key).filter((key) => machine === null || key === machine);
  for (let begin = 0; begin < machines.length; begin += COUNTED_AT_ONCE) {
    const some = machines.slice(begin, begin + COUNTED_AT_ONCE);
    const declared = some.map((_, place) => `$m${place}: String!`).join(", ");
    const fields = some.map((_, place) => `c${place}: statusCounts(machine: $m${place}) { status { key } count }`);
    const variables = Object.fromEntries(some.map((key, place) => [`m${place}`, key]));
    const query = `query($program: String, ${declared}) { program(key: $program) { rules { revision } ${fields.join(" ")} } }`;
    const found = (await ask(query, { program: program.key, ...variables })).program;
    if (shown.program !== program || shown.machine !== machine) return;
    if (found.rules.revision !== revision) return start(); // the rules have changed meanwhile
    some.forEach((key, place) => found[`c${place}`].forEach((each) => badge(key, each)));
  }
}

function badge(machine, { status, count: many }) {
  const box = document.getElementById(`status-${machine}-${status.key}`);
  if (!box) return; // the rules have dropped it, somebody is still in it
  box.querySelector(".badge")?.remove();
  const { x, y, width } = box.querySelector("rect").getBBox();
  const wide = 12 + 7 * String(many).length;
  const made = element("g", { class: many ? "badge" : "badge none" });
  const label = element("text", { x: x + width - 4, y: y + 4, "text-anchor": "middle" });
  label.textContent = many;
  made.append(element("rect", { x: x + width - 4 - wide / 2, y: y - 9, width: wide, height: 18, rx: 9 }), label);
  box.append(made);
  box.setAttribute("aria-label", `${box.getAttribute("data-label")}, ${many} now`);
}

function element(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

async function attempt(work) {
  part("trouble").hidden = true;
  try {
    await work();
  } catch (error) {
    if (error instanceof NotSignedIn) return letIn();
    part("trouble").textContent = `The flow cannot be shown: ${error.message}`;
    part("trouble").hidden = false;
  }
}

function letIn() {
  part("main").hidden = true;
  part("machines").replaceChildren();
  part("picture").replaceChildren();
  part("choice").hidden = true;
  if (token) part("reason").textContent = "That token was not accepted. Ask for a new one.";
  part("door").hidden = false;
  part("token").focus();
}

part("door").addEventListener("submit", (event) => {
  event.preventDefault();
  token = part("token").value.trim();
  part("token").value = "";
  attempt(start);
});
part("program").addEventListener("change", ({ target }) => {
  history.replaceState(null, "", `#${encodeURIComponent(target.value)}`);
  attempt(() => choose(...wanted()));
});
addEventListener("hashchange", () => attempt(() => choose(...wanted())));
addEventListener("keydown", ({ key }) => key === "Escape" && close());
setInterval(() => !document.hidden && !part("main").hidden && attempt(count), REFRESH_MS);
attempt(start);
