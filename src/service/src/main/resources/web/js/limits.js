// Limits of single keys, classes and rules that are set while the service runs.
import { $, Table, confirmed, el, failed, state, text, visible } from "./dom.js";
import { change, get } from "./api.js";

let write = false;
let names = "";

/** RULE, RULE/class/CLASS, RULE/key/KEY: what follows the second slash is all of the name. */
export function parts(entry) {
  const match = /^([^/]*)(?:\/(class|key)\/([\s\S]*))?$/.exec(entry);
  return match ? { rule: match[1], kind: match[2] ?? "rule", name: match[3] ?? "" } : { rule: entry, kind: "rule", name: "" };
}

const WORDS = { key: "Key", class: "Class", rule: "All its keys" };

const table = new Table($("limits-panel"), {
  name: "Limits set while running",
  empty: "None: the rules hold as they are written.",
  key: (item) => item.entry,
  columns: [
    { label: "Rule", class: "name", cell: (td, item) => text(td, parts(item.entry).rule) },
    { label: "For", cell: (td, item) => text(td, WORDS[parts(item.entry).kind]) },
    { label: "Name", class: "wrap mono", cell: (td, item) => text(td, visible(parts(item.entry).name)) },
    { label: "Limits", cell: (td, item) => {
      if (td.dataset.is === item.limits.join()) return;
      td.dataset.is = item.limits.join();
      td.replaceChildren(el("span", { class: "limits-of" }, ...item.limits.map((limit) => el("span", {}, limit))));
    } },
    { label: "Change", hidden: true, class: "tools", cell: (td, item) => {
      if (!write) {
        td.replaceChildren();
        return;
      }
      if (!td.firstElementChild) {
        td.append(
          el("button", { type: "button", class: "small", onclick: () => edit(td.item) }, "Edit"),
          el("button", { type: "button", class: "small", onclick: () => remove(td.item) }, "Remove"),
        );
      }
      td.item = item;
      td.children[0].setAttribute("aria-label", `Edit the limit ${visible(item.entry)}`);
      td.children[1].setAttribute("aria-label", `Remove the limit ${visible(item.entry)}`);
    } },
  ],
});

function message(words, tone) {
  $("limit-message").dataset.tone = tone;
  text($("limit-message"), words);
}

function kindChanged() {
  const kind = $("limit-kind").value;
  $("limit-name-label").hidden = kind === "rule";
  $("limit-name").required = kind !== "rule";
  text($("limit-name-text"), kind === "class" ? "Class" : "Key");
}

function edit(item) {
  const { rule, kind, name } = parts(item.entry);
  $("limit-rule").value = rule;
  $("limit-kind").value = kind;
  $("limit-name").value = name;
  $("limit-limits").value = item.limits.join(", ");
  kindChanged();
  message("", "good");
  $("limit-limits").focus();
}

async function remove(item) {
  if (!(await confirmed("Remove this limit?", `${visible(item.entry)} gets what its rule says again.`, "Remove"))) return;
  try {
    await change("DELETE", `api/limits/${encodeURIComponent(item.entry)}`);
    message(`Removed: ${visible(item.entry)}.`, "good");
    await load();
    $("limit-rule").focus();
  } catch (problem) {
    message(problem.message, "bad");
  }
}

async function set(event) {
  event.preventDefault();
  const kind = $("limit-kind").value;
  const entry = kind === "rule" ? $("limit-rule").value : `${$("limit-rule").value}/${kind}/${$("limit-name").value}`;
  const limits = $("limit-limits").value.split(",").map((limit) => limit.trim()).filter(Boolean);
  const button = $("limit-form").querySelector("button[type=submit]");
  button.disabled = true;
  try {
    await change("PUT", `api/limits/${encodeURIComponent(entry)}`, { limits });
    message(`Set: ${visible(entry)}. It holds as soon as each instance has read it.`, "good");
    await load();
  } catch (problem) {
    message(problem.message, "bad");
  } finally {
    button.disabled = false;
  }
}

export async function load() {
  try {
    table.update(await get("api/limits"));
  } catch (problem) {
    if (problem.status === 404) {
      state($("limits-panel"), problem.message);
      $("limit-form").hidden = true;
      $("limit-readonly").hidden = true;
    } else {
      failed($("limits-panel"), problem, load);
    }
  }
}

/** The rules that a limit can be set for. */
export function ruleNames(stats) {
  const rules = stats.rules.filter((rule) => rule.limits.length).map((rule) => rule.rule);
  if (names === rules.join()) return;
  names = rules.join();
  const kept = $("limit-rule").value;
  $("limit-rule").replaceChildren(...rules.map((rule) => el("option", { value: rule }, rule)));
  if (rules.includes(kept)) $("limit-rule").value = kept;
}

export function limitForm(may) {
  write = may;
  $("limit-form").hidden = !may;
  $("limit-readonly").hidden = may;
  $("limit-kind").addEventListener("change", kindChanged);
  $("limit-form").addEventListener("submit", set);
  kindChanged();
}
