// What was blocked today, yesterday, or on another day.
import { $, Table, bars, el, failed, state, text } from "./dom.js";
import { get } from "./api.js";
import { about, count, plural } from "./format.js";
import { topColumns } from "./top.js";

let chosen = "today";
let look = () => {};
const off = new Set();

function figure(id, report) {
  text($(`f-${id}`), count(report.distinctKeys));
  text($(`f-${id}-note`), report.blocked ? `${about(report.distinctKeys, report.error95)}; ${plural(report.blocked, "record", "records")}` : "no record was blocked");
}

async function loadFigure(id) {
  try {
    figure(id, await get(`api/report?day=${id}`));
    off.delete(id);
  } catch (problem) {
    text($(`f-${id}`), "–");
    text($(`f-${id}-note`), problem.message);
    off.add(id);
  }
}

export const today = () => loadFigure("today");
export const yesterday = () => loadFigure("yesterday");

/** Hours by the report's own clocks; by UTC, where the browser does not know them. */
function hourClock(timeZone) {
  const style = { hour: "2-digit", minute: "2-digit", timeZone };
  try {
    return new Intl.DateTimeFormat("en-GB", style);
  } catch {
    return new Intl.DateTimeFormat("en-GB", { ...style, timeZone: "UTC" });
  }
}

function show(report) {
  const host = $("day-panel");
  text($("day-name"), `Blocked records by hour, ${report.day}`);
  if (report.blocked === 0 && report.shadowBlocked === 0) {
    state(host, report.over ? "No record was blocked on this day, or nothing is kept of it." : "No record was blocked yet on this day.");
    return;
  }
  const clock = hourClock(report.zone);
  const points = report.hours.map((hour) => ({ value: hour.blocked, label: clock.format(hour.start) }));
  const rules = el("div");
  const top = el("div");
  const most = report.top[0]?.estimate ?? 1;
  host.replaceChildren(
    el(
      "p",
      { class: "summary" },
      el("span", {}, el("b", {}, count(report.blocked)), " records"),
      el("span", {}, el("b", {}, count(report.distinctKeys)), " different keys"),
      el("span", {}, el("b", {}, count(report.events)), " events"),
      report.shadowBlocked ? el("span", {}, el("b", {}, count(report.shadowBlocked)), " more on trial") : null,
      report.behind > 0 ? el("span", {}, el("b", {}, count(report.behind)), " events not counted yet") : null,
      el("span", {}, `Time zone ${report.zone}`),
    ),
    bars(points, { name: `Blocked records of ${report.day} by hour`, format: count, scale: ["00:00", "06:00", "12:00", "18:00", "24:00"] }),
    el("div", { class: "day-parts" }, el("div", {}, el("h4", {}, "By rule"), rules), el("div", {}, el("h4", {}, "Keys blocked most"), top)),
    ...report.notes.map((note) => el("p", { class: "hint" }, note)),
  );
  new Table(rules, {
    name: `Rules on ${report.day}`,
    empty: "None.",
    key: (rule) => `${rule.limiter}\n${rule.rule}\n${rule.shadow}`,
    columns: [
      { label: "Rule", class: "name", cell: (td, rule) => td.replaceChildren(el("span", {}, rule.rule, " ", rule.shadow ? el("span", { class: "tag" }, "on trial") : "")) },
      { label: "Records", class: "number", cell: (td, rule) => text(td, count(rule.records)) },
      { label: "Keys", class: "number", cell: (td, rule) => text(td, count(rule.distinctKeys)) },
    ],
  }).update(report.rules);
  new Table(top, {
    name: `Keys that were blocked most on ${report.day}`,
    empty: "None.",
    key: (entry) => `${entry.keyForm}\n${entry.key}`,
    columns: topColumns(look, () => most).filter((column) => column.label !== "Rule"),
  }).update(report.top.slice(0, 10));
}

/** Reads the day that is shown. What has the focus is not replaced under it. */
export async function day() {
  const wanted = chosen;
  const host = $("day-panel");
  if (host.contains(document.activeElement)) return;
  try {
    const report = await get(`api/report?day=${wanted}`);
    if (wanted === chosen) show(report);
  } catch (problem) {
    if (wanted === chosen) failed(host, problem, day);
  }
}

export function days(onLook) {
  look = onLook;
  const buttons = [...document.querySelectorAll("[data-day]")];
  const choose = (value) => {
    chosen = value;
    buttons.forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.day === value)));
    state($("day-panel"), "Loading");
    day();
  };
  buttons.forEach((button) =>
    button.addEventListener("click", () => {
      $("day-input").value = "";
      choose(button.dataset.day);
    }),
  );
  $("day-input").addEventListener("change", () => choose($("day-input").value || "today"));
}
