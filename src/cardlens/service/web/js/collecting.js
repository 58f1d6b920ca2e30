// From the list into the collection: the service keeps the crop as proof, and a correction as something to learn from.
import { post } from "./api.js";
import { changed } from "./rows.js";
import { inShelf } from "./shelves.js";

export async function addRow(row) {
  const copy = await post(inShelf("/v1/collection"), {
    card_id: row.chosen.card_id,
    quantity: row.quantity,
    language: row.language ?? row.answer.language ?? "en",
    ...(row.finish && { finish: row.finish }),
    ...(row.condition && { condition: row.condition }),
    ...(row.answer.crop && { crop: row.answer.crop }),
    answered: row.answer.card_id,
    corrected: row.corrected,
    confidence: row.corrected ? null : row.answer.confidence,
    scanned_from: row.source,
    scanned_at: new Date(row.order).toISOString(),
    request: row.request ?? row.id, // sent twice, added once
  });
  row.copy = copy.id;
  changed(row);
  return copy;
}
