// Charts of the last minutes. They share their time and their cursor; what they draw is also there as a table.
/* global uPlot */
import { $, el, text } from "./dom.js";
import { count, millis, minute, rate, short, time } from "./format.js";

const KEPT = 600;
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** Each with its series: name of the column, words, colour, and whether it is drawn as a dashed line. */
const CHARTS = [
  { id: "admitted", height: 150, format: rate, unit: "/s", series: [
    { name: "admitted", label: "Admitted", tone: "admitted", wash: true },
    { name: "bypassed", label: "Bypassed", tone: "muted", dash: true, optional: true },
  ] },
  { id: "blocked", height: 130, format: rate, unit: "/s", series: [
    { name: "blocked", label: "Blocked", tone: "blocked", wash: true },
    { name: "shadowBlocked", label: "Would be blocked (on trial)", tone: "trial", dash: true, optional: true },
  ] },
  { id: "lane", height: 96, format: millis, unit: "ms", optional: true, series: [
    { name: "laneMax", label: "Event latency, longest", tone: "ink" },
  ] },
];

const NAMES = CHARTS.flatMap((chart) => chart.series.map((series) => series.name));

/** The points, column by column; times in seconds, as the chart library has them. */
const columns = { time: [] };
NAMES.forEach((name) => (columns[name] = []));

let shown = 600;
let drawn = [];
let offset = 0; // of the service's clock to this one's, so that the newest point stands at the right edge

function push(at, values) {
  const last = columns.time[columns.time.length - 1];
  if (last !== undefined && at <= last) return;
  columns.time.push(at);
  NAMES.forEach((name) => columns[name].push(values[name] ?? null));
  if (columns.time.length > KEPT) {
    columns.time.shift();
    NAMES.forEach((name) => columns[name].shift());
  }
}

/** Takes over what the service has kept. */
export function history(kept) {
  const now = columns.time.map((at, i) => [at, Object.fromEntries(NAMES.map((name) => [name, columns[name][i]]))]);
  columns.time.length = 0;
  NAMES.forEach((name) => (columns[name].length = 0));
  kept.time.forEach((at, i) => push(at / 1000, Object.fromEntries(NAMES.map((name) => [name, kept[name]?.[i]]))));
  now.forEach(([at, values]) => push(at, values));
  draw();
}

/** Takes a snapshot. */
export function point(stats) {
  const rates = stats.rates ?? {};
  const last = columns.time[columns.time.length - 1];
  const at = stats.time / 1000;
  // A time that was missed is a gap, not a line.
  if (last !== undefined && at - last > 5) push(last + 1, {});
  push(at, { ...rates, laneMax: stats.lane.latency?.max });
  offset = stats.time - Date.now();
}

const some = (name) => columns[name].some((value) => value !== null && value > 0);

/** Times under the axis, with seconds if they are not whole minutes; none that the edge would cut. */
function labels(plot, splits) {
  const write = splits.every((at) => at % 60 === 0) ? minute : time;
  return splits.map((at) => (plot.valToPos(at, "x") > plot.over.clientWidth - 24 ? "" : write(at * 1000)));
}

function make(chart) {
  const legend = el("ul", { class: "chart-legend" });
  const box = el("div", { class: "chart-box", role: "img", "aria-label": `${chart.series[0].label}, the last minutes` });
  const empty = el("p", { class: "chart-empty" }, "Waiting for the first figures");
  box.append(empty);
  const keys = chart.series.map((series) => {
    const value = el("b", {}, "–");
    const key = el("span", { class: series.dash ? "key dashed" : "key", "aria-hidden": "true" });
    key.style.setProperty("--tone", `var(--${series.tone})`);
    const item = el("li", {}, key, series.label, value);
    legend.append(item);
    return { item, value };
  });
  const group = el("div", {}, legend, box);
  $("charts").append(group);

  const axis = {
    stroke: () => colour("--muted"),
    font: "12px system-ui, sans-serif",
    ticks: { show: false },
    grid: { stroke: () => colour("--line"), width: 1 },
  };
  const plot = new uPlot(
    {
      width: Math.max(200, box.clientWidth),
      height: chart.height,
      padding: [8, 4, 0, 0],
      legend: { show: false },
      cursor: { sync: { key: "headgate" }, drag: { x: false, y: false }, points: { size: 7 } },
      scales: {
        x: { time: true, range: () => { const end = (Date.now() + offset) / 1000; return [end - shown, end]; } },
        y: { range: (_, __, most) => [0, !most || most <= 0 ? 1 : most * 1.12] },
      },
      axes: [
        { ...axis, size: 26, space: 90, values: labels },
        { ...axis, size: 52, space: 28, values: (_, splits) => splits.map((value) => (value !== 0 && value < 10 && !Number.isInteger(value) ? value.toFixed(1) : short(value))) },
      ],
      series: [
        {},
        ...chart.series.map((series) => ({
          label: series.label,
          width: 1.75,
          dash: series.dash ? [4, 3] : undefined,
          stroke: () => colour(`--${series.tone}`),
          fill: series.wash ? () => colour(`--${series.tone}-wash`) : undefined,
          points: { show: false },
        })),
      ],
      hooks: { setCursor: [() => legends()] },
    },
    [[], ...chart.series.map(() => [])],
    box,
  );
  new ResizeObserver(() => plot.setSize({ width: Math.max(200, box.clientWidth), height: chart.height })).observe(box);
  return { ...chart, plot, keys, group, box, empty };
}

