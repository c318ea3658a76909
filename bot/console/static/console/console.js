// What an open console page does by itself. Everything works without it, by reloading.
"use strict";

(() => {
  const body = document.body;
  const officer = body.dataset.officer || "";
  const reportPage = () => document.querySelector("[data-report]");

  // --- Forms: one submission for one press, and drafts that survive a sign-in that ran out -------

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.matches("[data-forget-drafts]")) sessionStorage.clear();
    if (!form.matches("[data-once]")) return;
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = "yes";
    form.querySelectorAll("button[type=submit]").forEach((b) => b.classList.add("disabled"));
  });

  // A page that the browser kept and shows again ("back") takes submissions again.
  addEventListener("pageshow", () => {
    document.querySelectorAll("form[data-sent]").forEach((form) => {
      delete form.dataset.sent;
      form.querySelectorAll(".disabled").forEach((b) => b.classList.remove("disabled"));
    });
  });

  const draftKey = (field) => `${officer} ${field.dataset.draft}`;

  const keepDrafts = () => {
    if (!officer) return;
    for (const key of Object.keys(sessionStorage)) {
      if (!key.startsWith(officer)) sessionStorage.removeItem(key); // somebody else's
    }
    const done = document.querySelector("[data-done]")?.dataset.done;
    document.querySelectorAll("[data-draft]").forEach((field) => {
      if (done && field.dataset.sentBy.split(" ").includes(done)) sessionStorage.removeItem(draftKey(field));
      const draft = sessionStorage.getItem(draftKey(field));
      if (draft && !field.value) {
        field.value = draft;
        const folded = field.closest("details");
        if (folded) folded.open = true; // what was typed is to be seen
      }
      const count = () => {
        const left = field.maxLength - field.value.length;
        const counter = field.form?.querySelector("[data-left]");
        if (counter) counter.textContent = left < 500 ? `Còn ${left} ký tự` : "";
      };
      field.addEventListener("input", () => {
        if (field.value) sessionStorage.setItem(draftKey(field), field.value);
        else sessionStorage.removeItem(draftKey(field));
        count();
      });
      count();
    });
  };

  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.form) {
      event.preventDefault();
      event.target.form.requestSubmit();
    }
  });

  document.addEventListener("click", (event) => {
    document.querySelectorAll("details.account[open], .tabs details[open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });

  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && event.target.closest("details.account[open], .tabs details[open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });

  // "?da=…" has been shown; a reload should not say it again.
  const address = new URL(location.href);
  if (address.searchParams.has("da") || (address.searchParams.has("kin") && document.querySelector("[data-taking]"))) {
    for (const told of ["da", "kin"]) address.searchParams.delete(told);
    history.replaceState(null, "", address.pathname + address.search);
  }

  // --- Live updates -------------------------------------------------------------------------------

  let pending = null;
  const refresh = () => {
    clearTimeout(pending);
    pending = setTimeout(() => body.dispatchEvent(new CustomEvent("changed")), 200);
  };

  const connect = () => {
    const source = new EventSource(body.dataset.live);
    let lost = false;
    const offline = (is) => document.querySelectorAll("[data-offline]").forEach((e) => { e.hidden = !is; });
    source.addEventListener("open", () => {
      offline(false);
      if (lost) refresh(); // what happened meanwhile was not told
      lost = false;
    });
    source.addEventListener("change", (event) => {
      const change = JSON.parse(event.data);
      document.dispatchEvent(new CustomEvent("report-changed", { detail: change }));
      const here = reportPage()?.dataset.report;
      if (here ? here === change.code : change.type !== "writing") refresh();
    });
    source.addEventListener("error", () => {
      lost = true;
      setTimeout(() => { if (lost) offline(true); }, 2000);
      if (source.readyState !== EventSource.CLOSED) return; // the browser connects again
      source.close();
      setTimeout(connect, 5000);
      refresh(); // leads to the sign-in when the session has ended
    });
    addEventListener("pagehide", () => source.close(), { once: true });
    addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); }, { once: true });
  };

  // Stay at the end of a conversation that grows, unless the reader scrolled up in it.
  const atEnd = () => innerHeight + scrollY > document.documentElement.scrollHeight - 200;
  let follow = false;
  document.addEventListener("htmx:before:swap", () => { follow = atEnd(); });
  document.addEventListener("htmx:after:swap", () => {
    // The reporter opened the private channel: now there can be a reply box. Drafts are kept.
    if (document.querySelector("[data-no-channel]") && document.querySelector("[data-channel]")) {
      location.reload();
    }
    // Another officer ended it, or went on with it: other forms are offered now.
    const forms = [...document.querySelectorAll("[data-forms]")].map((e) => e.dataset.forms);
    const typing = document.activeElement?.closest(".report-forms");
    if (new Set(forms).size > 1 && !typing) location.reload();
    if (follow && reportPage() && scrollY > 0) scrollTo(0, document.documentElement.scrollHeight);
  });

  keepDrafts();
  if (body.dataset.live) connect();
})();
