// The guided break: what is on comes as server-sent events; Space goes on, Escape ends it.
"use strict";
(() => {
  const box = document.querySelector("[data-break]");
  const { parse, morphInside } = window.postureMonitor;
  const base = document.querySelector('meta[name="base"]').content;
  const show = () => {
    const running = Boolean(box.querySelector(".break-clock"));
    document.querySelectorAll("[data-during]").forEach((part) => {
      const wanted = (part.dataset.during === "running") === running;
      const focused = part.contains(document.activeElement);
      part.hidden = !wanted;
      if (focused && !wanted) document.querySelector("[data-during]:not([hidden]) button")?.focus();
    });
  };
  const events = new EventSource(`${base}/events/break`);
  events.addEventListener("break", (event) => {
    morphInside(box, parse(JSON.parse(event.data)).body);
    show();
  });
  addEventListener("pagehide", () => events.close());
  addEventListener("keydown", (event) => {
    const command = { " ": "skip", Escape: "end" }[event.key];
    const running = Boolean(box.querySelector(".break-clock"));
    if (!command || !running || event.repeat || event.target.closest?.("button, a, input")) return;
    event.preventDefault();
    document.querySelector(`[data-during="running"] input[value="${command}"]`).form.requestSubmit();
  });
})();
