// The reply box: while an officer writes in it, the assistant keeps quiet; a file that is too large
// is said to be so before it is sent. Everything else works without this.
"use strict";

(() => {
  const form = document.querySelector("[data-writing]");
  if (!form) return;
  const box = form.querySelector("textarea");
  const EVERY = 20_000; // milliseconds; the server counts him as writing for a minute after each
  const IDLE = 5 * 60_000; // so long after the last key a box left open counts as left

  let touched = 0;
  let told = 0;

  const tell = async () => {
    const now = Date.now();
    const writing = document.activeElement === box && document.visibilityState === "visible";
    if (!writing || now - touched > IDLE || now - told < EVERY) return;
    const first = !told;
    const typed = touched > told; // and not merely left open
    told = now;
    try {
      const headers = { "x-csrftoken": form.querySelector("[name=_csrf_token]").value };
      const answer = await fetch(`${form.dataset.writing}?go=${typed ? 1 : 0}`, { method: "POST", headers, redirect: "manual" });
      // A session that has ended leads to the sign-in when he sends, not while he writes.
      if (first && answer.status === 204) document.body.dispatchEvent(new CustomEvent("changed")); // shows that it is quiet
    } catch { told = 0; /* no connection: at the next key */ }
  };

  const touch = () => { touched = Date.now(); tell(); };
  box.addEventListener("focus", touch);
  box.addEventListener("input", touch);
  setInterval(tell, 5_000);

  const file = form.querySelector("[data-max-bytes]");
  const tooBig = form.querySelector("[data-too-big]");
  file?.addEventListener("change", () => {
    const is = (file.files[0]?.size || 0) > Number(file.dataset.maxBytes);
    tooBig.hidden = !is;
    file.setCustomValidity(is ? tooBig.textContent : "");
  });
})();
