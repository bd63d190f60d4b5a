// Light, dark, or as the system has it.
import { $ } from "./dom.js";

const system = matchMedia("(prefers-color-scheme: dark)");

function read() {
  try {
    return localStorage.getItem("headgate-theme") ?? "auto";
  } catch {
    return "auto";
  }
}

/** Wires the choice; calls back whenever the colours have changed. */
export function themes(changed) {
  const choice = $("theme");
  const apply = () => {
    const dark = choice.value === "dark" || (choice.value === "auto" && system.matches);
    document.documentElement.dataset.theme = dark ? "dark" : "light";
    changed();
  };
  choice.value = ["light", "dark"].includes(read()) ? read() : "auto";
  choice.addEventListener("change", () => {
    try {
      localStorage.setItem("headgate-theme", choice.value);
    } catch {
      // Then it holds until the page is closed.
    }
    apply();
  });
  system.addEventListener("change", apply);
}
