// Elements without innerHTML: what comes from outside is only ever text.
const SVG = "http://www.w3.org/2000/svg";
const SVG_TAGS = new Set(["svg", "use", "polygon", "g"]);

export const find = (id) => document.getElementById(id);

/** h("button", {class: "quiet", onclick: f, "aria-label": "…"}, "text", child, …) */
export function h(tag, attributes = {}, ...children) {
  const element = SVG_TAGS.has(tag) ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) set(element, name, value);
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export const icon = (name) => h("svg", { "aria-hidden": "true" }, h("use", { href: `/icons.svg#${name}` }));

export function button(label, onclick, { kind = "", icon: picture, say, keys } = {}) {
  const attributes = { type: "button", class: kind, onclick, "aria-label": say, "aria-keyshortcuts": keys };
  return h("button", attributes, picture && icon(picture), label);
}

export function select(options, chosen, onchange, attributes = {}) {
  const known = options.some(([value]) => value === chosen) ? options : [...options, [chosen, chosen]];
  const element = h("select", { onchange: () => onchange(element.value), ...attributes },
    known.map(([value, text]) => h("option", { value }, text)));
  element.value = chosen;
  return element;
}

function set(element, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
  else if (name === "value") element.value = value;
  else element.setAttribute(name, value === true ? "" : value);
}

export const percent = (chance) => (chance >= 0.9995 ? "> 99.9 %" : `${(Math.floor(chance * 1000) / 10).toFixed(1)} %`);

/** A picture of a card, or an empty pocket. */
export function picture(source, alt = "") {
  return source ? h("img", { src: source, alt, loading: "lazy" }) : h("span", { class: "blank", "aria-hidden": "true" });
}

const toasts = find("toasts"), announcer = find("announcer"), opened = [];

/** Open a dialog over the page. Messages move into it: what lies outside is neither seen nor announced meanwhile. */
export function openDialog(dialog) {
  dialog.showModal();
  opened.push(dialog);
  dialog.append(toasts, announcer);
  dialog.addEventListener("close", () => {
    opened.splice(opened.indexOf(dialog), 1);
    (opened.at(-1) ?? document.body).append(toasts, announcer);
  }, { once: true });
}

let fading = null;
export function toast(text, bad = false) {
  const box = h("div", { class: bad ? "toast bad" : "toast" }, text);
  toasts.replaceChildren(box);
  clearTimeout(fading);
  fading = setTimeout(() => box.remove(), bad ? 8000 : 4000);
}

/** Say something to a screen reader alone. */
export function announce(text) {
  const line = h("p", {}, text);
  announcer.append(line);
  setTimeout(() => line.remove(), 5000);
}
