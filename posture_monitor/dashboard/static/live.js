// The live view: it runs while the page is open, seen, and not stopped.
"use strict";
(() => {
  const canvas = document.getElementById("picture");
  if (!canvas) return;
  const wait = document.getElementById("live-wait");
  const told = document.getElementById("live-told");
  const mirror = document.getElementById("live-mirror");
  const button = document.getElementById("live-stop");
  const base = document.querySelector('meta[name="base"]').content;
  let view = null;
  let wanted = true;
  const sentence = (verdict) => {
    if (!verdict.judged) return `Can’t judge: ${verdict.unjudged || "not yet"}`;
    return `Score ${verdict.score} of 100${verdict.reasons.length ? `: ${verdict.reasons.join(", ")}` : ""}`;
  };
  const stop = (text) => {
    view?.stop();
    view = null;
    wait.textContent = text;
    wait.hidden = false;
    told.textContent = "";
  };
  const start = () => {
    if (view || !wanted || document.hidden) return;
    wait.textContent = "Waiting for the next look…";
    wait.hidden = false;
    view = window.posturePicture.watch(`${base}/live/stream?of=monitor`, canvas, {
      mirror: () => mirror.checked,
      onPicture: (picture) => {
        wait.hidden = true;
        const text = picture.verdict ? sentence(picture.verdict) : "";
        if (told.textContent !== text) told.textContent = text;
        document.body.dataset.pictures = String(Number(document.body.dataset.pictures || 0) + 1);
      },
      onEnd: () => stop("The monitor has stopped, or the dashboard was closed."),
    });
  };
  button.addEventListener("click", () => {
    wanted = !wanted;
    button.textContent = wanted ? "Stop the picture" : "Show the picture";
    button.setAttribute("aria-pressed", String(!wanted));
    if (wanted) start(); else stop("The picture is stopped.");
  });
  mirror.addEventListener("change", () => view?.redraw());
  document.addEventListener("visibilitychange", () => { if (document.hidden) stop("Paused while this page is hidden."); else start(); });
  addEventListener("pagehide", () => stop(""));
  start();
})();
