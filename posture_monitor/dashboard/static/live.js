// The live view: it runs while the page is open, seen, and not stopped.
"use strict";
(() => {
  const { t } = window.postureMonitor;
  const canvas = document.getElementById("picture");
  if (!canvas) return;
  const wait = document.getElementById("live-wait");
  const told = document.getElementById("live-told");
  const mirror = document.getElementById("live-mirror");
  const button = document.getElementById("live-stop");
  const base = document.querySelector('meta[name="base"]').content;
  const side = document.getElementById("live-side");
  const lines = document.querySelectorAll("#live-legend [data-line]");
  const noBaseline = document.getElementById("live-no-baseline");
  let said = "";
  let view = null;
  let wanted = true;
  const sentence = (verdict) => {
    if (!verdict.judged) return t("Can’t judge: {why}", { why: verdict.unjudged || t("not yet") });
    return t("Score {score} of 100", { score: verdict.score }) + (verdict.reasons.length ? `: ${verdict.reasons.join(", ")}` : "");
  };
  const stop = (text) => {
    view?.stop();
    view = null;
    wait.textContent = text;
    wait.hidden = false;
    told.textContent = said = "";
  };
  const start = () => {
    if (view || !wanted || document.hidden) return;
    wait.textContent = t("Waiting for the next frame…");
    wait.hidden = false;
    view = window.posturePicture.watch(`${base}/live/stream?of=monitor`, canvas, {
      mirror: () => mirror.checked,
      onPicture: (picture) => {
        wait.hidden = true;
        // Said again only when the judgement changes, not at every point of the score.
        const key = JSON.stringify([picture.verdict?.judged, picture.verdict?.unjudged, picture.verdict?.reasons]);
        if (picture.verdict && key !== said) told.textContent = sentence(picture.verdict);
        said = key;
        if (picture.side) window.postureMonitor.morphInside(side, window.postureMonitor.parse(picture.side).body);
        const base = picture.baseline;
        const drawn = { points: Object.keys(picture.points).length > 0, baseline: Boolean(base),
          limits: Boolean(base) && [base.near_ratio, base.low_y, base.lean_px].some((limit) => limit !== null) };
        lines.forEach((line) => { line.hidden = !drawn[line.dataset.line]; });
        noBaseline.hidden = Boolean(base);
        document.body.dataset.pictures = String(Number(document.body.dataset.pictures || 0) + 1);
      },
      onEnd: () => stop(t("The monitor has stopped, or the dashboard was closed.")),
    });
  };
  button.addEventListener("click", () => {
    wanted = !wanted;
    button.textContent = wanted ? t("Stop the picture") : t("Show the picture");
    button.setAttribute("aria-pressed", String(!wanted));
    if (wanted) start(); else stop(t("The picture is stopped."));
  });
  mirror.addEventListener("change", () => view?.redraw());
  document.addEventListener("visibilitychange", () => { if (document.hidden) stop(t("Paused while this page is hidden.")); else start(); });
  addEventListener("pagehide", () => stop(""));
  start();
})();
