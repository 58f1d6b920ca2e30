// What you own: search, change, undo, completion, export and import.
import { ask, get, patch, post, remove } from "./api.js";
import { choices } from "./choices.js";
import { button, find, h, picture, select, toast } from "./dom.js";
import { cardSearch } from "./search.js";

const MOST = 200;
let typing = null;

export function startCollection() {
  find("collection-search").addEventListener("input", () => { clearTimeout(typing); typing = setTimeout(showCollection, 150); });
  find("collection-sort").addEventListener("change", showCollection);
  find("undo").addEventListener("click", undo);
  find("export").addEventListener("click", exportAll);
  find("import").addEventListener("click", () => find("import-input").click());
  find("import-input").addEventListener("change", (event) => { importFile(event.target.files[0]); event.target.value = ""; });
  find("completion").addEventListener("toggle", showCompletion);
}

export function offerChoices() {
  const options = (list) => list.map(([value, text]) => h("option", { value }, text));
  find("collection-sort").replaceChildren(...options(choices.sorts));
  find("export-format").replaceChildren(...options(choices.exports));
}

export async function showCollection() {
  const text = find("collection-search").value.trim();
  const query = new URLSearchParams({ sort: find("collection-sort").value || "newest", limit: MOST, ...(text && { text }) });
  try {
    const said = await get(`/v1/collection?${query}`);
    find("collection-count").textContent = `${said.cards.toLocaleString()} ${said.cards === 1 ? "card" : "cards"}`;
    find("collection-body").replaceChildren(said.copies.length ? table(said) : nothing(text));
    if (find("completion").open) showCompletion();
  } catch (problem) {
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
    h("td", {}, picture(copy.proof && `/v1/collection/${copy.id}/proof`)),
    h("td", {}, h("strong", {}, copy.name), h("div", { class: "muted small" }, `${copy.set_name} · ${copy.number}`)),
    h("td", {}, h("input", { type: "number", min: "1", max: "999999", value: copy.quantity, ...say("Quantity"), onchange: (event) => change("quantity")(Number(event.target.value)) })),
    h("td", {}, select(choices.finishes, copy.finish, change("finish"), say("Finish"))),
    h("td", {}, select(choices.conditions, copy.condition, change("condition"), say("Condition"))),
    h("td", {}, select(choices.languages, copy.language, change("language"), say("Language"))),
    h("td", { class: "small muted hide" }, new Date(copy.added_at).toLocaleDateString()),
    h("td", {}, h("div", { class: "row-actions" }, button("Correct", (event) => correctCopy(copy, event.currentTarget), { say: `Correct ${copy.name}` }),
      button(null, () => removeCopy(copy), { kind: "quiet", icon: "trash", say: `Remove ${copy.name}` }))));
}

async function save(copy, values) {
  try {
    Object.assign(copy, await patch(`/v1/collection/${copy.id}`, values));
  } catch (problem) {
    toast(problem.message, true);
    showCollection();
  }
}

function correctCopy(copy, opener) {
  const dialog = h("dialog", { class: "sheet narrow", "aria-labelledby": "correct-title" });
  const search = cardSearch("Type what it really is", async (card) => {
    await save(copy, { card_id: card.card_id });
    dialog.close();
    showCollection();
  });
  dialog.append(
    h("div", { class: "sheet-head" }, h("h2", { id: "correct-title" }, `Correct ${copy.name}`), button(null, () => dialog.close(), { kind: "quiet", icon: "close", say: "Close" })),
    h("div", {}, search));
  dialog.style.overflow = "visible";
  dialog.addEventListener("close", () => { dialog.remove(); if (opener.isConnected) opener.focus(); });
  document.body.append(dialog);
  dialog.showModal();
  dialog.querySelector("input").focus();
}

async function removeCopy(copy) {
  try {
    await remove(`/v1/collection/${copy.id}`);
    toast(`${copy.name} is removed; Undo brings it back`);
  } catch (problem) {
    toast(problem.message, true);
  }
  await showCollection();
  find("undo").focus();
}

export async function undo() {
  try {
    const event = await post("/v1/collection/undo");
    toast(event.summary.replace(/^undid \d+: /, "Undone: "));
  } catch (problem) {
    toast(problem.message, true);
  }
  if (!find("view-collection").hidden) await showCollection();
}

function exportAll() {
  const link = h("a", { href: `/v1/collection/export/${find("export-format").value}`, download: true });
  document.body.append(link);
  link.click();
  link.remove();
}

async function importFile(file) {
  if (!file) return;
  try {
    const form = new FormData();
    form.append("file", file, file.name);
    report(await ask("POST", "/v1/collection/import", form));
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
    const { sets } = await get("/v1/collection/completion");
    find("completion-body").replaceChildren(sets.length ? h("div", { class: "sets" }, sets.map(setMeter)) : h("p", { class: "muted" }, "No set is begun yet."));
  } catch (problem) {
    find("completion-body").textContent = problem.message;
  }
}

function setMeter({ name, owned, total }) {
  return h("label", { class: "field" }, h("span", { class: "small" }, `${name}: ${owned} of ${total}`), h("progress", { max: total, value: owned }));
}

