// Small helpers. Text is only ever set as text: keys and names come from strangers.

export const $ = (id) => document.getElementById(id);

/** An element with properties (class, data-…, aria-…, on…) and children, which are elements or texts. */
export function el(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "part") node.style.setProperty("--part", String(value));
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** Sets a text, if it is another one: nothing is laid out anew, and no selection is lost, for nothing. */
export function text(node, value) {
  const wanted = String(value);
  if (node.textContent !== wanted) node.textContent = wanted;
}

/** A key for the eye: characters that are not seen, or that turn a line around, are written out. */
export function visible(key) {
  return key.replace(/[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g, (character) => {
    const code = character.charCodeAt(0);
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : `⟨U+${code.toString(16).toUpperCase().padStart(4, "0")}⟩`;
  });
}

/** A panel that has nothing to show yet, or never. */
export function state(host, message) {
  if (host.children.length === 1 && host.firstElementChild.className === "state" && host.textContent === message) return;
  host.replaceChildren(el("p", { class: "state" }, message));
}

/** A panel whose answer did not come. */
export function failed(host, problem, again) {
  host.replaceChildren(
    el("p", { class: "state error" }, el("span", {}, problem.message), el("button", { type: "button", class: "small", onclick: again }, "Try again")),
  );
}

/**
 * A table whose rows stay what they are while their cells change: focus, selection and scrolling survive.
 * Columns are { label, class, hidden, cell(td, row) }.
 */
export class Table {
  #host;
  #columns;
  #key;
  #empty;
  #rows = new Map();
  #body;
  #table;

  constructor(host, { name, columns, key, empty }) {
    this.#host = host;
    this.#columns = columns;
    this.#key = key;
    this.#empty = empty;
    // Roles are said, since cards on narrow screens take the table's own away.
    this.#body = el("tbody", { role: "rowgroup" });
    this.#table = el(
      "table",
      { class: "cards", role: "table", "aria-label": name },
      el(
        "thead",
        { role: "rowgroup" },
        el("tr", { role: "row" }, ...columns.map((column) => el("th", { role: "columnheader", scope: "col", class: column.class }, column.hidden ? el("span", { class: "hidden" }, column.label) : column.label))),
      ),
      this.#body,
    );
  }

  update(items) {
    if (items.length === 0) {
      this.#rows.clear();
      this.#body.replaceChildren();
      state(this.#host, this.#empty);
      return;
    }
    if (this.#table.parentNode !== this.#host) this.#host.replaceChildren(this.#table);
    const seen = new Set();
    let place = this.#body.firstElementChild;
    for (const item of items) {
      const key = this.#key(item);
      seen.add(key);
      let row = this.#rows.get(key);
      if (!row) {
        row = el("tr", { role: "row" }, ...this.#columns.map((column) => el("td", { role: "cell", class: column.class, "data-label": column.label })));
        this.#rows.set(key, row);
      }
      this.#columns.forEach((column, index) => column.cell(row.children[index], item));
      if (row === place) place = place.nextElementSibling;
      else this.#body.insertBefore(row, place);
    }
    for (const [key, row] of this.#rows) {
      if (!seen.has(key)) {
        row.remove();
        this.#rows.delete(key);
      }
    }
  }
}

/** A cell that is made once and then only changed. */
export function once(td, make) {
  if (!td.firstElementChild) td.append(make());
  return td.firstElementChild;
}

/**
 * Bars over time. Each has its text as a tooltip; all of them are a list for those who do not see them.
 * Points are { value, label }.
 */
export function bars(points, { name, format, scale, low }) {
  const most = Math.max(1, ...points.map((point) => point.value));
  const drawn = el("div", { class: low ? "bars low" : "bars", "aria-hidden": "true" });
  for (const point of points) {
    drawn.append(el("span", { part: point.value / most, class: point.value > 0 ? "some" : null, title: `${point.label}: ${format(point.value)}` }));
  }
  const told = points.filter((point) => point.value > 0).map((point) => el("li", {}, `${point.label}: ${format(point.value)}`));
  return el(
    "div",
    { class: "bar-block" },
    el("div", { class: "bar-scale", "aria-hidden": "true" }, el("span", {}, `0 to ${format(most)}`)),
    drawn,
    el("div", { class: "bar-scale", "aria-hidden": "true" }, ...scale.map((label) => el("span", {}, label))),
    el("ul", { class: "hidden", "aria-label": name }, ...(told.length ? told : [el("li", {}, "none")])),
  );
}

const confirmDialog = $("confirm-dialog");

/** Asks before something that cannot be taken back. */
export function confirmed(title, message, yes) {
  text($("confirm-title"), title);
  text($("confirm-text"), message);
  text($("confirm-yes"), yes);
  confirmDialog.returnValue = "no";
  confirmDialog.showModal();
  return new Promise((resolve) => {
    confirmDialog.addEventListener("close", () => resolve(confirmDialog.returnValue === "yes"), { once: true });
  });
}
