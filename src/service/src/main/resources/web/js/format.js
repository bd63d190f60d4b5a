// Numbers for people: thin spaces between groups, units that fit, nothing more exact than it is.

const THIN = "\u2009";
const DASH = "–";
const groups = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const clockShort = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });

const known = (value) => typeof value === "number" && Number.isFinite(value);

/** A whole number, with its groups apart. */
export function count(value) {
  return known(value) ? groups.format(value).replaceAll(",", THIN) : DASH;
}

/** A number in at most four characters and its letter: 950, 12.4 k, 3.1 M. */
export function short(value) {
  if (!known(value)) return DASH;
  let scaled = value;
  for (const letter of ["", "k", "M", "G", "T"]) {
    const rounded = Math.abs(scaled) < 99.95 && letter ? Math.round(scaled * 10) / 10 : Math.round(scaled);
    if (Math.abs(rounded) < 1000) return letter ? `${rounded.toFixed(Math.abs(scaled) < 99.95 ? 1 : 0)}${THIN}${letter}` : String(rounded);
    scaled /= 1000;
  }
  return `${Math.round(scaled)}${THIN}P`;
}

/** Records per second: small ones with a decimal. */
export function rate(value) {
  if (!known(value)) return DASH;
  if (value > 0 && value < 0.05) return "<0.1";
  return value < 10 ? value.toFixed(1) : value < 100_000 ? count(value) : short(value);
}

export function percent(part) {
  if (!known(part)) return DASH;
  const value = part * 100;
  if (value > 0 && value < 0.05) return "<0.1";
  return value < 9.95 ? value.toFixed(1) : String(Math.round(value));
}

/** Milliseconds as a number without its unit. */
export function millis(value) {
  if (!known(value)) return DASH;
  return value < 10 ? value.toFixed(1) : count(value);
}

export function bytes(value) {
  if (!known(value)) return DASH;
  let scaled = value;
  for (const unit of ["B", "KiB", "MiB", "GiB"]) {
    if (scaled < 1024) return `${scaled < 10 && unit !== "B" ? scaled.toFixed(1) : Math.round(scaled)}${THIN}${unit}`;
    scaled /= 1024;
  }
  return `${scaled.toFixed(1)}${THIN}TiB`;
}

/** A span of time in its two largest units. */
export function span(ms) {
  if (!known(ms)) return DASH;
  if (ms < 1000) return `${Math.max(0, Math.round(ms))}${THIN}ms`;
  const seconds = Math.round(ms / 1000);
  const parts = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor(seconds / 3_600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "min"],
    [seconds % 60, "s"],
  ];
  const first = parts.findIndex(([value]) => value > 0);
  return parts
    .slice(first, first + 2)
    .filter(([value]) => value > 0)
    .map(([value, unit]) => `${value}${THIN}${unit}`)
    .join(" ");
}

export const time = (ms) => clock.format(ms);
export const minute = (ms) => clockShort.format(ms);

/** What a number of keys may be off by: 95 in 100 are off by no more. */
export function about(value, error95) {
  return error95 && value ? `± ${count(Math.ceil(value * error95))}` : "exact";
}

export const plural = (n, one, many) => `${count(n)} ${n === 1 ? one : many}`;
