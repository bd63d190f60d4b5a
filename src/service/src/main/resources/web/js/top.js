// The keys that are blocked most, of this instance.
import { $, Table, el, failed, once, text, visible } from "./dom.js";
import { get } from "./api.js";
import { count, span } from "./format.js";

/** A key's text as it is shown: a fingerprint is no key that could be looked up. */
export function keyCell(td, entry, look) {
  const hashed = entry.keyForm === "HASHED";
  if (hashed) {
    text(once(td, () => el("span", { class: "mono", title: "A fingerprint: keys are hidden here" })), entry.key);
    return;
  }
  const button = once(td, () => el("button", { type: "button", class: "link", onclick: (event) => look(event.currentTarget.dataset.key) }));
  button.dataset.key = entry.key;
  text(button, visible(entry.key));
}

export function estimate(entry) {
  return entry.lowerBound === entry.estimate ? count(entry.estimate) : `≤ ${count(entry.estimate)}`;
}

export function topColumns(look, most) {
  return [
    { label: "Key", class: "name", cell: (td, entry) => keyCell(td, entry, look) },
    { label: "Rule", class: "wrap", cell: (td, entry) => text(td, entry.rule) },
    { label: "Blocked", class: "number", cell: (td, entry) => {
      const made = once(td, () => el("span", { class: "share" }, el("span", { class: "track", "aria-hidden": "true" }, el("span")), el("span", {})));
      made.firstElementChild.firstElementChild.style.setProperty("--part", String(entry.estimate / Math.max(1, most())));
      text(made.lastElementChild, estimate(entry));
      td.title = entry.lowerBound === entry.estimate ? "" : `between ${count(entry.lowerBound)} and ${count(entry.estimate)}`;
    } },
  ];
}

export function topPanel(look) {
  let most = 1;
  const host = $("top-panel");
  const table = new Table(host, {
    name: "Keys that are blocked most",
    empty: "No key was blocked in this time.",
    key: (entry) => `${entry.rule}\n${entry.keyForm}\n${entry.key}`,
    columns: topColumns(look, () => most),
  });
  return async function load() {
    try {
      const top = await get("api/top?n=10");
      most = top.blocked[0]?.estimate ?? 1;
      table.update(top.blocked);
      text($("top-covers"), top.coversMillis > 0 ? `in the last ${span(top.coversMillis)}` : "");
    } catch (problem) {
      failed(host, problem, load);
    }
  };
}
