// Whether what the page shows is of now. Said aloud only when that changes.
import { $, text } from "./dom.js";
import { span } from "./format.js";

const STALE = 3_500;

let state = "connecting";
let heard = null;

function show(name, words) {
  const pill = $("connection");
  if (pill.dataset.state !== name) pill.dataset.state = name;
  text($("connection-text"), words);
}

function render() {
  const old = heard === null ? null : performance.now() - heard;
  const stale = old !== null && old > STALE;
  document.body.toggleAttribute("data-stale", stale);
  const notice = $("notice");
  notice.hidden = !stale;
  if (stale) text(notice, `The figures are ${span(Math.floor(old / 1000) * 1000)} old. The page goes on as soon as the service answers.`);
  if (stale && state === "live") show("stale", "No news");
}

/** A snapshot came. */
export function alive() {
  heard = performance.now();
  state = "live";
  show("live", "Live");
  render();
}

/** The connection is no longer what it was. */
export function became(name, words) {
  state = name;
  show(name, words);
  render();
}

export const isLive = () => state === "live";

setInterval(render, 1_000);
