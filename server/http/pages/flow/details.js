// What is told about a status or a transition: on pointing at it, on a tap, and on reaching it with the keyboard.
let forget = () => {};

export function close() {
  forget();
}

// `picture`: the drawing; its titles become what is told in `place`.
export function open(picture, place) {
  const hint = place.firstElementChild.cloneNode(true);
  const said = new Map();
  let kept = null;

  const show = (group) => {
    place.replaceChildren(...(group ? told(said.get(group), badgeOf(group)) : [hint]));
    light(picture, group);
  };
  const keep = (group) => {
    show((kept = group));
    group?.scrollIntoView({ block: "nearest", inline: "nearest" }); // what is told may have come to lie over it
  };
  forget = () => keep(null);

  for (const group of picture.querySelectorAll(".status, .step[data-transition]")) {
    const title = group.querySelector("title");
    said.set(group, title.textContent.split("\n"));
    title.remove(); // the browser's own tooltip would say it a second time
    group.setAttribute("tabindex", "0");
    group.setAttribute("role", "button");
    group.setAttribute("data-label", group.getAttribute("aria-label"));
    group.addEventListener("pointerenter", ({ pointerType }) => pointerType === "mouse" && show(group));
    group.addEventListener("pointerleave", ({ pointerType }) => pointerType === "mouse" && show(kept));
    group.addEventListener("focus", () => keep(group));
    group.addEventListener("click", () => keep(group));
  }
  picture.addEventListener("click", (event) => {
    if (!event.target.closest("[tabindex]")) forget();
  });
  show(null);
}

function badgeOf(group) {
  return group.querySelector(".badge text")?.textContent;
}

// Lines of the form "Term: text" become a list; the others are sentences.
function told([heading, ...lines], many) {
  const list = document.createElement("dl");
  const sentences = [closing(), made("h2", heading)];
  if (many !== undefined) list.append(made("dt", "In it now"), made("dd", many));
  let last = null;
  for (const line of lines) {
    const [, term, text] = /^([A-Z][a-z ]{1,14}): (.*)$/s.exec(line) ?? [null, null, line];
    if (!term) {
      sentences.push(made("p", text));
      continue;
    }
    if (term !== last) list.append(made("dt", term));
    list.append(made("dd", text));
    last = term;
  }
  return [...sentences, list];
}

function closing() {
  const button = made("button", "×");
  button.type = "button";
  button.setAttribute("aria-label", "Close");
  button.addEventListener("click", close);
  return button;
}

function made(name, text) {
  const element = document.createElement(name);
  element.textContent = text;
  return element;
}

// Dims all but a transition with what it joins and sets off, or a status with the transitions around it.
function light(picture, group) {
  picture.querySelectorAll(".lit").forEach((each) => each.classList.remove("lit"));
  picture.classList.toggle("asked", group !== null);
  if (!group) return;
  const lit = new Set([group]);
  const own = group.closest("[id^='machine-']");
  const of = (selector) => [...picture.querySelectorAll(selector)];
  for (const line of own.querySelectorAll("[data-of]")) {
    const step = own.querySelector(`[data-transition="${CSS.escape(line.dataset.of)}"]`);
    const status = own.querySelector(`[data-status="${CSS.escape(line.dataset.status)}"].status`);
    if (group === step || group === status) [line, step, status].forEach((each) => lit.add(each));
    if (lit.has(line) && line.nextElementSibling?.matches(".tip")) lit.add(line.nextElementSibling);
  }
  const transition = group.dataset.transition;
  for (const thread of transition ? of(".thread[data-cause]") : []) {
    if (transition !== thread.dataset.cause && transition !== thread.dataset.follower) continue;
    [thread, thread.nextElementSibling].forEach((each) => lit.add(each));
    for (const end of [thread.dataset.cause, thread.dataset.follower]) {
      of(`[data-transition="${CSS.escape(end)}"]`).forEach((each) => lit.add(each));
    }
  }
  lit.forEach((each) => each.classList.add("lit"));
}
