"use strict";
// In Airflow's frame the pages wear Airflow's theme; alone they wear the system's.
(() => {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const outer = window.parent !== window ? window.parent.document.documentElement : null;
  const wear = () => {
    const isDark = outer ? outer.classList.contains("dark") : system.matches;
    root.dataset.theme = isDark ? "dark" : "light";
  };
  wear();
  system.addEventListener("change", wear);
  if (outer) new MutationObserver(wear).observe(outer, { attributeFilter: ["class"] });
})();

// A picture that is not there leaves its place empty instead of a broken sign.
document.addEventListener("error", (event) => {
  if (event.target instanceof HTMLImageElement) event.target.classList.add("missing");
}, true);

document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-copies]");
  if (!button) return;
  await navigator.clipboard.writeText(document.getElementById(button.dataset.copies).textContent);
  button.textContent = "Copied";
});

// Nothing is sent twice by a second click.
document.addEventListener("submit", (event) => {
  setTimeout(() => event.target.querySelectorAll("button").forEach((b) => { b.disabled = true; }));
});

// What is on its way is looked at again.
document.addEventListener("DOMContentLoaded", () => {
  const seconds = Number(document.querySelector("main").dataset.refresh);
  if (seconds) setTimeout(() => location.reload(), seconds * 1000);
});
