// Keyboard shortcuts, and ticking several reports. Never while somebody types; each officer can turn
// them off in his browser. Everything works without them.
"use strict";

(() => {
  const help = document.querySelector("[data-shortcuts]");
  const taking = document.querySelector("[data-taking]");
  if (!help) return;

  const SETTING = "binhyen-shortcuts";
  const wanted = help.querySelector("[data-shortcuts-on]");
  wanted.checked = localStorage.getItem(SETTING) !== "off";
  wanted.addEventListener("change", () => localStorage.setItem(SETTING, wanted.checked ? "on" : "off"));

  // --- Ticked reports ----------------------------------------------------------------------------

  const boxes = () => [...document.querySelectorAll("[form=tick][name=report]")];
  const ticked = () => boxes().filter((box) => box.checked);
  const count = () => {
    if (!taking) return;
    taking.querySelector("[data-ticked]").textContent = ticked().length || "";
    taking.querySelector("[data-tick-all]").hidden = ticked().length === boxes().length;
  };
  document.addEventListener("change", (event) => { if (event.target.matches("[form=tick]")) count(); });
  document.addEventListener("htmx:after:swap", count);
  addEventListener("pageshow", count); // a browser may tick again what was ticked before
  taking?.addEventListener("reset", () => setTimeout(count));
  taking?.querySelector("[data-tick-all]").addEventListener("click", () => {
    boxes().forEach((box) => { box.checked = true; });
    count();
  });

  // --- Keys --------------------------------------------------------------------------------------

  const rows = () => [...document.querySelectorAll("[data-row]")];
  const here = () => document.activeElement?.closest("li")?.querySelector("[data-row]");
  let last = -1; // where one was, should that row go away

  const move = (by) => {
    const all = rows();
    const at = all.indexOf(here());
    if (at >= 0) last = at;
    else if (by > 0 && last >= 0) last -= 1; // the next one has moved up
    last = Math.max(0, Math.min(all.length - 1, last + by));
    all[last]?.focus();
    all[last]?.scrollIntoView({ block: "nearest" });
  };

  const acknowledge = () => {
    if (!taking) return document.querySelector("form[action$='/tiep-nhan'] [type=submit]")?.click();
    const box = here()?.closest("li").querySelector("[form=tick]");
    if (!ticked().length && box) box.checked = true;
    if (ticked().length) taking.requestSubmit();
  };

  const KEYS = {
    j: () => move(1),
    k: () => move(-1),
    x: () => here()?.closest("li").querySelector("[form=tick]")?.click(),
    a: acknowledge,
    "/": () => document.querySelector("[data-search]")?.focus(),
  };

  const typing = (element) => element.closest?.("input:not([type=checkbox]), textarea, select, [contenteditable]");

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat && event.key === "a") return;
    if (typing(event.target) || document.querySelector("dialog[open]")) return;
    if (event.key === "?") { event.preventDefault(); help.showModal(); return; }
    const act = wanted.checked && KEYS[event.key.toLowerCase()];
    if (!act) return;
    event.preventDefault();
    act();
  });

  document.querySelectorAll("[data-show-shortcuts]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => help.showModal());
  });

  // On a phone the folder one is in may stand beyond the edge.
  const folders = document.querySelector(".folders");
  const current = folders?.querySelector("[aria-current]");
  if (current) folders.scrollLeft = current.offsetLeft - folders.offsetLeft - 24;

  count();
})();
