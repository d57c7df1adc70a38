// A person's profile. Every button on it comes from availableTransitions: this page knows no status and no rule.
import { act } from "./act.js";
import { ask, make, NotSignedIn, signIn } from "./api.js";

const SUBJECT = `
fragment Subject on Subject {
  id
  statuses { machine since status { label short category description } }
  fields { label valueLabel }
}`;
const PROFILE = `
query Profile($id: ID!, $all: Boolean!) {
  user(id: $id) {
    ...Subject
    name
    email
    program { key supportContact rules { machines { key label } } }
    personas(includeInactive: $all) {
      ...Subject
      role
      status { key }
      matchStatus { key }
      partnerSite { name }
      mentorSiteList
      matches { ...Subject canCommunicate communicationBlockers mentor { user { name } } mentee { user { name } } }
    }
    availableTransitions(includeBlocked: true) {
      allowed
      role
      subject { id version }
      transition { key label help creates }
      inputs { key label type isRequired choices { key label } }
      blockers { message }
      warnings { code message }
    }
    history(last: 10) { nodes { id effectiveAt actorName from { label } to { label } note } }
  }
}
${SUBJECT}`;
const SEARCH = `
query Search($wanted: String!) {
  users(filter: { search: $wanted }, first: 8) { nodes { id name status { label } } }
}`;

const part = (id) => document.getElementById(id);
const shown = { id: "", all: false };

async function show() {
  const { user } = await ask(PROFILE, shown);
  if (!user) throw new Error("There is no such person, or you may not see them.");
  const machines = Object.fromEntries(user.program.rules.machines.map(({ key, label }) => [key, label]));
  const view = { user, machines };
  document.title = user.name;
  part("profile").replaceChildren(
    record(view, user, "h1", user.name, user.email),
    ...user.personas.flatMap((persona) => [
      record(view, persona, "h2", `Persona: ${word(persona.role)}`, place(persona)),
      ...persona.matches.map((match) => record(view, match, "h3", pair(match), talk(match))),
    ]),
    make("label", {}, tick(), " Show all personas"),
    history(user.history.nodes),
    make("p", { className: "soft" }, help(user.program)),
  );
}

const word = (key) => key[0] + key.slice(1).toLowerCase();
const place = ({ partnerSite, mentorSiteList }) =>
  [partnerSite?.name ?? "No partner site", mentorSiteList && `list ${mentorSiteList}`].filter(Boolean).join(", ");
const pair = ({ mentor, mentee }) => `Match: ${mentor.user.name} and ${mentee.user.name}`;
const help = ({ supportContact }) => (supportContact ? `Problems? Ask ${supportContact}.` : "");
const talk = ({ canCommunicate, communicationBlockers }) =>
  canCommunicate ? "They can write to each other." : `They cannot write to each other: ${communicationBlockers.join(" ")}`;

// One record: its statuses, its fields, its buttons, and why the others are missing.
function record({ user, machines }, subject, heading, title, about) {
  const options = user.availableTransitions.filter((option) => option.subject.id === subject.id);
  const held = subject.fields.filter(({ valueLabel }) => valueLabel);
  return make(
    "section",
    { className: heading },
    make(heading, {}, title),
    about ? make("p", { className: "soft" }, about) : null,
    make(
      "dl",
      {},
      ...subject.statuses.flatMap((each) => [make("dt", {}, machines[each.machine]), badge(each)]),
      ...held.flatMap(({ label, valueLabel }) => [make("dt", {}, label), make("dd", {}, valueLabel)]),
    ),
    buttons(user.program.key, subject, options.filter(({ allowed }) => allowed)),
    reasons(options.filter(({ allowed }) => !allowed)),
  );
}

const name = ({ transition, role }) => transition.label + (role ? ` (${word(role)})` : "");

function buttons(program, beside, options) {
  const press = (option) => attempt(async () => finish(await act({ ...option, label: name(option), program, beside })));
  const pressed = (option) => ({ type: "button", title: option.transition.help ?? "", onclick: () => press(option) });
  return make("p", {}, ...options.map((option) => make("button", pressed(option), name(option))));
}

function reasons(options) {
  if (options.length === 0) return null;
  const rows = options.map((option) =>
    make("li", {}, make("b", {}, name(option)), `: ${option.blockers.map(({ message }) => message).join(" ")}`),
  );
  return make("details", {}, make("summary", {}, `Not possible now (${rows.length})`), make("ul", {}, ...rows));
}

function badge({ status, since }) {
  const day = new Date(since).toLocaleDateString(undefined, { dateStyle: "medium" });
  const text = make("span", { className: `badge ${status.category}`, title: status.description ?? "" }, status.label);
  return make("dd", {}, text, make("span", { className: "soft" }, ` since ${day}`));
}

function tick() {
  const onchange = ({ target }) => attempt(() => open(shown.id, target.checked));
  return make("input", { type: "checkbox", checked: shown.all, onchange });
}

function history(changes) {
  const told = changes.toReversed().map(({ effectiveAt, actorName, from, to, note }) => {
    const moved = `${from ? `${from.label} to ` : ""}${to.label}, by ${actorName}`;
    return make("li", {}, `${new Date(effectiveAt).toLocaleString()}: ${moved}${note ? `. ${note}` : ""}`);
  });
  return make("details", {}, make("summary", {}, "User history"), make("ul", {}, ...told));
}

async function open(id, all = false) {
  Object.assign(shown, { id, all });
  await show();
}

async function finish(text) {
  await show();
  part("profile").focus();
  return text;
}

// Does something, and says what came of it.
async function attempt(work) {
  try {
    part("said").textContent = (await work()) ?? "";
    part("door").hidden = true;
  } catch (error) {
    part("said").textContent = error.message;
    part("door").hidden = !(error instanceof NotSignedIn);
    if (error instanceof NotSignedIn) part("token").focus();
  }
}

async function search() {
  const { users } = await ask(SEARCH, { wanted: part("wanted").value });
  const row = ({ id, name, status }) => make("li", {}, make("a", { href: `#${id}` }, name), ` ${status.label}`);
  part("found").replaceChildren(...users.nodes.map(row));
  if (users.nodes.length === 0) throw new Error("Nobody was found. Try a part of the name or of the e-mail address.");
}

function arrive() {
  part("act").close();
  return attempt(() => (location.hash ? open(decodeURIComponent(location.hash.slice(1))) : search()));
}

const submitted = (id, work) => part(id).addEventListener("submit", (event) => (event.preventDefault(), work()));
submitted("search", () => attempt(search));
submitted("door", () => (signIn(part("token").value.trim()), arrive()));
addEventListener("hashchange", () => (part("found").replaceChildren(), arrive()));
arrive();
