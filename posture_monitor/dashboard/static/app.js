// What all pages share: the menu, quiet forms, questions before deleting, tips, live updates.
"use strict";
(() => {
  const root = document.documentElement;
  root.classList.add("scripted");
  const csrf = document.querySelector('meta[name="csrf"]').content;

  const base = document.querySelector('meta[name="base"]').content;

  // The key came with the first address; the cookie has taken its place, under the page's own path.
  const here = new URL(location.href);
  const inside = here.pathname.startsWith(`${base}/`);
  const passing = ["token", "key", "said"].filter((name) => here.searchParams.has(name));
  if (!inside || passing.length) {
    for (const name of passing) here.searchParams.delete(name);
    history.replaceState(null, "", (inside ? "" : base) + here.pathname + here.search + here.hash);
  }

  // Texts in the language of the page; English is what the scripts themselves say.
  const texts = JSON.parse(document.getElementById("texts")?.textContent || "{}");
  const t = (text, values = {}) => Object.entries(values)
    .reduce((told, [name, value]) => told.replaceAll(`{${name}}`, String(value)), texts[text] || text);

  const menu = document.querySelector(".menu-button");
  const nav = document.getElementById("nav");
  if (menu) {
    menu.hidden = false;
    menu.addEventListener("click", () => {
      menu.setAttribute("aria-expanded", String(nav.classList.toggle("open")));
    });
  }

  const toast = document.getElementById("toast");
  let toastTimer = 0;
  const say = (text) => {
    toast.textContent = text;
    clearTimeout(toastTimer);
    toastTimer = setTimeout(() => { toast.textContent = ""; }, 6000);
  };

  // A form's answer as {message} or {error}; the network's own failure as an error too.
  const send = async (form) => {
    try {
      const answer = await fetch(form.action, {
        method: "POST",
        body: new URLSearchParams(new FormData(form)),
        headers: { Accept: "application/json", "X-CSRF-Token": csrf },
      });
      const told = await answer.json();
      return answer.ok ? told : { error: told.error || t("That did not work.") };
    } catch {
      return { error: t("The dashboard does not answer; is it still running?") };
    }
  };

  // Changes only what differs, so that nothing flickers and the focus stays.
  const morph = (old, fresh) => {
    if (old.nodeType !== fresh.nodeType || old.nodeName !== fresh.nodeName) {
      old.replaceWith(fresh.cloneNode(true));
      return;
    }
    if (old.nodeType !== Node.ELEMENT_NODE) {
      if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue;
      return;
    }
    for (const { name } of [...old.attributes]) {
      if (!fresh.hasAttribute(name) && !(old.nodeName === "DETAILS" && name === "open")) old.removeAttribute(name);
    }
    for (const { name, value } of [...fresh.attributes]) {
      if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    }
    const olds = [...old.childNodes];
    const news = [...fresh.childNodes];
    news.forEach((child, i) => {
      if (i < olds.length) morph(olds[i], child);
      else old.append(child.cloneNode(true));
    });
    olds.slice(news.length).forEach((child) => child.remove());
  };
  const parse = (html) => new DOMParser().parseFromString(html, "text/html");
  const morphInside = (box, source) => {
    const shell = box.cloneNode(false);
    shell.append(...[...source.childNodes].map((child) => document.importNode(child, true)));
    morph(box, shell);
  };

  const nowBox = document.querySelector("[data-now]");
  const recordBoxes = [...document.querySelectorAll("[data-record]")];
  const showButtons = () => {
    const paused = Boolean(document.querySelector(".now-score.paused"));
    const snoozed = Boolean(document.querySelector('.now-going[data-snoozed="yes"]'));
    document.querySelectorAll("[data-when]").forEach((form) => {
      const wanted = { paused, running: !paused, snoozed: snoozed && !paused }[form.dataset.when];
      const focused = form.contains(document.activeElement);
      form.hidden = !wanted;
      if (focused && !wanted) document.querySelector("[data-when]:not([hidden]) button")?.focus();
    });
  };
  showButtons();
  if (nowBox || recordBoxes.length) {
    const events = new EventSource(`${base}/events/now`);
    events.addEventListener("now", (event) => {
      if (!nowBox) return;
      morphInside(nowBox, parse(JSON.parse(event.data)).body);
      showButtons();
    });
    events.addEventListener("record", async () => {
      if (!recordBoxes.length || document.hidden) return;
      try {
        const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
        const fresh = answer.ok ? parse(await answer.text()).querySelectorAll("[data-record]") : [];
        recordBoxes.forEach((box, i) => { if (fresh[i]) morph(box, document.importNode(fresh[i], true)); });
      } catch { /* the next event tries again */ }
    });
    addEventListener("pagehide", () => events.close());
  }

  const meta = (name) => document.querySelector(`meta[name="${name}"]`).content;
  const ask = (text, yes) => new Promise((resolve) => {
    const dialog = document.createElement("dialog");
    dialog.setAttribute("aria-label", t("Are you sure?"));
    const words = document.createElement("p");
    words.textContent = text;
    const row = document.createElement("div");
    row.className = "buttons";
    const button = (label, value, kind) => {
      const made = document.createElement("button");
      made.type = "button";
      made.textContent = label;
      made.className = kind;
      made.addEventListener("click", () => dialog.close(value));
      return made;
    };
    row.append(button(meta("keep"), "", ""), button(yes || meta("delete"), "yes", "danger"));
    dialog.append(words, row);
    dialog.addEventListener("close", () => { resolve(dialog.returnValue === "yes"); dialog.remove(); });
    document.body.append(dialog);
    dialog.showModal();
  });

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (form.matches("[data-quiet]")) {
      event.preventDefault();
      const told = await send(form);
      say(told.error || told.message);
    } else if (form.matches("[data-confirm]")) {
      event.preventDefault();
      if (await ask(form.dataset.confirm, form.dataset.yes)) form.submit();
    }
  });

  document.querySelector(".field.wrong :is(input, select)")?.focus();
  // A list with an entry for anything else, which then is typed.
  document.querySelectorAll("select[data-other]").forEach((list) => {
    const other = document.getElementById(list.dataset.other);
    const show = () => { other.hidden = list.value !== ""; };
    list.addEventListener("change", () => { show(); if (!other.hidden) other.querySelector("input").focus(); });
    show();
  });

  // Tips follow the pointer; the same words are in the drawing's titles and hidden texts.
  const tip = document.createElement("div");
  tip.id = "tip";
  tip.hidden = true;
  tip.setAttribute("aria-hidden", "true");
  document.body.append(tip);
  document.addEventListener("pointermove", (event) => {
    const told = event.target.closest?.("[data-tip]");
    const title = told ? null : event.target.querySelector?.(":scope > title");
    const text = told?.dataset.tip || title?.textContent;
    tip.hidden = !text;
    if (!text) return;
    tip.textContent = text;
    const x = Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8);
    tip.style.left = `${Math.max(8, x)}px`;
    tip.style.top = `${Math.max(8, event.clientY - tip.offsetHeight - 12)}px`;
  });

  window.postureMonitor = { send, say, parse, morphInside, t };
})();
