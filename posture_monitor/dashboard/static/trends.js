// The curves of the trends page, drawn by uPlot in the page's own colours.
"use strict";
(() => {
  const { t } = window.postureMonitor;
  const source = document.getElementById("series");
  if (!source) return;
  const data = JSON.parse(source.textContent);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const charts = {
    score: { colour: "--kept", unit: t("of 100"), digits: 0, line: true, range: (low) => [Math.max(0, Math.min(50, Math.floor(low / 10) * 10 - 10)), 100] },
    sitting_h: { colour: "--sitting", unit: t("h a day"), digits: 1, range: (low, high) => [0, Math.max(2, Math.ceil(high))] },
    strained: { colour: "--strain", unit: t("% of judged time"), digits: 0, line: true, range: (low, high) => [0, Math.min(100, Math.max(20, Math.ceil(high / 10) * 10))] },
    breaks: { colour: "--break", unit: t("a day"), digits: 1, range: (low, high) => [0, Math.max(4, Math.ceil(high))] },
  };
  const LOCALE = document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang;
  const days = (at, options) => new Intl.DateTimeFormat(LOCALE, { timeZone: "UTC", ...options }).format(new Date(at * 1000));
  const name = (at) => (data.weekly ? t("Week of {day}", { day: days(at, { day: "numeric", month: "long", year: "numeric" }) }) : days(at, { weekday: "short", day: "numeric", month: "short" }));
  let drawn = [];

  const make = (box, key) => {
    const kind = charts[key];
    const told = document.querySelector(`[data-told="${key}"]`);
    const main = colour(kind.colour);
    const soft = colour("--soft");
    const grid = colour("--line");
    const axis = { stroke: soft, font: "13px system-ui, sans-serif", ticks: { show: false }, grid: { stroke: grid, width: 1 } };
    const count = data.at.length;
    const options = {
      width: box.clientWidth,
      height: box.clientHeight,
      legend: { show: false },
      cursor: { y: false, points: { size: 9 }, drag: { x: false, y: false } },
      tzDate: (at) => uPlot.tzDate(new Date(at * 1e3), "UTC"),
      scales: { x: { range: (u, low, high) => { const pad = count > 1 ? (high - low) / count : 43200; return [low - pad, high + pad]; } },
        y: { range: (u, low, high) => kind.range(low ?? 0, high ?? 0) } },
      axes: [
        { ...axis, size: 30, grid: { show: false }, space: 70, values: (u, marks) => marks.map((at) => days(at, count > 100 || (data.weekly && count > 20) ? { month: "short" } : { day: "numeric", month: "short" })),
          incrs: data.weekly ? [86400 * 28, 86400 * 56, 86400 * 84] : [86400 * 7, 86400 * 14, 86400 * 28] },
        { ...axis, size: 40 },
      ],
      series: [{}, {
        stroke: main, width: 2, spanGaps: false,
        fill: kind.line ? undefined : main,
        paths: kind.line ? uPlot.paths.linear() : uPlot.paths.bars({ size: [0.65, 26], radius: 0.2 }),
        points: kind.line ? { show: true, size: count > 60 ? 4 : 7, fill: main, width: 0 } : { show: false },
      }],
      hooks: { setCursor: [(u) => {
        const i = u.cursor.idx;
        const value = i == null ? null : data[key][i];
        told.textContent = i == null ? " " : `${name(data.at[i])}: ${value == null ? t("no data") : `${value.toLocaleString(LOCALE, { minimumFractionDigits: kind.digits, maximumFractionDigits: kind.digits })} ${kind.unit}`}`;
      }] },
    };
    return new uPlot(options, [data.at, data[key]], box);
  };
  const drawAll = () => {
    drawn.forEach(({ chart }) => chart.destroy());
    drawn = [...document.querySelectorAll("[data-chart]")].map((box) => ({ box, chart: make(box, box.dataset.chart) }));
    document.body.dataset.drawn = String(drawn.length);
  };
  drawAll();
  dark.addEventListener("change", drawAll);
  new ResizeObserver(() => drawn.forEach(({ box, chart }) => {
    if (chart.width !== box.clientWidth) chart.setSize({ width: box.clientWidth, height: box.clientHeight });
  })).observe(document.getElementById("main"));
})();
