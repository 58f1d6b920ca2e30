// What is drawn over the camera's picture: an outline a card, and its name once that is stable.
import { find } from "./dom.js";

const COLOURS = { printing: "#3ddc84", artwork: "#ffbf3c", unknown: "#ff8a80", looking: "#c9ced6" };
const overlay = find("overlay");

export const clear = () => overlay.getContext("2d").clearRect(0, 0, overlay.width, overlay.height);

export function draw([wide, high], cards) {
  overlay.width = wide;
  overlay.height = high;
  const pen = overlay.getContext("2d");
  // the canvas is stretched like the video: both keep their proportions within the stage
  overlay.style.objectFit = "contain";
  pen.lineJoin = "round";
  for (const { answer, stable } of cards) outline(pen, answer, stable ? answer.decision : "looking");
  for (const { answer, stable } of cards) caption(pen, answer, stable);
}

function outline(pen, { quad }, kind) {
  const path = new Path2D(`M${quad.map((corner) => corner.join(" ")).join("L")}Z`);
  pen.strokeStyle = "#000a"; pen.lineWidth = 8; pen.stroke(path);
  pen.strokeStyle = COLOURS[kind]; pen.lineWidth = 4; pen.stroke(path);
}

/** Name and number on a plate no wider than the card: neighbours stay readable. */
function caption(pen, { quad, name, set, number, decision }, stable) {
  if (!stable || decision === "unknown") return;
  const xs = quad.map(([x]) => x), ys = quad.map(([, y]) => y);
  const room = Math.max(70, Math.hypot(quad[1][0] - quad[0][0], quad[1][1] - quad[0][1]) * 0.95);
  const size = Math.max(12, Math.min(26, room / 8));
  const x = (Math.min(...xs) + Math.max(...xs)) / 2, y = Math.max(...ys) - size * 3;
  pen.textAlign = "center"; pen.textBaseline = "middle"; pen.fillStyle = "#0e1218d9";
  pen.beginPath(); pen.roundRect(x - room / 2, y - size * 0.9, room, size * 2.8, size * 0.4); pen.fill();
  pen.font = `600 ${size}px system-ui, sans-serif`;
  pen.fillStyle = "#fff"; pen.fillText(name, x, y, room - size * 0.6);
  pen.font = `${size * 0.82}px system-ui, sans-serif`;
  pen.fillStyle = "#d5dbe3"; pen.fillText(`${set?.name ?? ""} ${number ?? ""}`.trim(), x, y + size * 1.15, room - size * 0.6);
}