/** The values beside the names: where the cursor stands, else the newest. */
function legends() {
  for (const chart of drawn) {
    const under = chart.plot.cursor.idx;
    chart.series.forEach((series, i) => {
      const values = columns[series.name];
      const value = values[under ?? values.length - 1];
      text(chart.keys[i].value, value === null || value === undefined ? "–" : `${chart.format(value)} ${chart.unit}`);
    });
  }
}

/** Draws what there is. */
export function draw() {
  if (!globalThis.uPlot || document.hidden) return;
  if (drawn.length === 0) drawn = CHARTS.map(make);
  for (const chart of drawn) {
    if (chart.optional) chart.group.hidden = !chart.series.some((series) => columns[series.name].some((value) => value !== null));
    chart.series.forEach((series, i) => {
      if (series.optional) {
        const has = some(series.name);
        chart.keys[i].item.hidden = !has;
        if (chart.plot.series[i + 1].show !== has) chart.plot.setSeries(i + 1, { show: has });
      }
    });
    chart.empty.hidden = columns.time.length > 1;
    chart.plot.setData([columns.time, ...chart.series.map((series) => columns[series.name])]);
  }
  legends();
  if (!$("chart-table").hidden) table();
}

/** Colours are read when a chart is drawn. */
export function recolour() {
  drawn.forEach((chart) => chart.plot.redraw(false, true));
}

const STEP = 10;

/** Means of ten seconds each, the newest first. */
function table() {
  const rows = new Map();
  columns.time.forEach((at, i) => {
    const start = Math.floor(at / STEP) * STEP;
    if (!rows.has(start)) rows.set(start, { n: 0, admitted: 0, blocked: 0, lane: null });
    const row = rows.get(start);
    if (columns.admitted[i] === null) return;
    row.n++;
    row.admitted += columns.admitted[i];
    row.blocked += columns.blocked[i];
    row.lane = Math.max(row.lane ?? 0, columns.laneMax[i] ?? 0) || null;
  });
  const since = (Date.now() + offset) / 1000 - shown;
  const body = el("tbody");
  for (const [start, row] of [...rows].reverse()) {
    if (start < since || row.n === 0) continue;
    body.append(el("tr", {}, el("th", { scope: "row" }, time(start * 1000)), el("td", { class: "number" }, rate(row.admitted / row.n)), el("td", { class: "number" }, rate(row.blocked / row.n)), el("td", { class: "number" }, millis(row.lane))));
  }
  const head = ["From", "Admitted /s", "Blocked /s", "Latency ms"];
  const host = $("chart-table");
  const at = host.scrollTop;
  host.replaceChildren(
    el("table", {}, el("caption", { class: "hidden" }, `Means of ${count(STEP)} seconds, the newest first`), el("thead", {}, el("tr", {}, ...head.map((name, i) => el("th", { scope: "col", class: i ? "number" : null }, name)))), body),
  );
  host.scrollTop = at;
}

/** Wires the choices above the charts. */
export function controls() {
  const spans = [...document.querySelectorAll("[data-span]")];
  spans.forEach((button) =>
    button.addEventListener("click", () => {
      shown = Number(button.dataset.span);
      spans.forEach((other) => other.setAttribute("aria-pressed", String(other === button)));
      draw();
    }),
  );
  const button = $("chart-table-button");
  button.addEventListener("click", () => {
    const host = $("chart-table");
    host.hidden = !host.hidden;
    host.tabIndex = 0;
    host.setAttribute("role", "region");
    host.setAttribute("aria-label", "Records per second as a table");
    button.setAttribute("aria-expanded", String(!host.hidden));
    text(button, host.hidden ? "Show as table" : "Hide table");
    if (!host.hidden) table();
  });
}
