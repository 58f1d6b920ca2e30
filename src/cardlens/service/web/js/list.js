// The list beside the camera and the photos.
import { announce, button, find, h, icon, percent, picture, toast } from "./dom.js";
import { addRow } from "./collecting.js";
import { counts } from "./letters.js";
import { drop, empty, rows, verdict, watch } from "./rows.js";

const shown = new Map(); // row id -> element
let open = () => {};

export function startList(openEvidence) {
  open = openEvidence;
  watch(update);
  find("list-add").addEventListener("click", addAll);
  find("list-clear").addEventListener("click", clear);
  find("rows").addEventListener("keydown", move);
}

function update(row, what) {
  if (what === "restored") rows.forEach((one) => find("rows").append(make(one)));
  else if (what === "emptied") { shown.clear(); find("rows").replaceChildren(); }
  else if (what === "added") { find("rows").prepend(make(row, true)); announce(inWords(row)); }
  else if (what === "dropped") { shown.get(row.id)?.remove(); shown.delete(row.id); }
  else replace(row);
  count();
}

function replace(row) {
  const before = shown.get(row.id);
  if (!before) return;
  const focused = before.contains(document.activeElement);
  before.replaceWith(make(row));
  if (focused) focusRow(shown.get(row.id));
}

function make(row, fresh = false) {
  const { kind, text } = verdict(row, percent);
  const name = row.chosen?.name ?? "Unknown card";
  const times = row.quantity > 1 ? ` × ${row.quantity}` : "";
  const where = row.chosen ? `${row.chosen.set_name} · ${row.chosen.number}` : "choose it yourself";
  const opener = h("button", { type: "button", class: "row-open", onclick: () => open(row), "aria-label": `${inWords(row)}. Open` },
    picture(row.answer.crop),
    h("span", { class: "row-text" },
      h("span", { class: "name" }, name + times), h("span", { class: "where" }, where),
      h("span", { class: `badge ${kind}` }, text)));
  const element = h("li", { class: fresh ? "row fresh" : "row", "data-row": row.id }, opener, action(row, name));
  shown.set(row.id, element);
  return element;
}

function action(row, name) {
  if (row.copy) return h("span", { class: "kept", title: "In your collection" }, icon("check"), h("span", { class: "visually-hidden" }, "in your collection"));
  if (!row.chosen) return null;
  return button(null, () => addOne(row), { kind: "quiet", icon: "plus", say: `Add ${name} to the collection` });
}

export function inWords(row) {
  const { text } = verdict(row, percent);
  return row.chosen ? `${row.chosen.name}, ${row.chosen.set_name}, ${row.chosen.number}, ${text}` : "Unknown card";
}

function count() {
  const addable = rows.filter((row) => row.chosen && !row.copy).length;
  find("list-count").textContent = rows.reduce((sum, row) => sum + row.quantity, 0);
  find("list-empty").hidden = rows.length > 0;
  find("list-clear").hidden = rows.length === 0;
  find("list-add").hidden = addable === 0;
  find("list-add").textContent = addable > 1 ? `Add all ${addable} to collection` : "Add to collection";
}

export async function addOne(row) {
  try {
    await addRow(row);
    toast(`${row.chosen.name} is in your collection`);
  } catch (problem) {
    toast(problem.message, true);
  }
}

export async function addAll() {
  const wanted = rows.filter((row) => row.chosen && !row.copy).reverse();
  find("list-add").disabled = true;
  try {
    for (const row of wanted) await addRow(row);
    if (wanted.length) toast(`${wanted.length} ${wanted.length === 1 ? "card is" : "cards are"} in your collection`);
  } catch (problem) {
    toast(problem.message, true);
  } finally {
    find("list-add").disabled = false;
  }
}

function clear() {
  const waiting = rows.filter((row) => row.chosen && !row.copy).length;
  if (waiting && !confirm(`${waiting} of these are not in your collection. Empty the list all the same?`)) return;
  empty();
  find("main").focus();
}

function move(event) {
  const element = event.target.closest(".row");
  if (!element) return;
  const row = rows.find((one) => one.id === element.dataset.row);
  const next = { ArrowDown: element.nextElementSibling, ArrowUp: element.previousElementSibling }[event.key];
  if (next) { focusRow(next); event.preventDefault(); }
  else if (event.key === "Delete" && row) {
    const neighbour = element.nextElementSibling ?? element.previousElementSibling;
    drop(row);
    neighbour ? focusRow(neighbour) : find("main").focus();
  } else if (event.key === "a" && counts(event) && !event.shiftKey && row?.chosen && !row.copy) addOne(row);
}

export const focusRow = (element) => element?.querySelector(".row-open").focus();
export const focusList = () => focusRow(find("rows").firstElementChild);
