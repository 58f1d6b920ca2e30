// Start here: views, keys, colours, and what works without the service.
import { useTokenOfAddress } from "./api.js";
import { keepRunning, running, startCamera, toggle } from "./camera.js";
import { loadChoices } from "./choices.js";
import { offerChoices, showCollection, startCollection, undo } from "./collection.js";
import { find, openDialog } from "./dom.js";
import { addShown, openEvidence, searchInEvidence, shownRow, step } from "./evidence.js";
import { counts, startLetters } from "./letters.js";
import { addAll, focusList, startList } from "./list.js";
import { startPhotos } from "./photos.js";
import { restore } from "./rows.js";
import { loadCards } from "./search.js";
import { loadShelves } from "./shelves.js";

const VIEWS = ["camera", "photos", "collection"];
const THEMES = ["auto", "light", "dark"];

await useTokenOfAddress();
startList(openEvidence);
startCamera();
startPhotos(openEvidence);
startCollection();
offerChoices();
startTheme();
startLetters();
addEventListener("hashchange", showView);
addEventListener("keydown", key);
find("help-open").addEventListener("click", () => openDialog(find("help")));
showView();
await restore();
navigator.serviceWorker?.register("/sw.js").catch(() => {});
loadChoices().then(offerChoices, () => {});
loadShelves().catch(() => {});
loadCards().catch(() => {});
document.documentElement.dataset.ready = "yes";
if (new URLSearchParams(location.search).has("kiosk")) startKiosk();

function showView() {
  const wanted = location.hash.slice(1);
  const view = VIEWS.includes(wanted) ? wanted : "camera";
  for (const name of VIEWS) {
    find(`view-${name}`).hidden = name !== view;
    const tab = document.querySelector(`.tabs [data-view="${name}"]`);
    name === view ? tab.setAttribute("aria-current", "page") : tab.removeAttribute("aria-current");
  }
  document.body.dataset.view = view;
  document.title = `${view[0].toUpperCase()}${view.slice(1)} – cardlens`;
  if (view !== "camera" && running()) toggle();
  if (view === "collection") showCollection();
}

/** At once, not when the address has changed: what is typed next belongs to the field, and would be keys of the page. */
function searchCollection() {
  if (document.body.dataset.view !== "collection") {
    history.pushState(null, "", "#collection"); // unlike an address that is set, it does not show the view once more
    showView();
  }
  find("collection-search").focus();
}

/** A screen at the counter: the camera runs by itself, the list beside it, nothing else. */
function startKiosk() {
  document.body.dataset.kiosk = "yes";
  location.hash = "#camera";
  keepRunning();
}

function startTheme() {
  let now = localStorage.getItem("theme") ?? "auto";
  const show = () => {
    document.documentElement.dataset.theme = now;
    find("theme").setAttribute("aria-label", `Colours: ${now === "auto" ? "as the system" : now}`);
  };
  find("theme").addEventListener("click", () => {
    now = THEMES[(THEMES.indexOf(now) + 1) % THEMES.length];
    localStorage.setItem("theme", now);
    show();
  });
  show();
}

function key(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || !counts(event)) return;
  if (event.target.closest("input:not([type=checkbox], [type=radio], [type=file]), select, textarea")) return;
  const work = shownRow() ? inEvidence(event) : document.querySelector("dialog[open]") ? null : anywhere(event);
  if (!work) return;
  event.preventDefault();
  work();
}

function inEvidence(event) {
  if (event.target.matches("[type=radio]") && event.key.startsWith("Arrow")) return null;
  return { ArrowLeft: () => step(-1), ArrowRight: () => step(1), "/": searchInEvidence, a: addShown }[event.key];
}

function anywhere(event) {
  const go = (view) => () => { location.hash = `#${view}`; };
  return {
    1: go("camera"), 2: go("photos"), 3: go("collection"),
    c: () => { location.hash = "#camera"; toggle(); },
    o: () => { location.hash = "#photos"; find("file-input").click(); },
    l: focusList, A: addAll, u: document.body.dataset.view === "collection" && (() => undo()),
    "/": searchCollection,
    "?": () => openDialog(find("help")),
  }[event.key];
}
