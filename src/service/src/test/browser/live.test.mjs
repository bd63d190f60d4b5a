// The page of a service that runs on a real broker. Told where by its environment: PAGE_URL, CONTROL_URL (GET feed/KEY/N
// sends records and answers with what the topics hold then), TOKEN, CHROMIUM, SHOTS.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { chromium } from "playwright-core";

const { PAGE_URL, CONTROL_URL, TOKEN, CHROMIUM, SHOTS } = process.env;

let browser;
let page;
const faults = [];

const feed = async (key, records) => (await fetch(`${CONTROL_URL}/feed/${key}/${records}`)).json();
const stats = async () => (await fetch(new URL("api/stats", PAGE_URL))).json();

before(async () => {
  browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
  page = await (await browser.newContext({ viewport: { width: 1280, height: 900 } })).newPage();
  page.setDefaultTimeout(30_000);
  page.on("pageerror", (error) => faults.push(error.message));
  await page.goto(PAGE_URL);
  await page.waitForSelector('#connection[data-state="live"]');
});

after(() => browser?.close());

test("its figures are those of the topics", async () => {
  const held = await feed("alice", 25);
  assert.deepEqual(held, { admitted: 10, blocked: 15, byKey: { alice: 10 } });
  await page.waitForFunction(() => /\b15\b in all/.test(document.querySelector("#f-blocked-note").textContent));
  const { totals } = await stats();
  assert.deepEqual([totals.admitted, totals.blocked], [held.admitted, held.blocked]);
  await page.waitForFunction(() => /alice/.test(document.querySelector("#top-panel tbody")?.textContent ?? ""));
  assert.match(await page.textContent("#top-panel tbody tr"), /15/);
});

test("its chart moves when records come", async () => {
  await page.waitForSelector("#charts canvas");
  const canvas = () => page.evaluate(() => document.querySelector("#charts canvas").toDataURL());
  const before = await canvas();
  await feed("bob", 30);
  await page.waitForFunction((was) => document.querySelector("#charts canvas").toDataURL() !== was, before);
  await page.click("#chart-table-button");
  await page.waitForFunction(() => /[1-9]/.test(document.querySelector("#chart-table tbody")?.textContent ?? ""));
  await page.click("#chart-table-button");
});

test("a key is found, with what it has used and when it was blocked", async () => {
  await page.fill("#key-input", "alice");
  await page.press("#key-input", "Enter");
  await page.waitForSelector("#key-result .usage");
  assert.match(await page.textContent("#key-result .usage"), /10 of 10 used/);
  await page.waitForSelector("#key-result .bars");
});

test("a limit that is set here takes effect", async () => {
  await page.selectOption("#limit-rule", "default");
  await page.fill("#limit-name", "carol");
  await page.fill("#limit-limits", "12/1h");
  await page.press("#limit-limits", "Enter");
  await page.fill("#token-input", TOKEN);
  await page.press("#token-input", "Enter");
  await page.locator("#limits-panel tbody tr", { hasText: "carol" }).waitFor();
  // It is applied when the instance has read it.
  await page.waitForFunction(async () => {
    const usage = await (await fetch("api/keys?key=carol")).json();
    return usage.limits.some((limit) => limit.units === 12);
  });
  const held = await feed("carol", 20);
  assert.equal(held.byKey.carol, 12);
  await page.screenshot({ path: `${SHOTS}/live.png`, fullPage: true });
  assert.deepEqual(faults, []);
});

test("a key that is reset here starts anew", async () => {
  await page.fill("#key-input", "bob");
  await page.press("#key-input", "Enter");
  await page.waitForSelector("#key-result .usage");
  await page.click("#key-reset");
  await page.click("#confirm-yes");
  await page.waitForFunction(() => /Done/.test(document.querySelector("#key-message").textContent));
  const held = await feed("bob", 30);
  assert.equal(held.byKey.bob, 20);
});
