// A report's page: ready answers go into the reply box, and "… is writing" goes when it is over.
// Without this a ready answer comes with the page anew, and the page tells it when it is reloaded.
"use strict";

(() => {
  document.addEventListener("click", (event) => {
    const ready = event.target.closest("[data-canned]");
    if (!ready) return;
    event.preventDefault();
    const box = ready.form.querySelector("textarea");
    const [from, to] = [box.selectionStart, box.selectionEnd];
    const before = box.value.slice(0, from);
    const gap = before && !/\s$/.test(before) ? "\n" : "";
    box.setRangeText(gap + ready.dataset.canned, from, to, "end");
    ready.closest("details").open = false;
    box.focus();
    box.dispatchEvent(new Event("input", { bubbles: true }));
  });

  let over = null;
  const watch = () => {
    clearTimeout(over);
    const ends = [...document.querySelectorAll("[data-until]")].map((e) => Date.parse(e.dataset.until));
    if (!ends.length) return;
    const wait = Math.max(Math.min(...ends) - Date.now() + 500, 1000);
    over = setTimeout(() => document.body.dispatchEvent(new CustomEvent("changed")), wait);
  };
  document.addEventListener("htmx:after:swap", watch);
  watch();
})();
