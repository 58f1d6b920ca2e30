// Instant search over every card, in the page: the index is fetched once and kept for when there is no service.
import { get } from "./api.js";
import { find, h } from "./dom.js";

let cards = null, loading = null;

/** Lower case, no accents or signs; "025" and "25" are one. */
export const folded = (text) =>
  text.normalize("NFKD").toLowerCase().replace(/[^\p{L}\p{N}/ ]+/gu, "").replace(/(^|[ /])0+(?=\d)/g, "$1");

export function loadCards() {
  loading ??= get("/v1/card-index").then(read).catch((problem) => { loading = null; throw problem; });
  return loading;
}

function read({ sets, rows }) {
  cards = rows.map(([card_id, name, place, number, rarity]) => {
    const [set_id, set_name, code, total, game] = sets[place];
    const text = ` ${folded(name)} ${folded(number)} ${total ?? ""} ${folded(set_name)} ${code ?? ""} ${set_id} ${card_id} `.toLowerCase();
    return { card_id, name, set_name, number, rarity, total, game, text };
  });
  return cards;
}

/** Cards with all the words, whole words and printed cards first. */
export function searchCards(typed, most = 30) {
  const words = folded(typed).split(/[ /]+/).filter(Boolean);
  if (!cards || words.length === 0) return [];
  const found = [];
  for (const card of cards) {
    if (!words.every((word) => card.text.includes(word))) continue;
    const whole = words.reduce((sum, word) => sum + (card.text.includes(` ${word} `) ? 2 : card.text.includes(` ${word}`) ? 1 : 0), 0);
    found.push([whole * 2 + (card.game === "physical" ? 1 : 0), card]);
  }
  found.sort(([one], [other]) => other - one);
  return found.slice(0, most).map(([, card]) => card);
}

let count = 0;

/** A text field with the cards it may mean under it (ARIA combobox); `choose` gets the card. */
export function cardSearch(label, choose) {
  const id = `combo-${count += 1}`;
  const list = h("ul", { id, role: "listbox", "aria-label": "Cards", hidden: true });
  const input = h("input", {
    type: "text", role: "combobox", autocomplete: "off", spellcheck: "false", "aria-expanded": "false", "aria-controls": id,
    "aria-autocomplete": "list", "data-search": true, placeholder: "Name or number, such as pikachu 25/165",
  });
  const box = h("div", { class: "combo" }, h("label", { class: "field" }, label, input), list);
  let offered = [], at = -1;

  const show = () => {
    offered = searchCards(input.value);
    at = offered.length ? 0 : -1;
    list.replaceChildren(...offered.map((card, place) => option(card, place, id, () => take(place))));
    if (!offered.length && input.value.trim()) list.append(h("li", { class: "muted", role: "option", "aria-disabled": "true" }, "No such card; try fewer words"));
    open(input.value.trim() !== "");
    mark();
  };
  const open = (wanted) => { list.hidden = !wanted; input.setAttribute("aria-expanded", String(wanted)); };
  const mark = () => {
    [...list.children].forEach((item, place) => item.setAttribute("aria-selected", String(place === at)));
    at >= 0 ? input.setAttribute("aria-activedescendant", `${id}-${at}`) : input.removeAttribute("aria-activedescendant");
    list.children[at]?.scrollIntoView({ block: "nearest" });
  };
  const take = (place) => { if (offered[place]) { choose(offered[place]); input.value = ""; open(false); } };

  input.addEventListener("focus", () => { loadCards().then(show, () => {}); });
  input.addEventListener("input", show);
  input.addEventListener("blur", () => setTimeout(() => open(false), 150));
  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && offered.length) { at = (at + step + offered.length) % offered.length; mark(); }
    else if (event.key === "Enter") take(at);
    else if (event.key === "Escape" && !list.hidden) open(false);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  return box;
}

function option(card, place, id, take) {
  const number = card.total ? `${card.number}/${card.total}` : card.number;
  return h("li", { id: `${id}-${place}`, role: "option", onmousedown: (event) => { event.preventDefault(); take(); } },
    h("strong", {}, card.name), h("span", { class: "muted small" }, [card.set_name, number, card.rarity].filter(Boolean).join(" · ")));
}

export const focusSearch = (within) => (within ?? find("main")).querySelector("[data-search]")?.focus();
