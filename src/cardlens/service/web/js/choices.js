// The words that a copy may have: asked of the service once, with sensible ones until it answers.
import { get } from "./api.js";

export const choices = {
  finishes: [["normal", "normal"], ["holo", "holo"], ["reverse-holo", "reverse holo"]],
  conditions: [["near-mint", "near mint"]],
  languages: [["en", "English"], ["ja", "Japanese"]],
  sorts: [["newest", "newest"], ["name", "name"]],
  exports: [["cardlens-csv", "CSV"]],
};

const spaced = (word) => word.replaceAll("-", " ");

export async function loadChoices() {
  const said = await get("/v1/collection/choices");
  for (const name of ["finishes", "conditions", "sorts"]) choices[name] = said[name].map((word) => [word, spaced(word)]);
  choices.languages = said.languages.map(({ code, name }) => [code, name]);
  choices.exports = said.exports.map(({ format, name }) => [format, name]);
}
