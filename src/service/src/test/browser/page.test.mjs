// The page in a real browser, against a server whose numbers move. Told where by its environment:
// PAGE_URL, CONTROL_URL (GET stop, start), SECRET_URL (a server that asks readers for the token), TOKEN, CHROMIUM, SHOTS.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const { PAGE_URL, CONTROL_URL, SECRET_URL, TOKEN, CHROMIUM, SHOTS } = process.env;
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const HOSTILE = "<img src=x onerror=alert(1)>\u202e\"'&";
const SEEN = HOSTILE.replace("\u202e", "⟨U+202E⟩");
const DESKTOP = { width: 1280, height: 900 };
const PHONE = { width: 360, height: 780 };

let browser;

before(async () => {
  browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
});

after(() => browser?.close());

/** A page of its own, that notes what it must not do: fail, ask others, break its policy, open dialogs. */
async function open(options = {}, url = PAGE_URL) {
  const context = await browser.newContext({ viewport: DESKTOP, colorScheme: "light", ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const faults = [];
  const origin = new URL(url).origin;
  page.on("pageerror", (error) => faults.push(`error: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error" && !/Failed to load resource/.test(message.text())) faults.push(`console: ${message.text()}`);
  });
  page.on("dialog", (dialog) => {
    faults.push(`dialog: ${dialog.message()}`);
    return dialog.dismiss();
  });
  page.on("request", (request) => {
    if (new URL(request.url()).origin !== origin) faults.push(`request to ${request.url()}`);
  });
  await page.goto(url);
  return { page, faults, close: () => context.close() };
}

const live = (page) => page.waitForSelector('#connection[data-state="live"]');

const number = async (page, selector) => (await page.textContent(selector)).replace(/[\u2009 ]/g, "");

/** Waits until a text is another one. */
async function changes(page, selector) {
  const now = await page.textContent(selector);
  await page.waitForFunction(([at, was]) => document.querySelector(at).textContent !== was, [selector, now]);
}

async function settled(page) {
  await live(page);
  await page.waitForSelector("#rules-panel tbody tr");
  await page.waitForSelector("#top-panel tbody tr");
  await page.waitForSelector("#day-panel .bars");
  await page.waitForSelector("#limits-panel tbody tr");
  await page.waitForSelector("#instances-panel tbody tr");
  await page.waitForFunction(() => /[0-9]/.test(document.querySelector("#f-blocked").textContent));
}

async function shot(page, name) {
  await page.evaluate(() => scrollTo({ top: 0, behavior: "instant" }));
  await page.screenshot({ path: `${SHOTS}/${name}.png`, fullPage: true });
}

async function fits(page) {
  const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(content <= window, `the page is ${content} px wide in a window of ${window}`);
}

/** What a checker of accessibility finds: names, labels, contrast, landmarks and more. */
async function accessible(page) {
  const found = await page.evaluate(`(() => { ${AXE}; return axe.run(document, { resultTypes: ["violations"] }); })()`);
  const told = found.violations.map((one) => `${one.id}: ${one.help}: ${one.nodes.map((node) => `${node.target} ${node.failureSummary}`).join("; ")}`);
  assert.deepEqual(told, []);
}

test("numbers and charts move", async () => {
  const { page, faults, close } = await open();
  await settled(page);
  await changes(page, "#f-admitted");
  await changes(page, "#f-blocked-note");
  const canvas = () => page.evaluate(() => document.querySelector("#charts canvas").toDataURL());
  const before = await canvas();
  await changes(page, "#f-admitted");
  assert.notEqual(await canvas(), before);
  assert.ok(Number(await number(page, "#f-today")) === 8412);
  assert.ok(Number(await number(page, "#f-yesterday")) === 12907);
  assert.equal(await page.textContent("#application"), "edge-limits");
  assert.match(await page.title(), /\/s blocked · edge-limits/);
  await page.click("#chart-table-button");
  await page.waitForSelector("#chart-table tbody tr");
  assert.match(await page.textContent("#chart-table tbody td"), /[0-9]/);
  await page.click("#chart-table-button");
  await shot(page, "desktop");
  await fits(page);
  await accessible(page);
  assert.deepEqual(faults, []);
  await close();
});

test("dark, and chosen by hand", async () => {
  const { page, faults, close } = await open({ colorScheme: "dark" });
  await settled(page);
  const theme = () => page.evaluate(() => document.documentElement.dataset.theme);
  assert.equal(await theme(), "dark");
  await page.waitForFunction(() => document.querySelectorAll("#charts canvas").length === 3);
  await changes(page, "#f-admitted");
  await shot(page, "dark");
  await accessible(page);
  await page.selectOption("#theme", "light");
  assert.equal(await theme(), "light");
  await page.reload();
  await live(page);
  assert.equal(await theme(), "light");
  await page.emulateMedia({ colorScheme: "light" });
  await page.selectOption("#theme", "auto");
  await page.emulateMedia({ colorScheme: "dark" });
  await page.waitForFunction(() => document.documentElement.dataset.theme === "dark");
  assert.deepEqual(faults, []);
  await close();
});

test("a phone shows all of it, without scrolling sideways", async () => {
  const { page, faults, close } = await open({ viewport: PHONE, hasTouch: true, isMobile: true });
  await settled(page);
  await fits(page);
  const small = await page.evaluate(() =>
    [...document.querySelectorAll("main button, main input, main select")]
      .filter((node) => node.offsetParent && node.getBoundingClientRect().height < 24)
      .map((node) => node.outerHTML),
  );
  assert.deepEqual(small, []);
  await page.click("#top-panel tbody tr:nth-child(6) button");
  await page.waitForSelector("#key-result .bars");
  await fits(page);
  await shot(page, "phone");
  await accessible(page);
  assert.deepEqual(faults, []);
  await close();
});

test("keys of strangers are text", async () => {
  const { page, faults, close } = await open();
  await settled(page);
  const button = page.locator("#top-panel tbody tr:nth-child(3) button");
  assert.equal(await button.textContent(), SEEN);
  await button.click();
  await page.waitForSelector("#key-result .usage");
  assert.equal(await page.textContent("#key-result .key-head .mono"), SEEN);
  assert.equal(await page.inputValue("#key-input"), HOSTILE);
  const entries = await page.locator("#limits-panel td.mono").allTextContents();
  assert.ok(entries.includes(SEEN));
  assert.equal(await page.locator("main img").count(), 0);
  assert.deepEqual(faults, []);
  await close();
});

test("a key is looked up, and reset with the token", async () => {
  const { page, faults, close } = await open();
  await live(page);
  await page.fill("#key-input", "10.0.0.1/é ü");
  await page.press("#key-input", "Enter");
  await page.waitForSelector("#key-result .usage");
  assert.match(await page.textContent("#key-result .usage"), /everyone 100\/1m.*100 of 100 used.*admitted in 3\u2009s/s);
  await page.waitForSelector("#key-result .bars");
  await page.click("#key-reset");
  await page.click("#confirm-dialog button[value=no]");
  assert.equal(await page.textContent("#key-message"), "");
  await page.click("#key-reset");
  await page.click("#confirm-yes");
  await page.fill("#token-input", "not-the-token-at-all");
  await page.click("#token-form button[type=submit]");
  await page.waitForFunction(() => document.querySelector("#token-message").textContent === "That token was not accepted.");
  await page.fill("#token-input", TOKEN);
  await page.press("#token-input", "Enter");
  await page.waitForFunction(() => /Done: 2 windows are empty/.test(document.querySelector("#key-message").textContent));
  await page.waitForFunction(() => /nothing in any window/.test(document.querySelector("#key-result").textContent));
  const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href]));
  assert.ok(!kept.includes(TOKEN));
  await page.fill("#key-input", "elsewhere");
  await page.press("#key-input", "Enter");
  await page.waitForSelector('#key-result a[href="http://127.0.0.1:8081/"]');
  assert.deepEqual(faults, []);
  await close();
});

test("limits are set, changed and removed", async () => {
  const { page, faults, close } = await open();
  await settled(page);
  await page.selectOption("#limit-rule", "everyone");
  await page.fill("#limit-name", "192.0.2.7/a b");
  await page.fill("#limit-limits", "7/1m");
  await page.press("#limit-limits", "Enter");
  await page.fill("#token-input", TOKEN);
  await page.press("#token-input", "Enter");
  const row = page.locator("#limits-panel tbody tr", { hasText: "192.0.2.7/a b" });
  await row.waitFor();
  assert.match(await row.textContent(), /7\/1m/);
  await row.getByRole("button", { name: "Edit" }).click();
  assert.equal(await page.inputValue("#limit-name"), "192.0.2.7/a b");
  await page.fill("#limit-limits", "nonsense");
  await page.press("#limit-limits", "Enter");
  await page.waitForFunction(() => /expected UNITS\/WINDOW/.test(document.querySelector("#limit-message").textContent));
  await row.getByRole("button", { name: "Remove" }).click();
  await page.click("#confirm-yes");
  await row.waitFor({ state: "detached" });
  assert.deepEqual(faults, []);
  await close();
});

test("a service that is gone is said to be, and its return too", async () => {
  const { page, close } = await open();
  await settled(page);
  await fetch(`${CONTROL_URL}/stop`);
  await page.waitForSelector('#connection[data-state="reconnecting"]');
  await page.waitForSelector("#notice:not([hidden])");
  assert.match(await page.textContent("#notice"), /The figures are .* old/);
  await shot(page, "stale");
  await accessible(page);
  await fetch(`${CONTROL_URL}/start`);
  await live(page);
  await page.waitForSelector("#notice", { state: "hidden" });
  await changes(page, "#f-admitted");
  await close();
});

test("an instance that asks readers for the token gets it", async () => {
  const { page, faults, close } = await open({}, SECRET_URL);
  await page.waitForSelector("#token-dialog[open]");
  await shot(page, "token");
  await accessible(page);
  await page.fill("#token-input", TOKEN);
  await page.press("#token-input", "Enter");
  await settled(page);
  assert.ok(await page.locator("#limit-readonly").isVisible());
  assert.deepEqual(faults, []);
  await close();
});

test("all is reached by keyboard, and the focus is seen", async () => {
  const { page, close } = await open();
  await settled(page);
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
  const missed = [];
  const reached = new Set();
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press("Tab");
    const now = await page.evaluate(() => {
      const node = document.activeElement;
      const style = getComputedStyle(node);
      if (node === document.body) return { name: "", seen: true };
      // A date's own button is drawn by the browser, and so is what is seen of its focus.
      return { name: node.id || node.textContent.trim(), seen: node.type === "date" || style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 };
    });
    reached.add(now.name);
    if (!now.seen && now.name) missed.push(now.name);
  }
  for (const name of ["theme", "key-input", "chart-table-button", "limit-limits", "day-input"]) assert.ok(reached.has(name), `${name} is not reached`);
  assert.deepEqual(missed, []);
  await close();
});

test("less moves for those who ask for it", async () => {
  const { page, close } = await open({ reducedMotion: "reduce" });
  await settled(page);
  await changes(page, "#f-admitted");
  const times = await page.evaluate(() => new Promise((resolve) => {
    let times = 0;
    new MutationObserver(() => times++).observe(document.querySelector("#f-admitted"), { childList: true, characterData: true, subtree: true });
    setTimeout(() => resolve(times), 3_000);
  }));
  assert.ok(times <= 1, `the figure changed ${times} times in 3 s`);
  await close();
});
