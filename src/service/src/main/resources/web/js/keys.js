// One key: what it has used of each limit, when it was blocked, and a new start for it.
import { $, bars, confirmed, el, failed, text, visible } from "./dom.js";
import { change, get } from "./api.js";
import { count, minute, plural, span } from "./format.js";

let shown = null; // the key
let write = false;
let usageHost = null;
let blocksHost = null;

export function allowWrite(may) {
  write = may;
}

function usage(limit) {
  const part = limit.units > 0 ? Math.min(1, limit.used / limit.units) : 1;
  const full = limit.remaining === 0;
  return el(
    "div",
    { class: "usage" },
    el(
      "div",
      { class: "usage-line" },
      el("span", {}, el("b", {}, limit.rule), ` ${limit.limit} `, limit.shadow ? el("span", { class: "tag" }, "on trial") : null),
      el("span", {}, el("b", {}, count(limit.used)), ` of ${count(limit.units)} used`),
    ),
    el("div", { class: "track", "data-tone": full ? "full" : "used", role: "meter", "aria-label": `${limit.rule} ${limit.limit}`, "aria-valuemin": 0, "aria-valuemax": limit.units, "aria-valuenow": limit.used }, el("span", { part })),
    el(
      "p",
      { class: "hint" },
      limit.retryAfterMillis > 0 ? `Blocked; the next record is admitted in ${span(limit.retryAfterMillis)}. ` : `${plural(limit.remaining, "unit", "units")} left. `,
      limit.used > 0 ? `Empty again in ${span(limit.resetMillis)}.` : "",
    ),
  );
}

const OWNER = /^[A-Za-z0-9.\-]+(:[0-9]{1,5})?$|^\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?$/;

function elsewhere(owner) {
  if (!owner) return el("p", { class: "state" }, "Another instance has this key; which one is not known now.");
  const name = OWNER.test(owner) ? el("a", { href: `http://${owner}/` }, owner) : owner;
  return el("p", { class: "state" }, "Another instance has this key: ", name, ".");
}

async function loadUsage() {
  const key = shown;
  const host = usageHost;
  try {
    const answer = await get(`api/keys?key=${encodeURIComponent(key)}`);
    if (key !== shown) return;
    if (!answer.here) host.replaceChildren(elsewhere(answer.owner));
    else if (answer.limits.length === 0) host.replaceChildren(el("p", { class: "state" }, "It has nothing in any window: no record of it was judged of late."));
    else host.replaceChildren(...answer.limits.map(usage));
    const reset = $("key-reset");
    if (reset) reset.hidden = !write || !answer.here || answer.limits.length === 0;
  } catch (problem) {
    if (key === shown) failed(host, problem, loadUsage);
  }
}

async function loadBlocks() {
  const key = shown;
  const host = blocksHost;
  try {
    const answer = await get(`api/keys/blocks?key=${encodeURIComponent(key)}&hours=24`);
    if (key !== shown) return;
    const total = answer.blocked.reduce((sum, value) => sum + value, 0);
    const trial = answer.shadowBlocked.reduce((sum, value) => sum + value, 0);
    const points = answer.blocked.map((value, i) => ({ value, label: minute(answer.from + i * answer.stepMillis) }));
    host.replaceChildren(
      el("p", { class: "summary" }, el("span", {}, el("b", {}, count(total)), " blocked in the last 24 hours"), trial ? el("span", {}, el("b", {}, count(trial)), " on trial") : null, answer.complete ? null : el("span", {}, "not all events were read")),
      total > 0
        ? bars(points, { name: "Blocked records over the last 24 hours", format: count, low: true, scale: ["24 hours ago", "12 hours ago", "now"] })
        : el("p", { class: "state" }, "It was not blocked."),
    );
  } catch (problem) {
    if (key === shown) failed(host, problem, loadBlocks);
  }
}

async function reset() {
  const key = shown;
  const message = $("key-message");
  if (!(await confirmed("Reset this key?", `All windows of ${visible(key)} become empty, in all rules. It has its whole limits again.`, "Reset"))) return;
  const button = $("key-reset");
  button.disabled = true;
  try {
    const done = await change("POST", "api/keys/reset", { key });
    message.dataset.tone = "good";
    text(message, `Done: ${plural(done.windows, "window is", "windows are")} empty.`);
    await loadUsage();
  } catch (problem) {
    message.dataset.tone = "bad";
    text(message, problem.message);
  } finally {
    button.disabled = false;
  }
}

/** Shows a key. */
export function look(key) {
  shown = key;
  $("key-input").value = key;
  usageHost = el("div", { class: "usages" }, el("p", { class: "state" }, "Loading"));
  blocksHost = el("div", {}, el("p", { class: "state" }, "Looking through the blocked records"));
  $("key-result").replaceChildren(
    el("div", { class: "key-head" }, el("span", { class: "mono" }, visible(key)), el("button", { type: "button", class: "small", id: "key-reset", hidden: true, onclick: reset }, "Reset")),
    el("p", { class: "message", id: "key-message", role: "status" }),
    usageHost,
    blocksHost,
  );
  $("key-panel").scrollIntoView({ block: "nearest" });
  $("key-result").focus({ preventScroll: true });
  loadUsage();
  loadBlocks();
}

/** Reads the usage of the key that is shown again. */
export function refresh() {
  if (shown !== null && usageHost && !$("confirm-dialog").open) loadUsage();
}

export function keySearch() {
  $("key-form").addEventListener("submit", (event) => {
    event.preventDefault();
    // As it is: a key may begin or end with a space.
    if ($("key-input").value) look($("key-input").value);
  });
}
