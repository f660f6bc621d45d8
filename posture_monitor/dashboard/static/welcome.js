// The first minutes, one step after the other; the picture runs while a step shows it.
"use strict";
(() => {
  const box = document.getElementById("welcome");
  if (!box) return;
  const { send } = window.postureMonitor;
  const base = document.querySelector('meta[name="base"]').content;
  const by = (id) => document.getElementById(id);
  const say = JSON.parse(box.dataset.words);
  const READY = Number(box.dataset.readyS);
  const UPRIGHT = Number(box.dataset.uprightS);
  const TIRED = Number(box.dataset.tiredS);
  // What keeps posture from being judged, but nobody from being seen well.
  const FINE = ["no_baseline", "stale_baseline", "standing"];
  let picture = null;
  let events = null;
  let asking = 0;

  // ---------------------------------------------------------------- the picture
  const seen = (told) => {
    const verdict = told.verdict;
    const some = Object.keys(told.points).length > 0;
    const bad = verdict && verdict.why && !FINE.includes(verdict.why);
    const line = bad ? `${verdict.unjudged[0].toUpperCase()}${verdict.unjudged.slice(1)}.` : some ? say.seen : say.nobody;
    if (by("welcome-seen").textContent !== line) by("welcome-seen").textContent = line;
  };
  const stopPicture = () => { picture?.stop(); picture = null; };
  const startPicture = () => {
    if (picture || document.hidden) return;
    by("live-wait").hidden = false;
    picture = window.posturePicture.watch(`${base}/live/stream?of=monitor`, by("picture"), {
      mirror: () => true,
      onPicture: (told) => { by("live-wait").hidden = true; seen(told); },
      onEnd: () => { stopPicture(); by("live-wait").textContent = say.stopped; by("live-wait").hidden = false; },
    });
  };

  // ---------------------------------------------------------------- the steps
  const show = (step) => {
    document.querySelectorAll("[data-step]").forEach((part) => { part.hidden = part.dataset.step !== step; });
    document.querySelectorAll("[data-step-mark]").forEach((mark) => {
      if (mark.dataset.stepMark === step) mark.setAttribute("aria-current", "step"); else mark.removeAttribute("aria-current");
    });
    const frame = document.querySelector("[data-with]");
    frame.hidden = !frame.dataset.with.split(" ").includes(step);
    if (frame.hidden) stopPicture(); else startPicture();
    clearInterval(asking);
    document.querySelector(`[data-step="${step}"]`).focus();
    box.dataset.at = step;
  };
  document.querySelectorAll("[data-to]").forEach((button) => button.addEventListener("click", () => show(button.dataset.to)));

  by("welcome-camera").addEventListener("change", async () => {
    stopPicture();
    by("live-wait").textContent = say.opening;
    const told = await send(by("welcome-camera"));
    if (told.error) { by("welcome-seen").textContent = told.error; return; }
    startPicture();
  });

  // ---------------------------------------------------------------- calibrating
  const form = by("welcome-calibrate");
  const part = (name) => {
    for (const other of ["ask", "run", "done"]) by(`calibrate-${other}`).hidden = other !== name;
  };
  const fail = (text) => { events?.close(); events = null; part("ask"); by("calibrate-error").textContent = text; };
  const hear = (told) => {
    by("welcome-ring").setAttribute("stroke-dasharray", `${(told.share * 100).toFixed(1)} 100`);
    const all = UPRIGHT + (form.elements.tired.checked ? TIRED : 0);
    by("welcome-left").textContent = String(Math.ceil((1 - told.share) * all));
    by("welcome-unit").textContent = say.seconds;
    const hint = told.hint ? told.hint[0].toUpperCase() + told.hint.slice(1) : say.still;
    if (by("welcome-hint").textContent !== hint) by("welcome-hint").textContent = hint;
    if (told.error !== null) fail(told.error[0].toUpperCase() + told.error.slice(1));
    else if (told.result !== null) {
      events?.close();
      events = null;
      by("calibrate-result").textContent = say.stored.replace("{quality}", told.result);
      part("done");
      by("calibrate-done").querySelector("button").focus();
    }
  };
  const begin = async () => {
    const told = await send(form);
    if (told.error) { fail(told.error); return; }
    events = new EventSource(`${base}/events/calibration?way=${told.way}`);
    events.addEventListener("calibration", (event) => hear(JSON.parse(event.data)));
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    by("calibrate-error").textContent = "";
    by("welcome-ring").setAttribute("stroke-dasharray", "0 100");
    by("welcome-hint").textContent = say.upright;
    part("run");
    let left = READY;
    const count = () => {
      by("welcome-left").textContent = String(left);
      by("welcome-unit").textContent = say.ready;
      if (left === 0) { begin(); return; }
      left -= 1;
      setTimeout(count, 1000);
    };
    count();
  });
  by("calibrate-again").addEventListener("click", () => { part("ask"); form.querySelector("button").focus(); });

  // ---------------------------------------------------------------- a notification
  by("welcome-notify").addEventListener("submit", async (event) => {
    event.preventDefault();
    by("notify-error").textContent = by("notify-told").textContent = "";
    clearInterval(asking);
    const told = await send(by("welcome-notify"));
    if (told.error) { by("notify-error").textContent = told.error; return; }
    by("notify-told").textContent = told.message;
    asking = setInterval(async () => {
      try {
        const answer = await (await fetch(`${base}/welcome/pressed`, { headers: { Accept: "application/json" } })).json();
        if (!answer.text) return;
        clearInterval(asking);
        by("notify-told").textContent = answer.text;
        by("notify-next").classList.add("primary");
        by("notify-show").classList.remove("primary");
        by("notify-show").textContent = say.another;
      } catch { clearInterval(asking); }
    }, 700);
  });

  // ---------------------------------------------------------------- starting with the session
  by("welcome-autostart").addEventListener("submit", async (event) => {
    event.preventDefault();
    by("autostart-error").textContent = "";
    const asked = document.createElement("form");
    asked.action = event.target.action;
    const on = document.createElement("input");
    on.name = "on";
    on.value = event.submitter?.value || "false";
    asked.append(on);
    const told = await send(asked);
    if (told.error) { by("autostart-error").textContent = told.error; return; }
    by("autostart-told").textContent = told.message;
    by("autostart-told").hidden = false;
    show("5");
  });

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) stopPicture();
    else if (!document.querySelector("[data-with]").hidden) startPicture();
  });
  addEventListener("pagehide", () => { stopPicture(); events?.close(); });
  startPicture();
})();
