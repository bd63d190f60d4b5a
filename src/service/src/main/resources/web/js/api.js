// The service, from here: requests with the token, and the stream of snapshots. Paths are relative, so that the page
// works behind a proxy's prefix. The token is in this module's memory alone.
import { $, text } from "./dom.js";

const TIMEOUT = 15_000;

let token = null;
let asking = null;

/** What the service says is wrong: one line for people. */
export class Problem extends Error {
  constructor(status, message, owner) {
    super(message);
    this.status = status;
    this.owner = owner;
  }
}

export const hasToken = () => token !== null;

export function forgetToken() {
  token = null;
}

function headers(extra) {
  return token ? { ...extra, Authorization: `Bearer ${token}` } : { ...extra };
}

async function problemOf(response) {
  try {
    const body = await response.json();
    return new Problem(response.status, body.detail ?? body.title ?? `Answer ${response.status}.`, body.owner);
  } catch {
    return new Problem(response.status, `Answer ${response.status}.`);
  }
}

async function send(path, options) {
  try {
    return await fetch(path, { ...options, cache: "no-store", credentials: "omit", signal: AbortSignal.timeout(TIMEOUT) });
  } catch (failure) {
    throw new Problem(0, failure.name === "TimeoutError" ? "No answer in 15 s." : "The service cannot be reached.");
  }
}

/** Asks for the token if there is none, or the one that there was is wrong; null if nobody gives one. */
async function withToken(path, options, why) {
  for (let wrong = false; ; wrong = true) {
    if (token === null && !(await askToken(why, wrong))) throw new Problem(401, "Not done: no token was given.");
    const response = await send(path, { ...options, headers: headers(options.headers) });
    if (response.status !== 401) return response;
    token = null;
  }
}

/** Reads. If reading needs the token, it is asked for. */
export async function get(path) {
  let response = await send(path, { headers: headers({}) });
  if (response.status === 401) {
    forgetToken();
    response = await withToken(path, { headers: {} }, "This instance shows its figures to those who have its token.");
  }
  if (!response.ok) throw await problemOf(response);
  return response.json();
}

/** Writes, with the token. */
export async function change(method, path, body) {
  const options = { method, headers: {} };
  if (body !== undefined) {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  const response = await withToken(path, options, "Changes need the service's token.");
  if (!response.ok) throw await problemOf(response);
  return response.status === 204 ? null : response.json();
}

/** Asks a person for the token; several who wait for it share one question. */
export function askToken(why, wrong) {
  asking ??= new Promise((resolve) => {
    const dialog = $("token-dialog");
    const input = $("token-input");
    text($("token-why"), why);
    text($("token-message"), wrong ? "That token was not accepted." : "");
    input.value = "";
    let given = false;
    const submit = (event) => {
      event.preventDefault();
      if (!/^[\x21-\x7e]+$/.test(input.value.trim())) {
        text($("token-message"), "A token has only letters, digits and signs of ASCII.");
        return;
      }
      token = input.value.trim();
      given = true;
      dialog.close();
    };
    const cancel = () => dialog.close();
    $("token-form").addEventListener("submit", submit);
    $("token-cancel").addEventListener("click", cancel);
    dialog.addEventListener(
      "close",
      () => {
        $("token-form").removeEventListener("submit", submit);
        $("token-cancel").removeEventListener("click", cancel);
        input.value = "";
        asking = null;
        document.dispatchEvent(new CustomEvent("headgate-token"));
        resolve(given);
      },
      { once: true },
    );
    dialog.showModal();
  });
  return asking;
}

/** Resolves once there is a token: whoever said no is not asked again, but has a button. */
function tokenGiven() {
  return new Promise((resolve) => {
    const look = () => {
      if (token === null) return;
      document.removeEventListener("headgate-token", look);
      resolve();
    };
    document.addEventListener("headgate-token", look);
    $("token-button").hidden = false;
  });
}

/** Reads what the page cannot do without, for as long as it takes. */
export async function getAtLast(path, became) {
  for (let wait = 500; ; wait = Math.min(wait * 2, 10_000)) {
    try {
      return await get(path);
    } catch (problem) {
      if (problem.status === 401) {
        became("refused", "Needs the token");
        await tokenGiven();
      } else {
        became("reconnecting", "Reconnecting");
        await new Promise((resolve) => setTimeout(resolve, wait));
      }
    }
  }
}

/**
 * Follows the snapshots, for as long as the page is open. With fetch rather than EventSource, which cannot carry the
 * token. Calls back with each snapshot, and with what the connection has become: live, reconnecting, refused.
 */
export async function follow({ snapshot, became }) {
  let wait = 500;
  for (;;) {
    const abort = new AbortController();
    let heard = performance.now();
    // A connection that says nothing is a dead one: the service says something each second.
    const watch = setInterval(() => performance.now() - heard > 10_000 && abort.abort(), 1_000);
    try {
      const response = await fetch("api/stats/stream", { headers: headers({}), cache: "no-store", credentials: "omit", signal: abort.signal });
      if (response.status === 401) {
        became("refused", "Needs the token");
        forgetToken();
        if (!(await askToken("This instance shows its figures to those who have its token.", false))) await tokenGiven();
        continue;
      } else if (!response.ok) {
        became(response.status === 503 ? "reconnecting" : "refused", (await problemOf(response)).message);
      } else {
        const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
        let rest = "";
        for (;;) {
          const { done, value } = await reader.read();
          if (done) break;
          heard = performance.now();
          rest += value;
          const events = rest.split("\n\n");
          rest = events.pop();
          for (const event of events) {
            const data = event.split("\n").filter((line) => line.startsWith("data: "));
            if (data.length) {
              wait = 500;
              snapshot(JSON.parse(data.map((line) => line.slice(6)).join("\n")));
            }
          }
        }
        became("reconnecting", "Reconnecting");
      }
    } catch {
      became("reconnecting", "Reconnecting");
    } finally {
      clearInterval(watch);
    }
    // Further and further apart, and not all pages in the same moment.
    await new Promise((resolve) => setTimeout(resolve, wait * (0.75 + Math.random() / 2)));
    wait = Math.min(wait * 2, 10_000);
  }
}
