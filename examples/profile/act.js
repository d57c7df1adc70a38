// Presses a button: asks its questions, sends it, and shows what comes of it: done, to be confirmed, or refused.
import { ask, make } from "./api.js";

const PERFORM = `
mutation Perform($input: PerformTransitionInput!) {
  performTransition(input: $input) {
    change { to { label } }
    sideEffects { id }
    userErrors {
      message
      path
      ... on TransitionNotAllowedError { blockers { message } }
      ... on ConfirmationRequiredError { warnings { code message } }
    }
  }
}`;
const PARTNERS = `
query Partners($program: String!, $filter: PersonaFilter!) {
  personas(program: $program, filter: $filter, first: 100) {
    nodes { id user { name } partnerSite { name } availableTransitions { transition { key } } }
  }
}`;
const SITES = "query Sites($program: String!) { sites(program: $program) { key name } }";
const KINDS = { date: "date", integer: "number" };
const YES_NO = [{ key: "true", label: "Yes" }, { key: "false", label: "No" }];

const part = (id) => document.getElementById(id);

/**
 * Opens the form of a button, and is done when that is closed: with what was done, or an empty text.
 * `beside`: the record that the button stands on.
 */
export async function act(option) {
  const asked = await Promise.all(option.inputs.map((input) => question(input, option.program)));
  const note = labelled("Note for history", make("textarea", { name: "note", maxLength: 2000 }));
  part("title").textContent = part("send").textContent = option.label;
  part("help").textContent = option.transition.help ?? "";
  part("questions").replaceChildren(...(await partner(option)), ...asked, ...option.warnings.map(caution), note);
  part("errors").replaceChildren();
  const dialog = part("act");
  dialog.returnValue = "";
  dialog.querySelector("form").onsubmit = (event) => {
    event.preventDefault();
    send(option, event.target).catch((error) => refused([error]));
  };
  part("cancel").onclick = () => dialog.close();
  dialog.showModal();
  return new Promise((closed) => (dialog.onclose = () => closed(dialog.returnValue)));
}

// For a new match: whoever of the other role is where this persona is, and could be matched as their own buttons say.
async function partner({ transition, beside, program }) {
  if (transition.creates !== "pair") return [];
  const role = beside.role === "MENTOR" ? "MENTEE" : "MENTOR";
  const filter = { role, statusIn: [beside.status.key], matchStatusIn: [beside.matchStatus.key] };
  const { personas } = await ask(PARTNERS, { program, filter });
  const can = ({ availableTransitions: offered }) => offered.some((each) => each.transition.key === transition.key);
  const told = ({ user, partnerSite }) => `${user.name}, ${partnerSite?.name ?? "no partner site"}`;
  const choices = personas.nodes.filter(can).map((each) => ({ key: each.id, label: told(each) }));
  return [labelled("With whom?", select({ name: "partner", required: true }, choices))];
}

async function question({ key, label, type, isRequired: required, choices }, program) {
  const properties = { name: `answer.${key}`, required };
  switch (type) {
    case "choice":
      return labelled(label, select(properties, choices));
    case "boolean":
      return labelled(label, select(properties, YES_NO));
    case "reference":
      return labelled(label, select(properties, (await ask(SITES, { program })).sites));
    case "choices": {
      const ticks = choices.map((each) => tick(each.label, properties.name, each.key));
      return make("fieldset", {}, make("legend", {}, label), ...ticks);
    }
    case "text":
      return labelled(label, make("textarea", properties));
    default:
      return labelled(label, make("input", { ...properties, type: KINDS[type] ?? "text" }));
  }
}

function select(properties, choices) {
  const listed = choices.map(({ key, label, name }) => make("option", { value: key }, label ?? name));
  return make("select", properties, make("option", { value: "" }, "Please choose"), ...listed);
}

const tick = (text, name, value, required = false) =>
  labelled(text, make("input", { type: "checkbox", name, value, required }));

const caution = ({ code, message }) => tick(message, "confirm", code, true);

function labelled(text, input) {
  const words = make("span", {}, input.required ? `${text} *` : text);
  return make("label", {}, ...(input.type === "checkbox" ? [input, words] : [words, input]));
}

async function send(option, form) {
  const given = new FormData(form);
  const answers = option.inputs
    .map(({ key, type }) => ({ key, sent: given.getAll(`answer.${key}`).filter(Boolean), several: type === "choices" }))
    .filter(({ sent }) => sent.length > 0)
    .map(({ key, sent, several }) => (several ? { key, values: sent } : { key, value: sent[0] }));
  const input = {
    transition: option.transition.key,
    subjectId: option.subject.id,
    partnerId: given.get("partner"),
    role: option.role,
    answers,
    options: {
      note: given.get("note") || null,
      confirm: given.getAll("confirm"),
      expectedVersion: option.subject.version,
    },
  };
  const { change, sideEffects, userErrors } = (await ask(PERFORM, { input })).performTransition;
  if (userErrors.length > 0) return void refused(userErrors, answers);
  const more = sideEffects.length > 0 ? `, with ${sideEffects.length} further change(s)` : "";
  part("act").close(`${option.label}: now ${change.to.label}${more}.`);
}

// Errors are data: every reason in the words of the rules, at its question where the path names one.
function refused(errors, answers = []) {
  const known = new Set([...part("questions").querySelectorAll("[name=confirm]")].map(({ value }) => value));
  const cautions = errors.flatMap(({ warnings = [] }) => warnings).filter(({ code }) => !known.has(code));
  part("questions").append(...cautions.map(caution));
  const reasons = errors.flatMap(({ message, blockers = [] }) => [message, ...blockers.map((each) => each.message)]);
  part("errors").replaceChildren(make("ul", {}, ...[...new Set(reasons)].map((text) => make("li", {}, text))));
  const places = errors.map(({ path }) => answers[path?.[path.indexOf("answers") + 1]]?.key ?? path?.at(-1));
  const asked = [...part("questions").querySelectorAll("[name]")];
  const wrong = asked.find(({ name }) => places.some((key) => name === `answer.${key}`));
  (wrong ?? part("send")).focus();
}
