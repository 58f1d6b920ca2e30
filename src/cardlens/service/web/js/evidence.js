// Why a card was named so, and the place to put it right.
import { button, find, h, openDialog, percent, picture, select, toast } from "./dom.js";
import { addRow } from "./collecting.js";
import { choices } from "./choices.js";
import { changed, correct, drop, rows, verdict } from "./rows.js";
import { cardSearch, focusSearch } from "./search.js";

let shown = null, opener = null;
const dialog = () => find("evidence");
export const shownRow = () => (dialog().open ? shown : null);

export function openEvidence(row) {
  if (!dialog().open) opener = document.activeElement;
  shown = row;
  find("evidence-sheet").replaceChildren(...parts(row));
  if (!dialog().open) {
    openDialog(dialog());
    dialog().addEventListener("close", giveFocusBack, { once: true });
  }
  dialog().scrollTop = 0;
}

function giveFocusBack() {
  const row = document.querySelector(`[data-row="${shown?.id}"] .row-open`);
  (row ?? (opener?.isConnected ? opener : find("main"))).focus();
  shown = null;
}

function parts(row) {
  const name = row.chosen?.name ?? "Unknown card";
  const head = h("div", { class: "sheet-head" },
    h("h2", { id: "evidence-title", tabindex: "-1" }, name),
    button(null, () => step(-1), { kind: "quiet", icon: "left", say: "The card before", keys: "ArrowLeft" }),
    button(null, () => step(1), { kind: "quiet", icon: "right", say: "The next card", keys: "ArrowRight" }),
    button(null, () => dialog().close(), { kind: "quiet", icon: "close", say: "Close", keys: "Escape" }));
  const body = h("div", { class: "evidence" },
    h("div", { class: "evidence-picture" }, picture(row.answer.crop, `Your picture of ${name}`), about(row)),
    h("div", { class: "evidence-main" }, said(row), printings(row), correction(row), why(row), nearest(row), details(row)));
  return [head, body, foot(row)];
}

function about(row) {
  return h("div", { class: "small muted" },
    row.chosen && h("p", {}, `${row.chosen.set_name} · ${row.chosen.number}`),
    row.chosen && h("p", {}, row.chosen.card_id),
    h("p", {}, `Seen in: ${row.source}`));
}

function said(row) {
  const { answer } = row, { kind, text } = verdict(row, percent);
  const words = {
    printing: "This printing: set and number are told.",
    artwork: "This drawing. Several printings share it, and nothing in the picture tells them apart: choose yours.",
    unknown: "A card, but none that can be named with reason. Choose it below.",
    corrected: "Put right by you. The picture and your answer are kept with your collection, to learn from.",
  };
  const chance = answer.decision === "artwork" ? answer.artwork_confidence : answer.confidence;
  return h("div", { class: "verdict" }, h("p", {}, h("span", { class: `badge ${kind}` }, text)), h("p", { class: "big" }, words[kind]),
    answer.decision !== "unknown" && meter(answer.decision === "artwork" ? "Probability of the drawing" : "Probability", chance, percent(chance)));
}

function meter(label, share, text) {
  const fill = h("div", { class: "meter-fill" });
  fill.style.width = `${Math.max(0, Math.min(1, share)) * 100}%`;
  return h("div", { class: "meter" }, h("span", { class: "small muted" }, label), h("span", { class: "small" }, text),
    h("div", { class: "meter-track", "aria-hidden": "true" }, fill));
}

/** The printings it may be, as a choice. */
function printings(row) {
  const offered = row.answer.printings.filter((printing) => printing.probability >= 0.0005 || printing.card_id === row.chosen?.card_id);
  if (!offered.length) return null;
  const group = h("div", { class: "choices", role: "radiogroup", "aria-labelledby": "choices-title" },
    offered.map((printing) => h("label", { class: "choice" },
      h("input", { type: "radio", name: "printing", value: printing.card_id, checked: printing.card_id === row.chosen?.card_id, onchange: () => choose(row, printing) }),
      h("span", {}, h("strong", {}, printing.name), h("span", { class: "muted small" }, ` ${printing.set_name} · ${printing.number}`)),
      h("span", { class: "chance small" }, percent(printing.probability)))));
  return h("section", {}, h("h3", { id: "choices-title" }, offered.length > 1 ? "It may be" : "It is"), group);
}

