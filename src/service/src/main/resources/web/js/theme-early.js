// Before anything is drawn: the colours that were chosen here, or those of the system.
(() => {
  let chosen = "auto";
  try {
    chosen = localStorage.getItem("headgate-theme") ?? "auto";
  } catch {
    // A browser that keeps nothing.
  }
  const dark = chosen === "dark" || (chosen !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
})();
