// Talks to the service: waits where it is busy, asks for the token where it wants one, says when it cannot be reached.
import { find, openDialog } from "./dom.js";

export class Problem extends Error {
  constructor(status, detail, body) {
    super(detail);
    this.status = status;
    this.body = body;
  }
}

const MOST_TRIES = 8;

export const get = (path) => ask("GET", path);
export const post = (path, body) => ask("POST", path, body);
export const patch = (path, body) => ask("PATCH", path, body);
export const remove = (path) => ask("DELETE", path);

/** A request; an object is sent as JSON, a form or a file as it is. Gives parsed JSON, or null where nothing is said. */
export async function ask(method, path, body) {
  for (let tries = 1; ; tries += 1) {
    const answer = await reach(method, path, body);
    if (answer.status === 401 && path !== "/v1/session") {
      await letIn();
    } else if (answer.status === 429 && tries < MOST_TRIES) {
      await pause(Number(answer.headers.get("Retry-After") ?? 1) * 1000 * (0.7 + 0.6 * Math.random()));
    } else {
      return read(answer);
    }
  }
}

async function reach(method, path, body) {
  const plain = body !== undefined && Object.getPrototypeOf(body) === Object.prototype;
  const sent = plain ? { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } } : { body };
  try {
    const answer = await fetch(path, { method, credentials: "same-origin", ...sent });
    showReachable(true);
    return answer;
  } catch {
    showReachable(false);
    throw new Problem(0, "the service cannot be reached; is it running?");
  }
}

async function read(answer) {
  if (answer.status === 204) return null;
  const said = answer.headers.get("Content-Type")?.includes("json") ? await answer.json() : null;
  if (!answer.ok) throw new Problem(answer.status, said?.detail ?? answer.statusText, said);
  return said;
}

export function showReachable(reachable) {
  find("offline").hidden = reachable;
}

const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

let asking = null;

/** Ask for the token, once however many requests want it. */
function letIn() {
  asking ??= askForToken().finally(() => { asking = null; });
  return asking;
}

function askForToken() {
  const dialog = find("login"), given = find("login-token");
  dialog.addEventListener("cancel", (event) => event.preventDefault());
  openDialog(dialog);
  return new Promise((done) => {
    find("login-form").onsubmit = async (event) => {
      event.preventDefault();
      try {
        await post("/v1/session", { token: given.value });
        given.value = "";
        find("login-error").textContent = "";
        dialog.close();
        done();
      } catch (problem) {
        find("login-error").textContent = problem.message;
      }
    };
  });
}

/** A link such as https://…/#token=… lets a browser in without typing; the token leaves the address at once. */
export async function useTokenOfAddress() {
  if (!location.hash.startsWith("#token=")) return;
  const token = decodeURIComponent(location.hash.slice("#token=".length));
  history.replaceState(null, "", "#camera");
  await post("/v1/session", { token }).catch(() => {});
}
