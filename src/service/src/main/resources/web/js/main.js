// Puts the parts together: snapshots drive what moves, slow questions are asked every so often.
import { $, text } from "./dom.js";
import { askToken, follow, get, getAtLast, hasToken } from "./api.js";
import { bytes, count, millis, percent, plural, rate, short, span } from "./format.js";
import { controls, draw, history, point, recolour } from "./chart.js";
import { rules } from "./rules.js";
import { topPanel } from "./top.js";
import { allowWrite, keySearch, look, refresh } from "./keys.js";
import { day, days, today, yesterday } from "./report.js";
import { limitForm, load as limits, ruleNames } from "./limits.js";
import { instances } from "./instances.js";
import { alive, became, isLive } from "./status.js";
import { themes } from "./theme.js";

const calm = matchMedia("(prefers-reduced-motion: reduce)");
let service = null;
let newest = null;
let painted = 0;

function figures(stats) {
  const { rates, totals, keys, lane } = stats;
  text($("f-admitted"), rate(rates?.admitted));
  const failed = stats.failed ? `, ${plural(stats.failed, "record", "records")} not judged` : "";
  text($("f-admitted-note"), `${short(totals.admitted)} in all${totals.bypassed ? `, ${short(totals.bypassed)} bypassed` : ""}${failed}`);
  text($("f-blocked"), rate(rates?.blocked));
  const seen = rates ? rates.admitted + rates.blocked + rates.shadowBlocked + rates.bypassed : 0;
  const share = rates ? `${percent(seen > 0 ? rates.blocked / seen : 0)}\u2009% of all; ` : "";
  text($("f-blocked-note"), `${share}${short(totals.blocked)} in all${totals.shadowBlocked ? `, ${short(totals.shadowBlocked)} on trial` : ""}`);
  text($("f-lane"), millis(lane.latency?.max));
  const lost = lane.recordsLost ? `${count(lane.recordsLost)} lost` : lane.latency ? `average ${millis(lane.latency.average)} ms` : "not measured";
  text($("f-lane-note"), `${lost}, ${count(lane.waiting)} waiting`);
  text($("f-keys"), short(keys.live));
  text($("f-keys-note"), `of ${short(keys.max)}, ${bytes(keys.stateBytes)}${keys.overflow ? `; ${short(keys.overflow)} records beyond` : ""}`);
  const name = service?.service.application ?? "Headgate";
  document.title = rates ? `${rate(rates.blocked)}/s blocked · ${name}` : name;
}

/** Shows the newest snapshot; less often for those who want less to move. */
function paint(force) {
  if (!newest || document.hidden) return;
  const now = performance.now();
  if (!force && calm.matches && now - painted < 5_000) return;
  painted = now;
  figures(newest);
  rules(newest);
  ruleNames(newest);
  draw();
}

let again = () => {};

function snapshot(stats) {
  const back = newest !== null && !isLive();
  alive();
  newest = stats;
  if (back) again();
  point(stats);
  paint(false);
}

/** Asks again and again while somebody looks and the service answers. */
function every(seconds, ask) {
  let asking = false;
  const turn = async () => {
    if (asking || document.hidden || !isLive()) return;
    asking = true;
    try {
      await ask();
    } finally {
      asking = false;
    }
  };
  setInterval(turn, seconds * 1_000);
}

function about() {
  const { application, version, instance, started, sources, blockedTopic } = service.service;
  text($("application"), application);
  text($("about"), `Headgate ${version} on ${instance}, up for ${span(Date.now() - started)}. ${sources.join(", ")} → blocked records on ${blockedTopic}.`);
}

async function start() {
  themes(recolour);
  controls();
  keySearch();
  days(look);
  const loadTop = topPanel(look);

  const tokenButton = $("token-button");
  tokenButton.addEventListener("click", () => askToken("The service's token, for changes and where figures are not open to all.", false));
  service = await getAtLast("api/service", became);
  about();
  allowWrite(service.write);
  limitForm(service.write && service.service.limitsTopic !== null);
  const tokenShown = () => (tokenButton.hidden = hasToken() || !service.write);
  tokenShown();
  document.addEventListener("headgate-token", tokenShown);

  follow({ snapshot, became });
  const all = () => {
    get("api/stats/history").then(history, () => {});
    loadTop();
    today();
    yesterday();
    day();
    limits();
    instances();
  };
  all();
  again = all;
  every(5, loadTop);
  every(3, refresh);
  every(30, today);
  every(30, day);
  every(300, yesterday);
  every(15, limits);
  every(10, instances);
  every(60, async () => about());
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    paint(true);
    all();
  });
}

start();