const correction = (row) => h("section", {}, h("h3", {}, "Something else?"), cardSearch("Type what it really is", (card) => choose(row, card)));

function choose(row, card) {
  if (row.copy) return toast("It is in your collection already; correct it there", true);
  correct(row, card);
  openEvidence(row);
  find("evidence-title").focus();
  toast(`Now ${card.name}, ${card.set_name}, ${card.number}`);
}

function why(row) {
  const { evidence } = row.answer;
  const width = evidence.width && `${Math.round(evidence.width)} pixels wide${evidence.width < 150 ? "; closer, it would be surer" : ""}`;
  const facts = [
    ["Named", { seen: "by its picture", read: "by its print: no scan of it is known" }[evidence.source]],
    ["Number read", evidence.number_read], ["Set code read", evidence.set_code_read], ["Name read", evidence.name_read],
    ["Language seen", row.answer.language], ["In the picture", width],
  ].filter(([, value]) => value);
  if (!evidence.number_read && !evidence.name_read) facts.splice(1, 0, ["Print", "not read: the picture said enough, or the card is too small"]);
  const likeness = evidence.similarity !== null && evidence.source === "seen" && [
    meter("Likeness to its scan", evidence.similarity, evidence.similarity.toFixed(2)),
    evidence.runner_up !== null && meter("Likeness to the next one", evidence.runner_up, evidence.runner_up.toFixed(2))];
  return h("section", {}, h("h3", {}, "Why"), likeness && h("div", { class: "meters" }, likeness),
    h("dl", { class: "facts" }, facts.map(([term, value]) => h("div", {}, h("dt", {}, term), h("dd", {}, value)))));
}

function nearest(row) {
  if (!row.answer.nearest?.length) return null;
  const lines = row.answer.nearest.map(({ cards, similarity, language }) => h("tr", {},
    h("td", {}, h("strong", {}, cards[0].name), ` ${cards[0].set_name} · ${cards[0].number}`,
      cards.length > 1 && h("span", { class: "muted" }, ` and ${cards.length - 1} like it`), language !== "en" && h("span", { class: "muted" }, ` (${language})`)),
    h("td", { class: "number" }, similarity.toFixed(3))));
  return h("section", {}, h("h3", {}, "Nearest cards"),
    h("table", {}, h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Card"), h("th", { scope: "col", class: "number" }, "Likeness"))), h("tbody", {}, lines)));
}

function details(row) {
  if (row.copy || !row.chosen) return null;
  const { finishes, conditions, languages } = choices;
  const keepAs = (name) => (value) => { row[name] = value; changed(row); };
  return h("section", {}, h("h3", {}, "Your copy"), h("div", { class: "details" },
    h("label", { class: "field" }, "Quantity", h("input", { type: "number", min: "1", max: "9999", value: row.quantity, onchange: (event) => keepAs("quantity")(Math.max(1, Number(event.target.value) || 1)) })),
    h("label", { class: "field" }, "Finish", select([["", "usual"], ...finishes], row.finish ?? "", keepAs("finish"))),
    h("label", { class: "field" }, "Condition", select(conditions, row.condition ?? "near-mint", keepAs("condition"))),
    h("label", { class: "field" }, "Language", select(languages, row.language ?? row.answer.language ?? "en", keepAs("language")))));
}

function foot(row) {
  const add = row.copy
    ? h("p", { class: "muted" }, "In your collection.")
    : button("Add to collection", () => addShown(), { kind: "primary", keys: "a" });
  if (!row.copy && !row.chosen) add.disabled = true;
  return h("div", { class: "sheet-foot" }, add, h("span", { class: "spring" }), button("Take off the list", () => dropShown(), { icon: "trash" }));
}

export async function addShown() {
  const row = shown;
  if (!row?.chosen || row.copy) return;
  try {
    await addRow(row);
    toast(`${row.chosen.name} is in your collection`);
    if (shown === row) openEvidence(row);
    find("evidence-title")?.focus();
  } catch (problem) {
    toast(problem.message, true);
  }
}

function dropShown() {
  const row = shown;
  const next = rows[rows.indexOf(row) + 1] ?? rows[rows.indexOf(row) - 1];
  drop(row);
  next ? openEvidence(next) : dialog().close();
}

export function step(by) {
  const next = rows[rows.indexOf(shown) + by];
  if (next) { openEvidence(next); find("evidence-title").focus(); }
}

export const searchInEvidence = () => focusSearch(dialog());
