// What was recognised in this session: one row a card, newest first.
import { forget, forgetAll, keep, kept } from "./kept.js";

export const rows = [];
const watchers = [];

export const watch = (watcher) => watchers.push(watcher);
const tell = (row, what) => watchers.forEach((watcher) => watcher(row, what));

/** A name that nobody else gives: not by crypto.randomUUID, which a page on plain HTTP from another computer lacks. */
const freshName = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

export async function restore() {
  const found = await kept();
  rows.push(...found.sort((one, other) => other.order - one.order));
  tell(null, "restored");
}

/** Take an answer of the service on the list. `source` says where it was seen. */
export function add(answer, source, at = rows.length) {
  const row = { id: freshName(), order: Date.now() + at / 1000, source, answer, chosen: choice(answer), corrected: false, copy: null, quantity: 1 };
  rows.unshift(row);
  keep(row);
  tell(row, "added");
  return row;
}

/** The camera knows better now: the answer is replaced, a person's choice is not. */
export function improve(row, answer, quantity = row.quantity) {
  row.answer = answer;
  row.quantity = quantity;
  if (!row.corrected && !row.copy) row.chosen = choice(answer);
  changed(row);
}

/** A person says which card it is. */
export function correct(row, card) {
  row.chosen = { card_id: card.card_id, name: card.name, set_name: card.set_name, number: card.number };
  row.corrected = row.chosen.card_id !== row.answer.card_id || row.answer.decision !== "printing";
  changed(row);
}

export function changed(row) {
  if (rows.includes(row)) keep(row); // one that was dropped meanwhile is not to come back
  tell(row, "changed");
}

/** Copies that left the collection: their rows can be added again, by a request of another name. */
export function letGo(copies) {
  for (const row of rows.filter(({ copy }) => copies.includes(copy))) {
    Object.assign(row, { copy: null, request: freshName() });
    changed(row);
  }
}

export function drop(row) {
  const at = rows.indexOf(row);
  if (at >= 0) rows.splice(at, 1);
  forget(row.id);
  tell(row, "dropped");
}

export function empty() {
  rows.length = 0;
  forgetAll();
  tell(null, "emptied");
}

function choice(answer) {
  if (!answer.card_id) return null;
  return { card_id: answer.card_id, name: answer.name, set_name: answer.set?.name ?? "", number: answer.number ?? "" };
}

/** In words, for the badge: what was decided and how sure. */
export function verdict(row, percent) {
  const { answer } = row;
  if (row.corrected) return { kind: "corrected", text: "put right by you" };
  if (answer.decision === "unknown") return { kind: "unknown", text: "unknown" };
  if (answer.decision === "artwork") {
    const tied = answer.printings.filter((printing) => printing.probability > 0.02).length;
    return { kind: "artwork", text: `1 of ${Math.max(tied, 2)} printings, ${percent(answer.artwork_confidence)}` };
  }
  return { kind: "printing", text: percent(answer.confidence) };
}
