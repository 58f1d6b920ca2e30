// What you own: search, change, merge, undo, history, completion, export and import.
import { ask, get, patch, post, remove } from "./api.js";
import { choices } from "./choices.js";
import { openCopy } from "./copy.js";
import { button, find, h, picture, select, toast } from "./dom.js";
import { letGo } from "./rows.js";
import { inShelf, loadShelves, startShelves } from "./shelves.js";

const MOST = 200;
let typing = null;
let asked = 0;

export function startCollection() {
  find("collection-search").addEventListener("input", () => { clearTimeout(typing); typing = setTimeout(showCollection, 150); });
  find("collection-sort").addEventListener("change", showCollection);
  find("undo").addEventListener("click", () => undo());
  find("merge").addEventListener("click", merge);
  find("export").addEventListener("click", exportAll);
  find("import").addEventListener("click", () => find("import-input").click());
  find("import-input").addEventListener("change", (event) => { importFile(event.target.files[0]); event.target.value = ""; });
  find("completion").addEventListener("toggle", showCompletion);
  find("history").addEventListener("toggle", showHistory);
  startShelves(showCollection);
}

export function offerChoices() {
  const options = (list) => list.map(([value, text]) => h("option", { value }, text));
  find("collection-sort").replaceChildren(...options(choices.sorts));
  find("export-format").replaceChildren(...options(choices.exports));
}

/** Answers may come in another order than they were asked for: the last asked is the one shown. */
export async function showCollection() {
  const mine = ++asked;
  const text = find("collection-search").value.trim();
  const query = new URLSearchParams({ sort: find("collection-sort").value || "newest", limit: MOST, ...(text && { text }) });
  try {
    await loadShelves();
    const said = await get(inShelf(`/v1/collection?${query}`));
    if (mine !== asked) return;
    find("collection-count").textContent = `${said.cards.toLocaleString()} ${said.cards === 1 ? "card" : "cards"}`;
    find("collection-body").replaceChildren(said.copies.length ? table(said) : nothing(text));
    showCompletion();
    showHistory();
  } catch (problem) {
    if (mine !== asked) return;
    find("collection-body").replaceChildren(h("p", { class: "empty" }, problem.message));
  }
}

const nothing = (text) => h("div", { class: "empty" },
  h("p", {}, text ? `Nothing with “${text}”` : "Nothing here yet"),
  !text && h("p", {}, "Show cards to the camera or drop photos, then add them from the list. Or import a file of another app."));

function table({ copies, entries }) {
  const head = ["Picture", "Card", "Quantity", "Finish", "Condition", "Language", "Added", "Change"];
  return h("div", {}, h("div", { class: "table-wrap", tabindex: "0", role: "region", "aria-label": "Copies" }, h("table", { class: "copies" },
    h("thead", {}, h("tr", {}, head.map((text) => h("th", { scope: "col" }, text)))),
    h("tbody", {}, copies.map(line)))),
    entries > copies.length && h("p", { class: "muted small" }, `The first ${copies.length} of ${entries}; search to see others.`));
}

function line(copy) {
  const change = (name) => (value) => save(copy, { [name]: value });
  const say = (name) => ({ "aria-label": `${name} of ${copy.name}` });
  return h("tr", { "data-copy": copy.id },
    h("td", {}, picture(copy.proof && inShelf(`/v1/collection/${copy.id}/proof`))),
    h("td", {}, h("strong", {}, copy.name), h("div", { class: "muted small" }, `${copy.set_name} · ${copy.number}`),
      h("div", { class: "badges" }, copy.tags.map((tag) => h("span", { class: "badge corrected" }, tag)))),
    h("td", {}, h("input", { type: "number", min: "1", max: "999999", value: copy.quantity, ...say("Quantity"), onchange: (event) => change("quantity")(Number(event.target.value)) })),
    h("td", {}, select(choices.finishes, copy.finish, change("finish"), say("Finish"))),
    h("td", {}, select(choices.conditions, copy.condition, change("condition"), say("Condition"))),
    h("td", {}, select(choices.languages, copy.language, change("language"), say("Language"))),
    h("td", { class: "small muted hide" }, new Date(copy.added_at).toLocaleDateString()),
    h("td", {}, h("div", { class: "row-actions" }, button("More", () => openCopy(copy, (values) => save(copy, values), showCollection), { say: `More about ${copy.name}` }),
      button(null, () => removeCopy(copy), { kind: "quiet", icon: "trash", say: `Remove ${copy.name}` }))));
}

