// One copy of your collection, whole: which card it is, where it lies, what it cost, what you want to remember.
import { button, h, openDialog, picture } from "./dom.js";
import { cardSearch } from "./search.js";
import { inShelf } from "./shelves.js";

/** `save(values)` changes the copy and gives whether it could; `changed` is called when the sheet is closed. */
export function openCopy(copy, save, changed) {
  const sheet = h("dialog", { class: "sheet narrow copy", "aria-labelledby": "copy-title" },
    h("div", { class: "sheet-head" }, h("h2", { id: "copy-title" }, copy.name), button(null, () => sheet.close(), { kind: "quiet", icon: "close", say: "Close" })),
    h("div", { class: "copy-about" }, picture(copy.proof && inShelf(`/v1/collection/${copy.id}/proof`), `Your picture of ${copy.name}`),
      h("div", { class: "small muted" }, facts(copy).map((text) => h("p", {}, text)))),
    h("div", {}, cardSearch("Another card? Type what it really is", async (card) => { if (await save({ card_id: card.card_id })) sheet.close(); })),
    h("div", { class: "details" }, fields(copy, save)));
  document.body.append(sheet);
  openDialog(sheet);
  sheet.addEventListener("close", async () => {
    sheet.remove();
    await changed();
    document.querySelector(`[data-copy="${copy.id}"] .row-actions button`)?.focus();
  });
}

function facts(copy) {
  const day = (text) => new Date(text).toLocaleDateString();
  return [`${copy.set_name} · ${copy.number}`, copy.card_id, copy.scanned_from && `Seen in: ${copy.scanned_from}`, `Added ${day(copy.added_at)}`,
    copy.acquired_on && `Yours since ${day(copy.acquired_on)}`].filter(Boolean);
}

function fields(copy, save) {
  const money = (price_paid, currency) => save({ price_paid, currency: price_paid ? currency : null });
  return [
    text("Place", copy.place, (value) => save({ place: value }), "red binder, page 3"),
    text("Tags", copy.tags.join(", "), (value) => save({ tags: value ? [...new Set(value.split(",").map((tag) => tag.trim()).filter(Boolean))] : [] }), "swap, favourite"),
    text("Price paid, each", copy.price_paid, (value) => money(value?.replace(",", ".") ?? null, copy.currency ?? "EUR"), "2.50"),
    text("Currency", copy.currency ?? "EUR", (value) => copy.price_paid && money(copy.price_paid, (value ?? "EUR").toUpperCase()), "EUR"),
    text("Note", copy.note, (value) => save({ note: value }), "from grandma"),
  ];
}

function text(label, value, keep, placeholder) {
  return h("label", { class: "field" }, label,
    h("input", { type: "text", value: value ?? "", placeholder, autocomplete: "off", onchange: (event) => keep(event.target.value.trim() || null) }));
}
