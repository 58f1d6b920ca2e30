// A photo as a binder page: the cards upright, in the rows and columns they lie in.
import { h, percent, picture } from "./dom.js";
import { verdict } from "./rows.js";

/** The page, and what to do when one of its rows has changed. */
export function binder(cards, open) {
  const lines = inLines(cards);
  const pockets = new Map(lines.flat().map(({ row }) => [row, pocket(row, open)]));
  const page = h("div", { class: "binder" }, ...pockets.values());
  page.style.setProperty("--columns", Math.max(...lines.map((line) => line.length)));
  const update = (row) => {
    const before = pockets.get(row);
    pockets.set(row, pocket(row, open));
    before.replaceWith(pockets.get(row));
  };
  return { page, update };
}

/** Cards in reading order: those whose middles are less than half a card's height apart stand in one line. */
export function inLines(cards) {
  const placed = cards.map((card) => ({ ...card, ...middle(card.answer.quad) })).sort((one, other) => one.y - other.y);
  const lines = [];
  for (const card of placed) {
    const line = lines.at(-1);
    const apart = line && card.y - line.reduce((sum, { y }) => sum + y, 0) / line.length;
    if (line && apart < card.high / 2) line.push(card);
    else lines.push([card]);
  }
  lines.forEach((line) => line.sort((one, other) => one.x - other.x));
  return lines;
}

function middle(quad) {
  const xs = quad.map(([x]) => x), ys = quad.map(([, y]) => y);
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return { x: mean(xs), y: mean(ys), high: Math.max(...ys) - Math.min(...ys) };
}

function pocket(row, open) {
  const { kind, text } = verdict(row, percent);
  const name = row.chosen?.name ?? "Unknown card";
  return h("button", { type: "button", class: "pocket", onclick: () => open(row), "aria-label": `${name}, ${text}. Open` },
    picture(row.answer.crop), h("span", { class: "name" }, name),
    h("span", { class: "where" }, row.chosen ? `${row.chosen.set_name} · ${row.chosen.number}` : "choose it yourself"),
    h("span", { class: `badge ${kind}` }, text));
}
