// What each rule does.
import { $, Table, el, once, text } from "./dom.js";
import { count, percent, plural, rate } from "./format.js";

/** How much of what reached the rule it refused, or would have. */
function refused(rule) {
  const rates = rule.rates;
  if (!rates) return null;
  const over = rates.blocked + rates.shadowBlocked;
  const all = rates.admitted + over;
  return all > 0 ? over / all : 0;
}

/** Rules that are shown before somebody asks for all of them. */
const FIRST = 20;

const list = el("div");
const more = el("button", { type: "button", class: "quiet", hidden: true, onclick: () => { all = !all; if (newest) rules(newest); } });
let all = false;
let newest = null;

const table = new Table(list, {
  name: "Rules",
  empty: "No rules are known yet.",
  key: (rule) => `${rule.limiter}\n${rule.rule}`,
  columns: [
    { label: "Rule", class: "name", cell: (td, rule) => {
      const made = once(td, () => el("span", {}, el("span", {}), " ", el("span", {})));
      text(made.children[0], rule.rule);
      const trial = made.children[1];
      const words = rule.shadow ? "on trial" : rule.enforcePercent < 100 ? `for ${rule.enforcePercent} % of keys` : rule.limits.length ? "" : "exempt";
      trial.className = words === "exempt" ? "tag plain" : "tag";
      trial.hidden = !words;
      text(trial, words);
    } },
    { label: "Limits", cell: (td, rule) => {
      const made = once(td, () => el("span", { class: "limits-of" }));
      if (made.dataset.is === rule.limits.join()) return;
      made.dataset.is = rule.limits.join();
      made.replaceChildren(...(rule.limits.length ? rule.limits.map((limit) => el("span", {}, limit)) : ["–"]));
    } },
    { label: "Over the limit", cell: (td, rule) => text(td, rule.overLimit) },
    { label: "Admitted /s", class: "number", cell: (td, rule) => text(td, rate(rule.rates?.admitted)) },
    { label: "Blocked /s", class: "number", cell: (td, rule) => {
      const value = rule.rates ? (rule.shadow ? rule.rates.shadowBlocked : rule.rates.blocked) : null;
      td.toggleAttribute("data-tone", false);
      if (value > 0 && !rule.shadow) td.dataset.tone = "blocked";
      text(td, rate(value));
    } },
    { label: "Blocked share", class: "number", cell: (td, rule) => {
      const made = once(td, () => el("span", { class: "share" }, el("span", { class: "track", "aria-hidden": "true" }, el("span")), el("span", {})));
      const part = refused(rule);
      made.firstElementChild.toggleAttribute("data-tone", rule.shadow);
      if (rule.shadow) made.firstElementChild.dataset.tone = "trial";
      made.firstElementChild.firstElementChild.style.setProperty("--part", String(part ?? 0));
      text(made.lastElementChild, part === null ? "–" : `${percent(part)} %`);
    } },
    { label: "Blocked in all", class: "number", cell: (td, rule) => text(td, count(rule.shadow ? rule.totals.shadowBlocked : rule.totals.blocked)) },
    { label: "Near limit in all", class: "number", cell: (td, rule) => {
      text(td, count(rule.nearLimit));
      td.title = `${plural(rule.nearLimit, "record", "records")} admitted with 80 % of a limit used, or more`;
    } },
  ],
});

export function rules(stats) {
  newest = stats;
  const host = $("rules-panel");
  if (list.parentNode !== host) host.replaceChildren(list, more);
  table.update(all ? stats.rules : stats.rules.slice(0, FIRST));
  more.hidden = stats.rules.length <= FIRST;
  text(more, all ? `Show the first ${FIRST}` : `Show all ${count(stats.rules.length)} rules`);
}
