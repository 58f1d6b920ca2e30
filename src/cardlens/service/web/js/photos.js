// Photos, folders and PDFs: dropped or chosen, named one after the other, shown with outlines or as a binder page.
import { ask, Problem } from "./api.js";
import { announce, button, find, h, percent, toast } from "./dom.js";
import { binder, inLines } from "./binder.js";
import { add, verdict, watch } from "./rows.js";

const TAKEN = /\.(jpe?g|jpe|png|apng|webp|hei[cf]|hif|avif|tiff?|bmp|gif|pdf)$/i;
const AT_ONCE = 2;
const waiting = [];
let working = 0, done = 0, total = 0, open = () => {};

export function startPhotos(openEvidence) {
  open = openEvidence;
  for (const [id, input] of [["choose-files", "file-input"], ["choose-folder", "folder-input"], ["take-photo", "photo-input"]]) {
    find(id).addEventListener("click", () => find(input).click());
    find(input).addEventListener("change", (event) => { take([...event.target.files]); event.target.value = ""; });
  }
  const drop = find("drop");
  for (const name of ["dragenter", "dragover"]) addEventListener(name, (event) => { event.preventDefault(); drop.classList.add("over"); });
  addEventListener("dragleave", (event) => { if (!event.relatedTarget) drop.classList.remove("over"); });
  addEventListener("drop", async (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    location.hash = "#photos";
    take(await dropped(event.dataTransfer));
  });
  addEventListener("paste", (event) => { if (event.clipboardData?.files.length) take([...event.clipboardData.files]); });
}

/** Files of a drop, folders opened. */
async function dropped(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  return entries.length ? (await Promise.all(entries.map(filesOf))).flat() : [...transfer.files];
}

async function filesOf(entry) {
  if (entry.isFile) return [await new Promise((found, failed) => entry.file(found, failed))];
  const reader = entry.createReader(), within = [];
  for (;;) { // a reader gives a hundred at a time
    const some = await new Promise((found, failed) => reader.readEntries(found, failed));
    if (!some.length) break;
    within.push(...some);
  }
  return (await Promise.all(within.map(filesOf))).flat();
}

function take(files) {
  const fit = files.filter((file) => !file.name.startsWith(".") && (TAKEN.test(file.name) || file.type.startsWith("image/")));
  if (files.length && !fit.length) return toast("No photo among these: JPEG, PNG, WebP, HEIC, AVIF, TIFF, BMP, GIF or PDF", true);
  if (!working && !waiting.length) done = total = 0;
  total += fit.length;
  waiting.push(...fit.sort((one, other) => one.name.localeCompare(other.name, undefined, { numeric: true })));
  progress();
  while (working < AT_ONCE && waiting.length) nameNext();
}

async function nameNext() {
  const file = waiting.shift();
  working += 1;
  try {
    await name(file);
  } finally {
    working -= 1;
    done += 1;
    progress();
    if (waiting.length) nameNext();
  }
}

function progress() {
  find("photo-progress").hidden = total < 2 && done === total;
  find("photo-bar").max = Math.max(total, 1);
  find("photo-bar").value = done;
  find("photo-count").textContent = done < total ? `${done} of ${total}` : `${total} done`;
}

async function name(file) {
  const place = h("article", { class: "photo" }, head(file.name, "Looking …"));
  find("photo-list").prepend(place);
  try {
    const form = new FormData();
    form.append("photo", file, file.name);
    const said = await ask("POST", "/v1/identify?include=crops&include=nearest&include=preview", form);
    place.replaceWith(...said.photos.map(photo));
  } catch (problem) {
    const errors = problem instanceof Problem && problem.body?.photos?.map((one) => one.error);
    failed(place, file, errors?.join(" ") || problem.message);
  }
}

function failed(place, file, text) {
  const again = button("Try again", () => { place.remove(); take([file]); });
  place.replaceChildren(head(file.name, "", again), h("p", { class: "photo-error", role: "alert" }, text));
}

function head(name, text, ...tools) {
  return h("div", { class: "photo-head" }, h("h3", {}, name), h("span", { class: "muted small" }, text), ...tools);
}

function photo(said) {
  if (said.error) return h("article", { class: "photo" }, head(said.photo, ""), h("p", { class: "photo-error" }, said.error));
  said.cards = inLines(said.cards.map((answer) => ({ answer }))).flat().map(({ answer }) => answer); // as one reads
  const found = said.cards.toReversed().map((answer, at) => add(answer, said.photo, at)).reverse(); // the first stands first
  const count = found.length === 1 ? "1 card" : `${found.length || "no"} cards`;
  announce(`${said.photo}: ${count}`);
  const views = { Photo: () => outlined(said, found), Binder: () => binder(said.cards.map((answer, at) => ({ answer, row: found[at] })), open) };
  let view = views.Photo();
  const body = h("div", {}, view.page);
  const show = (make) => { view = make(); body.replaceChildren(view.page); };
  watch((row, what) => { if (what === "changed" && found.includes(row)) view.update(row); });
  return h("article", { class: "photo" }, head(said.photo, `${count}, ${Math.round(said.milliseconds.total)} ms`, found.length > 1 && switcher(views, show)), body);
}

function switcher(views, show) {
  const buttons = Object.entries(views).map(([label, make], at) =>
    h("button", { type: "button", "aria-pressed": String(at === 0), onclick: (event) => {
      buttons.forEach((one) => one.setAttribute("aria-pressed", String(one === event.currentTarget)));
      show(make);
    } }, label));
  return h("div", { class: "switch", role: "group", "aria-label": "How to show it" }, buttons);
}

/** The photo with an outline a card, each a button, and what to do when one of its rows has changed. */
function outlined(said, found) {
  const [wide, high] = said.size;
  const edges = new Map(said.cards.map((answer, at) => [found[at], outline(answer, found[at])]));
  const shapes = [...edges.values()].map((edge) => h("g", {}, h("polygon", { class: "rim", points: edge.getAttribute("points") }), edge));
  const picture = said.preview && h("img", { src: said.preview, alt: `Your photo ${said.photo}`, width: wide, height: high });
  const page = h("div", { class: "canvas" }, h("div", {}, picture, h("svg", { viewBox: `0 0 ${wide} ${high}`, role: "group", "aria-label": "Cards in the photo" }, shapes)));
  return { page, update: (row) => edges.get(row).setAttribute("aria-label", label(row)) };
}

function outline({ quad, decision }, row) {
  const points = quad.map((corner) => corner.join(",")).join(" ");
  return h("polygon", { class: `edge ${decision}`, points, tabindex: "0", role: "button", "aria-label": label(row),
    onclick: () => open(row), onkeydown: (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); open(row); } } });
}

const label = (row) => `${row.chosen?.name ?? "Unknown card"}, ${verdict(row, percent).text}. Open`;
