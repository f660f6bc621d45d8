// Reads the stream of pictures and draws each with its landmarks, the baseline and the limits.
"use strict";
(() => {
  const BONES = [["left_shoulder", "right_shoulder"], ["left_ear", "left_eye"], ["right_ear", "right_eye"], ["left_eye", "right_eye"],
    ["mouth_left", "mouth_right"], ["left_shoulder", "left_elbow"], ["right_shoulder", "right_elbow"]];

  const draw = (canvas, told, image, mirror) => {
    const ctx = canvas.getContext("2d");
    canvas.width = told.width_px;
    canvas.height = told.height_px;
    const unit = told.width_px / 640;
    const x = (value) => (mirror ? told.width_px - value : value);
    ctx.save();
    if (mirror) { ctx.translate(told.width_px, 0); ctx.scale(-1, 1); }
    ctx.drawImage(image, 0, 0, told.width_px, told.height_px);
    ctx.restore();
    const line = (x1, y1, x2, y2) => { ctx.beginPath(); ctx.moveTo(x(x1), y1); ctx.lineTo(x(x2), y2); ctx.stroke(); };
    const base = told.baseline;
    if (base) {
      ctx.lineWidth = 3 * unit;
      ctx.strokeStyle = "#3fb5a1";
      ctx.setLineDash([]);
      ctx.beginPath();
      ctx.ellipse(x(base.head_x), base.head_y, base.head_rx, base.head_ry, 0, 0, 2 * Math.PI);
      ctx.stroke();
      line(base.left_x, base.left_y, base.right_x, base.right_y);
      ctx.strokeStyle = "#f4a63d";
      ctx.lineWidth = 2.5 * unit;
      ctx.setLineDash([9 * unit, 6 * unit]);
      if (base.near_ratio !== null) {
        ctx.beginPath();
        ctx.ellipse(x(base.head_x), base.head_y, base.head_rx * base.near_ratio, base.head_ry * base.near_ratio, 0, 0, 2 * Math.PI);
        ctx.stroke();
      }
      if (base.low_y !== null) line(base.head_x - base.shoulder_px * 0.8, base.low_y, base.head_x + base.shoulder_px * 0.8, base.low_y);
      for (const side of base.lean_px === null ? [] : [-1, 1]) {
        const at = base.head_x + side * base.lean_px;
        line(at, base.head_y - base.head_ry * 1.5, at, base.left_y + 30 * unit);
      }
      ctx.setLineDash([]);
    }
    const points = told.points;
    ctx.strokeStyle = "rgb(255 255 255 / 85%)";
    ctx.lineWidth = 2.5 * unit;
    for (const [a, b] of BONES) if (points[a] && points[b] && points[a][2] > 0.5 && points[b][2] > 0.5) line(points[a][0], points[a][1], points[b][0], points[b][1]);
    for (const [px, py, seen] of Object.values(points)) {
      if (seen < 0.5) continue;
      ctx.beginPath();
      ctx.arc(x(px), py, 4 * unit, 0, 2 * Math.PI);
      ctx.fillStyle = "#2b7fb8";
      ctx.fill();
      ctx.lineWidth = 1.5 * unit;
      ctx.stroke();
    }
  };

  // Watches until `stop()`; each picture is let go as soon as the next one is drawn.
  const watch = (address, canvas, { mirror, onPicture, onEnd }) => {
    const control = new AbortController();
    let last = null;
    const redraw = () => { if (last) draw(canvas, last.told, last.image, mirror()); };
    const run = async () => {
      const answer = await fetch(address, { signal: control.signal });
      if (!answer.ok) throw new Error("no picture");
      const reader = answer.body.getReader();
      let kept = new Uint8Array(0);
      const take = async (count) => {
        while (kept.length < count) {
          const { done, value } = await reader.read();
          if (done) return null;
          const joined = new Uint8Array(kept.length + value.length);
          joined.set(kept);
          joined.set(value, kept.length);
          kept = joined;
        }
        const taken = kept.slice(0, count);
        kept = kept.slice(count);
        return taken;
      };
      const number = (bytes) => new DataView(bytes.buffer).getUint32(0);
      for (;;) {
        const size = await take(4);
        if (!size) return;
        const header = await take(number(size));
        const length = header && await take(4);
        const jpeg = length && await take(number(length));
        if (!jpeg) return;
        const told = JSON.parse(new TextDecoder().decode(header));
        if (told.state !== "picture") continue;
        const image = await createImageBitmap(new Blob([jpeg], { type: "image/jpeg" }));
        last?.image.close();
        last = { told, image };
        redraw();
        onPicture(told);
      }
    };
    run().catch(() => {}).finally(() => { if (!control.signal.aborted) onEnd?.(); });
    return { redraw, stop: () => { control.abort(); last?.image.close(); last = null; canvas.getContext("2d").clearRect(0, 0, canvas.width, canvas.height); } };
  };
  window.posturePicture = { watch };
})();
