// Who shares the work.
import { $, Table, el, failed, once, text } from "./dom.js";
import { get } from "./api.js";
import { count } from "./format.js";

/** access-log-0, access-log-1, access-log-2 → access-log: 0–2. */
export function ranges(partitions) {
  const topics = new Map();
  for (const name of partitions) {
    const cut = name.lastIndexOf("-");
    const topic = name.slice(0, cut);
    if (!topics.has(topic)) topics.set(topic, []);
    topics.get(topic).push(Number(name.slice(cut + 1)));
  }
  return [...topics].sort(([a], [b]) => (a < b ? -1 : 1)).map(([topic, numbers]) => {
    numbers.sort((a, b) => a - b);
    const runs = [];
    for (const n of numbers) {
      const run = runs[runs.length - 1];
      if (run && run[1] === n - 1) run[1] = n;
      else runs.push([n, n]);
    }
    return `${topic}: ${runs.map(([from, to]) => (from === to ? from : `${from}–${to}`)).join(", ")}`;
  });
}

const host = $("instances-panel");
const table = new Table(host, {
  name: "Instances",
  empty: "No instance is known yet.",
  key: (instance) => instance.name,
  columns: [
    { label: "Instance", class: "name", cell: (td, instance) => {
      const made = once(td, () => el("span", {}, el("span", {}), " ", el("span", { class: "tag plain" }, "this one")));
      text(made.children[0], instance.name);
      made.children[1].hidden = !instance.self;
    } },
    { label: "State", cell: (td, instance) => text(td, instance.state ? instance.state.toLowerCase().replaceAll("_", " ") : "–") },
    { label: "Partitions", class: "wrap", cell: (td, instance) => text(td, ranges(instance.partitions).join("; ") || "none") },
    { label: "Copies of", class: "wrap", cell: (td, instance) => text(td, ranges(instance.standby).join("; ") || "none") },
    { label: "Records behind", class: "number", cell: (td, instance) => text(td, count(instance.lag)) },
  ],
});

export async function instances() {
  try {
    table.update(await get("api/instances"));
  } catch (problem) {
    failed(host, problem, instances);
  }
}