async function save(copy, values) {
  try {
    Object.assign(copy, await patch(inShelf(`/v1/collection/${copy.id}`), values));
    return true;
  } catch (problem) {
    toast(problem.message, true);
    showCollection();
    return false;
  }
}

async function removeCopy(copy) {
  try {
    await remove(inShelf(`/v1/collection/${copy.id}`));
    letGo([copy.id]);
    toast(`${copy.name} is removed; Undo brings it back`);
  } catch (problem) {
    toast(problem.message, true);
  }
  await showCollection();
  find("undo").focus();
}

/** Take back the last change, or that one of the history. */
export async function undo(id) {
  try {
    const event = await post(inShelf(id ? `/v1/collection/undo?event=${id}` : "/v1/collection/undo"));
    letGo(event.gone);
    toast(event.summary.replace(/^undid \d+: /, "Undone: "));
  } catch (problem) {
    toast(problem.message, true);
  }
  if (!find("view-collection").hidden) await showCollection();
}

async function merge() {
  try {
    const { merged } = await post(inShelf("/v1/collection/merge"));
    toast(merged ? `${merged} ${merged === 1 ? "entry is" : "entries are"} now part of another; Undo takes it back` : "No two entries are alike");
  } catch (problem) {
    toast(problem.message, true);
  }
  await showCollection();
}

function exportAll() {
  const link = h("a", { href: inShelf(`/v1/collection/export/${find("export-format").value}`), download: true });
  document.body.append(link);
  link.click();
  link.remove();
}

async function importFile(file) {
  if (!file) return;
  try {
    const form = new FormData();
    form.append("file", file, file.name);
    report(await ask("POST", inShelf("/v1/collection/import"), form));
  } catch (problem) {
    toast(problem.message, true);
  }
}

async function report(said) {
  await showCollection();
  const lines = said.problems.slice(0, 20).map((text) => h("li", {}, text));
  const box = h("div", { class: "report", role: "status" },
    h("p", {}, h("strong", {}, said.summary), " Undo takes the whole import back."),
    lines.length > 0 && h("ul", { class: "small muted" }, lines));
  find("collection-body").prepend(box);
}

async function showCompletion() {
  if (!find("completion").open) return;
  try {
    const { sets } = await get(inShelf("/v1/collection/completion"));
    find("completion-body").replaceChildren(sets.length ? h("div", { class: "sets" }, sets.map(setMeter)) : h("p", { class: "muted" }, "No set is begun yet."));
  } catch (problem) {
    find("completion-body").textContent = problem.message;
  }
}

function setMeter({ name, owned, total }) {
  return h("label", { class: "field" }, h("span", { class: "small" }, `${name}: ${owned} of ${total}`), h("progress", { max: total, value: owned }));
}

async function showHistory() {
  if (!find("history").open) return;
  try {
    const { events } = await get(inShelf("/v1/collection/history"));
    find("history-body").replaceChildren(...(events.length ? events.map(eventLine) : [h("li", { class: "muted" }, "Nothing was done yet.")]));
  } catch (problem) {
    find("history-body").replaceChildren(h("li", {}, problem.message));
  }
}

function eventLine({ id, at, summary, undone }) {
  return h("li", {}, h("span", { class: "muted small" }, new Date(at).toLocaleString()), h("span", {}, summary),
    undone ? h("span", { class: "muted small" }, "undone") : button("Undo", () => undo(id), { say: `Undo: ${summary}` }));
}
