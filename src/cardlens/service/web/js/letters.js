// Keys of one letter or sign: a person may turn them off, as speech input types letters that are no keys (WCAG 2.1.4).
import { find } from "./dom.js";

const KEY = "letters", OFF = "off";

/** Whether a key counts: those with a name, such as Delete and ArrowLeft, always do. */
export const counts = ({ key }) => key.length > 1 || localStorage.getItem(KEY) !== OFF;

export function startLetters() {
  const box = find("letters");
  box.checked = localStorage.getItem(KEY) !== OFF;
  box.addEventListener("change", () => localStorage.setItem(KEY, box.checked ? "on" : OFF));
}
