// The calibration: prepare, hold still, result; progress comes as server-sent events.
"use strict";
(() => {
  const form = document.getElementById("wizard");
  if (!form) return;
  const { send, parse, t } = window.postureMonitor;
  const base = document.querySelector('meta[name="base"]').content;
  const by = (id) => document.getElementById(id);
  const SECONDS = Number(form.dataset.uprightS);
  const WITH_TIRED = SECONDS + Number(form.dataset.tiredS);
  const READY = Number(form.dataset.readyS);
  let events = null;
  let picture = null;
  let way = "";
  let given = 0;

  const show = (step) => {
    document.querySelectorAll("[data-step]").forEach((part) => { part.hidden = part.dataset.step !== step; });
    document.querySelectorAll("[data-step-mark]").forEach((mark) => {
      if (mark.dataset.stepMark === step) mark.setAttribute("aria-current", "step"); else mark.removeAttribute("aria-current");
    });
  };
  const end = () => {
    events?.close();
    picture?.stop();
    events = picture = null;
  };
  const fail = (text) => {
    end();
    show("1");
    by("wizard-error").textContent = text;
    form.querySelector("button").focus();
  };
  const fromFile = () => form.elements.from.value === "file";
  const seconds = () => (form.elements.tired.checked && !fromFile() ? WITH_TIRED : SECONDS);
  form.addEventListener("change", () => {
    const field = by("file-field");
    if (field) { field.hidden = !fromFile(); by("file").required = fromFile(); }
    by("tired-field").hidden = fromFile();
  });

  const finish = async (text) => {
    end();
    const name = form.elements.profile.value.trim();
    by("result-title").textContent = t("Profile “{name}” is stored", { name });
    by("result-text").textContent = t("Quality: {text}", { text });
    const box = by("result-card");
    box.replaceChildren();
    try {
      const page = parse(await (await fetch(`${base}/profiles`)).text());
      const card = [...page.querySelectorAll("[data-profile]")].find((c) => c.dataset.profile === name);
      card?.querySelector(".buttons")?.remove();
      if (card) {
        const list = document.createElement("ul");
        list.className = "profiles";
        list.append(document.importNode(card, true));
        box.append(list);
      }
    } catch { /* the words above say it too */ }
    show("3");
    by("wizard-result").focus();
  };
  const hear = (told) => {
    by("wizard-ring").setAttribute("stroke-dasharray", `${(told.share * 100).toFixed(1)} 100`);
    by("wizard-left").textContent = fromFile() ? `${Math.round(told.share * 100)}` : String(Math.ceil((1 - told.share) * seconds()));
    by("wizard-unit").textContent = fromFile() ? t("% done") : t("seconds");
    const hint = told.hint ? told.hint[0].toUpperCase() + told.hint.slice(1) : t("Looking…");
    if (by("wizard-hint").textContent !== hint) by("wizard-hint").textContent = hint;
    if (told.error !== null) fail(told.error[0].toUpperCase() + told.error.slice(1));
    else if (told.result !== null) finish(told.result);
  };

  const begin = async (number) => {
    const told = await send(form);
    if (number !== given) return;
    if (told.error) { fail(told.error); return; }
    way = told.way;
    events = new EventSource(`${base}/events/calibration?way=${way}`);
    events.addEventListener("calibration", (event) => hear(JSON.parse(event.data)));
    picture = window.posturePicture.watch(`${base}/live/stream?of=${way}`, by("picture"), {
      mirror: () => way === "monitor" || !fromFile(),
      onPicture: () => { by("live-wait").hidden = true; },
    });
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    by("wizard-error").textContent = "";
    const number = ++given;
    show("2");
    by("wizard-hint").textContent = t("Sit upright and look at the screen.");
    by("wizard-ring").setAttribute("stroke-dasharray", "0 100");
    by("live-wait").hidden = false;
    by("wizard-cancel").focus();
    if (fromFile()) { by("wizard-unit").textContent = t("% done"); by("wizard-left").textContent = "0"; begin(number); return; }
    let left = READY;
    const count = () => {
      if (number !== given) return;
      by("wizard-left").textContent = String(left);
      by("wizard-unit").textContent = t("get ready");
      if (left === 0) { begin(number); return; }
      left -= 1;
      setTimeout(count, 1000);
    };
    count();
  });
  by("wizard-cancel").addEventListener("click", async () => {
    given += 1;
    end();
    show("1");
    form.querySelector("button").focus();
    const stop = document.createElement("form");
    stop.action = `${base}/calibrate/cancel`;
    await send(stop);
  });
  by("wizard-again").addEventListener("click", () => { show("1"); by("profile").focus(); });
  addEventListener("pagehide", end);
})();
