// The live view: frames go out one at a time, answers come back with outlines and rows.
import { find, h, toast } from "./dom.js";
import { add, improve } from "./rows.js";

const WIDEST = 1280, QUALITY = 0.8;
const COLOURS = { printing: "#3ddc84", artwork: "#ffbf3c", unknown: "#ff8a80", looking: "#c9ced6" };
const video = find("video"), overlay = find("overlay"), still = document.createElement("canvas");

let stream = null, socket = null, frames = 0, since = 0, sent = 0, given = new Map(), sound = null;

export const running = () => stream !== null;

export function startCamera() {
  find("camera-start").addEventListener("click", start);
  find("camera-stop").addEventListener("click", stop);
  find("camera-select").addEventListener("change", () => { stop(); start(); });
  addEventListener("pagehide", stop);
}

export async function toggle() {
  return running() ? stop() : start();
}

async function start() {
  if (!navigator.mediaDevices) return toast("The camera needs HTTPS, or the page opened on this computer as 127.0.0.1. Photos work without.", true);
  const wanted = find("camera-select").value;
  const which = wanted ? { deviceId: { exact: wanted } } : { facingMode: "environment" };
  try {
    stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: { width: { ideal: 1280 }, height: { ideal: 720 }, ...which } });
  } catch (problem) {
    return toast(problem.name === "NotAllowedError" ? "The browser was not allowed to use the camera" : `No camera: ${problem.message}`, true);
  }
  video.srcObject = stream;
  await video.play();
  find("stage").style.aspectRatio = `${video.videoWidth} / ${video.videoHeight}`;
  show(true);
  await listCameras();
  connect();
}

function connect() {
  given = new Map();
  socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/v1/live`);
  const own = socket;
  socket.addEventListener("open", () => { since = performance.now(); frames = 0; sendFrame(own); });
  socket.addEventListener("message", (event) => hear(own, JSON.parse(event.data)));
  socket.addEventListener("close", (event) => { if (own === socket) lost(event); });
}

function lost(event) {
  if (!running()) return;
  stop();
  toast(event.reason || "The service ended the live view; start the camera again", true);
}

function stop() {
  stream?.getTracks().forEach((track) => track.stop());
  stream = null;
  const ending = socket;
  socket = null;
  ending?.close(1000);
  video.srcObject = null;
  overlay.getContext("2d").clearRect(0, 0, overlay.width, overlay.height);
  show(false);
}

function show(on) {
  find("stage-empty").hidden = on;
  find("camera-controls").hidden = !on;
  find("camera-status").textContent = on ? "Connecting …" : "";
  if (on) find("camera-stop").focus();
  else if (!find("view-camera").hidden) find("camera-start").focus();
}

async function listCameras() {
  const cameras = (await navigator.mediaDevices.enumerateDevices()).filter((device) => device.kind === "videoinput");
  find("camera-choice").hidden = cameras.length < 2;
  const now = stream?.getVideoTracks()[0]?.getSettings().deviceId;
  find("camera-select").replaceChildren(...cameras.map((camera, at) =>
    h("option", { value: camera.deviceId, selected: camera.deviceId === now }, camera.label || `Camera ${at + 1}`)));
}

/** One frame under way at a time: what the camera shows meanwhile is dropped, never queued. */
function sendFrame(own) {
  if (own !== socket || own.readyState !== WebSocket.OPEN) return;
  if (document.hidden || !video.videoWidth) return void setTimeout(() => sendFrame(own), 200);
  const scale = Math.min(1, WIDEST / Math.max(video.videoWidth, video.videoHeight));
  still.width = Math.round(video.videoWidth * scale);
  still.height = Math.round(video.videoHeight * scale);
  still.getContext("2d").drawImage(video, 0, 0, still.width, still.height);
  still.toBlob((frame) => { if (frame && own.readyState === WebSocket.OPEN) { sent = performance.now(); own.send(frame); } }, "image/jpeg", QUALITY);
}

function hear(own, said) {
  if (own !== socket) return;
  if (said.error) find("camera-status").textContent = said.error;
  else take(said);
  requestAnimationFrame(() => sendFrame(own));
}

function take({ size, cards, rows }) {
  draw(size, cards);
  for (const { row, changed, answer } of rows) {
    if (changed && given.has(row)) improve(given.get(row), answer);
    else { given.set(row, add(answer, "camera")); beep(); }
  }
  frames += 1;
  const seconds = (performance.now() - since) / 1000;
  if (seconds >= 1) {
    const rate = Math.round(frames / seconds) || (frames / seconds).toFixed(1);
    find("camera-status").textContent = `${rate} ${rate === 1 ? "frame" : "frames"} a second, answer after ${Math.round(performance.now() - sent)} ms`;
    frames = 0;
    since = performance.now();
  }
}

function draw([wide, high], cards) {
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

function beep() {
  if (!find("beep").checked) return;
  sound ??= new AudioContext();
  const tone = sound.createOscillator(), volume = sound.createGain();
  tone.frequency.value = 880;
  volume.gain.setValueAtTime(0.15, sound.currentTime);
  volume.gain.exponentialRampToValueAtTime(0.001, sound.currentTime + 0.15);
  tone.connect(volume).connect(sound.destination);
  tone.start();
  tone.stop(sound.currentTime + 0.16);
}
