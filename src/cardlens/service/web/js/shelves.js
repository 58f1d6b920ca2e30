// Which of your collections is meant: one of several, remembered on this device.
import { get, post } from "./api.js";
import { find, h, toast } from "./dom.js";

const MAIN = "main", NEW = "";
let chosen = localStorage.getItem("shelf") ?? MAIN;

/** The path of a request about the collection that is chosen. */
export const inShelf = (path) => (chosen === MAIN ? path : `${path}${path.includes("?") ? "&" : "?"}collection=${encodeURIComponent(chosen)}`);

/** `changed` is called when another collection is chosen. */
export function startShelves(changed) {
  find("shelf").addEventListener("change", async (event) => {
    const name = event.target.value;
    if (name === NEW) await make();
    else choose(name);
    await loadShelves();
    changed();
  });
}

export async function loadShelves() {
  const { collections } = await get("/v1/collections");
  if (!collections.includes(chosen)) choose(MAIN);
  find("shelf").replaceChildren(...collections.map((name) => h("option", { value: name }, name)), h("option", { value: NEW }, "New collection …"));
  find("shelf").value = chosen;
}

function choose(name) {
  chosen = name;
  localStorage.setItem("shelf", name);
}

async function make() {
  const name = prompt("What shall the new collection be called?")?.trim();
  if (!name) return;
  try {
    await post("/v1/collections", { name });
    choose(name);
  } catch (problem) {
    toast(problem.message, true);
  }
}
