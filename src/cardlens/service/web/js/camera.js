// The live view: frames go out one at a time, answers come back with outlines and rows.
import { find, h, toast } from "./dom.js";
import { clear, draw } from "./outlines.js";
import { add, improve, rows as listed } from "./rows.js";

const WIDEST = 1280, QUALITY = 0.8;
const LONGEST_WAIT = 30, LONGEST_SILENCE = 30, LYING_STILL = 30; // seconds
const video = find("video"), still = document.createElement("canvas");

let stream = null, socket = null, frames = 0, since = 0, sent = 0, given = new Map(), sound = null;
let inView = [], lying = [], lastSeen = 0; // rows: of the last frame; that lay there when the connection before ended
let wanted = false, turn = 0, waiting = null, overdue = null, losses = 0, persistent = false;

/** Whether the camera is to run: also while the browser still asks for it, or a kiosk waits to try again. */
export const running = () => wanted;

export function startCamera() {
  find("camera-start").addEventListener("click", start);
  find("camera-stop").addEventListener("click", end);
  find("camera-select").addEventListener("change", start);
  find("rapid").addEventListener("change", () => { if (socket) connect(); });
  addEventListener("pagehide", stop);
}

export function toggle() {
  return wanted ? end() : start();
}

/** A person is done: what lies there the next time is counted again. */
function end() {
  inView = [];
  stop();
}

/** A kiosk's camera: when it or the service is lost, it is tried again by itself. */
export function keepRunning() {
  persistent = true;
  return start();
}

async function start() {
  if (!navigator.mediaDevices) return toast("The camera needs HTTPS, or the page opened on this computer as 127.0.0.1. Photos work without.", true);
  stop();
  wanted = true;
  const mine = turn;
  try {
    await open(() => mine === turn);
  } catch (problem) {
    if (mine === turn) lost(problem.name === "NotAllowedError" ? "The browser was not allowed to use the camera" : `No camera: ${problem.message}`);
  }
}

/** `meant` tells whether it was not stopped meanwhile: people press a key twice, or go elsewhere while the browser asks. */
async function open(meant) {
  const chosen = find("camera-select").value;
  const which = chosen ? { deviceId: { ideal: chosen } } : { facingMode: "environment" };
  const found = await navigator.mediaDevices.getUserMedia({ audio: false, video: { width: { ideal: 1280 }, height: { ideal: 720 }, ...which } });
  if (!meant()) return release(found);
  stream = found;
  found.getVideoTracks()[0].addEventListener("ended", () => { if (stream === found) lost("The camera is gone"); });
  video.srcObject = found;
  await video.play();
  if (!meant()) return;
  find("stage").style.aspectRatio = `${video.videoWidth} / ${video.videoHeight}`;
  show(true);
  await listCameras();
  if (meant()) connect();
}

const release = (some) => some?.getTracks().forEach((track) => track.stop());

function connect() {
  const before = socket;
  given = new Map();
  lying = secondsSince(lastSeen) < LYING_STILL ? inView : [];
  socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/v1/live${find("rapid").checked ? "?rapid=true" : ""}`);
  before?.close(1000);
  clearTimeout(overdue);
  const own = socket;
  socket.addEventListener("open", () => { since = performance.now(); frames = 0; sendFrame(own); });
  socket.addEventListener("message", (event) => hear(own, JSON.parse(event.data)));
  socket.addEventListener("close", (event) => { if (own === socket) lost(event.reason || "The service ended the live view", "; start the camera again"); });
}

const secondsSince = (moment) => (performance.now() - moment) / 1000;

function lost(reason, advice = "") {
  stop();
  if (!persistent) return toast(reason + advice, true);
  const seconds = Math.min(LONGEST_WAIT, 2 ** losses);
  losses += 1;
  wanted = true;
  waiting = setTimeout(start, seconds * 1000);
  toast(`${reason}; trying again in ${seconds} s`, true);
}

function stop() {
  clearTimeout(waiting);
  clearTimeout(overdue);
  wanted = false;
  turn += 1;
  release(stream);
  stream = null;
  const ending = socket;
  socket = null;
  ending?.close(1000);
  video.srcObject = null;
  clear();
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
  still.toBlob((frame) => {
    if (!frame || own !== socket || own.readyState !== WebSocket.OPEN) return;
    sent = performance.now();
    own.send(frame);
    if (persistent) overdue = setTimeout(() => lost("The service does not answer"), LONGEST_SILENCE * 1000);
  }, "image/jpeg", QUALITY);
}

function hear(own, said) {
  if (own !== socket) return;
  clearTimeout(overdue);
  if (said.error) find("camera-status").textContent = said.error;
  else take(said);
  requestAnimationFrame(() => sendFrame(own));
}

function take({ size, cards, rows }) {
  losses = 0;
  draw(size, cards);
  for (const { row, changed, answer } of rows) {
    const known = changed ? given.get(row) : lyingThere(answer);
    if (known) improve(known, answer);
    else beep();
    given.set(row, known ?? add(answer, "camera"));
  }
  inView = cards.map((card) => given.get(card.row)).filter(Boolean);
  lastSeen = performance.now();
  frames += 1;
  const seconds = secondsSince(since);
  if (seconds >= 1) {
    const rate = Math.round(frames / seconds) || (frames / seconds).toFixed(1);
    find("camera-status").textContent = `${rate} ${rate === 1 ? "frame" : "frames"} a second, answer after ${Math.round(performance.now() - sent)} ms`;
    frames = 0;
    since = performance.now();
  }
}

/** The row of a card that lay there when the connection ended, the first time that it is seen again; not if it left the list. */
function lyingThere({ card_id: id }) {
  const at = lying.findIndex((row) => row.answer.card_id === id && listed.includes(row));
  return id && at >= 0 ? lying.splice(at, 1)[0] : undefined;
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
