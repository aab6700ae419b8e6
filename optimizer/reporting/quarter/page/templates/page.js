"use strict";
(() => {
  const root = document.documentElement;
  root.dataset.errors = "";
  window.addEventListener("error", (event) => {
    root.dataset.errors += event.message + "\n";
  });
  const PAPER = 1030; // pixels across a sheet of A4, landscape, within its margins
  const data = JSON.parse(document.getElementById("data").textContent);
  const chinese = data.lang === "zh";
  const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
  const two = (number) => String(number).padStart(2, "0");
  const clock = (minutes) => two(Math.floor(minutes / 60)) + ":" + two(minutes % 60);
  const short = (value, unit, name) => Number((value / unit).toFixed(2)) + name;

  const html = (text) => {
    const holder = document.createElement("span");
    holder.textContent = text;
    return holder.innerHTML;
  };
  // A tooltip is HTML: what comes from the structure goes through html().
  const lines = (text) => {
    const [head, ...rest] = text.split("\n");
    return "<b>" + html(head) + "</b>" + rest.map((line) => "<br>" + html(line)).join("");
  };
  const axisTip = (found) =>
    "<b>" + html(found[0].axisValueLabel) + "</b>" +
    found
      .map((each) => {
        const value = each.data && each.data.text ? each.data.text : Math.round(10 * each.value) / 10;
        return "<br>" + each.marker + html(each.seriesName) + " " + html(String(value));
      })
      .join("");

  const font = getComputedStyle(document.body).fontFamily;
  const fill = (api) => api.visual("color");
  const pair = (color) => ({ stroke: color, lineWidth: 1.4, fill: null });

  const step = (params, api) => {
    const [x, y] = api.coord([api.value(0), api.value(1)]);
    const half = api.size([1, 0])[0] / 2;
    const next = api.coord([api.value(0), api.value(2)])[1];
    const points = [[x - half, y], [x + half, y], [x + half, next]];
    return { type: "polyline", shape: { points }, style: { stroke: fill(api), lineWidth: 2, fill: null } };
  };
  const whiskers = (params, api) => {
    const [x, y] = api.coord([api.value(0), api.value(1)]);
    const low = api.coord([api.value(0), api.value(2)])[1];
    const high = api.coord([api.value(0), api.value(3)])[1];
    const style = pair(fill(api));
    const line = (x1, y1, x2, y2) => ({ type: "line", shape: { x1, y1, x2, y2 }, style });
    return {
      type: "group",
      children: [
        line(x, low, x, high),
        line(x - 3, low, x + 3, low),
        line(x - 3, high, x + 3, high),
        { type: "circle", shape: { cx: x, cy: y, r: 2.6 }, style: { fill: fill(api) } },
      ],
    };
  };
  const interval = (params, api) => {
    const [x, y] = api.coord([api.value(0), api.value(1)]);
    const low = api.coord([api.value(2), api.value(1)])[0];
    const high = api.coord([api.value(3), api.value(1)])[0];
    const style = pair(fill(api));
    const line = (x1, y1, x2, y2) => ({ type: "line", shape: { x1, y1, x2, y2 }, style });
    return {
      type: "group",
      children: [
        line(low, y, high, y),
        line(low, y - 4, low, y + 4),
        line(high, y - 4, high, y + 4),
        { type: "circle", shape: { cx: x, cy: y, r: 3.4 }, style: { fill: fill(api) } },
      ],
    };
  };
  const limit = (params, api) => {
    const [x, y] = api.coord([api.value(0), api.value(1)]);
    const half = Math.min(11, 0.42 * api.size([0, 1])[1]);
    return {
      type: "line",
      shape: { x1: x, y1: y - half, x2: x, y2: y + half },
      style: { stroke: fill(api), lineWidth: 2.5 },
    };
  };
  const shift = (params, api) => {
    const [x, y] = api.coord([api.value(1), api.value(0)]);
    const at = (minutes) => api.coord([minutes, api.value(0)])[0];
    const height = Math.min(18, 0.72 * api.size([0, 1])[1]);
    const top = y - height / 2;
    const colour = fill(api);
    const box = (from, to, style) => ({
      type: "rect",
      shape: { x: at(from), y: top, width: at(to) - at(from), height, r: 2 },
      style,
    });
    const children = [box(api.value(1), api.value(2), { fill: colour })];
    let first = api.value(2);
    if (api.value(3) >= 0) {
      first = api.value(3);
      children.push(box(api.value(3), api.value(4), { fill: "#ffffff", stroke: colour, lineWidth: 1.2 }));
    }
    const text = clock(api.value(1)) + "–" + clock(api.value(2));
    const room = at(first) - x;
    if (room > 70)
      children.push({
        type: "text",
        style: { text, fontFamily: font, x: x + 6, y, fill: "#ffffff", fontSize: 11, verticalAlign: "middle" },
      });
    return { type: "group", children };
  };
  const dateMark = (marks) => (params, api) => {
    const mark = marks[params.dataIndex];
    const [x, y] = api.coord([api.value(0), api.value(1)]);
    const [width, height] = api.size([1, 1]);
    const left = x - width / 2 + 1.5;
    const top = y - height / 2 + 1.5;
    const w = width - 3;
    const h = height - 3;
    const text = (string, more) => ({
      type: "text",
      silent: true,
      style: { text: string, fontFamily: font, fontSize: 10.5, fill: mark.ink, overflow: "truncate", ellipsis: "…", ...more },
    });
    const children = [{ type: "rect", shape: { x: left, y: top, width: w, height: h }, style: { fill: mark.shut ? "#f1f2f4" : "rgba(0,0,0,0)" } }];
    children.push(text(mark.day, { x: left + 4, y: top + 4, fontSize: 10, fill: "#57606a", width: w - (mark.uncovered ? 30 : 6) }));
    children.push(
      text(mark.customers, { x: left + w / 2, y: top + 17, fontSize: 13, fontWeight: "bold", align: "center" })
    );
    const band = 14;
    if (!mark.shut)
      children.push({
        type: "rect",
        silent: true,
        shape: { x: left, y: top + h - band, width: w, height: band },
        style: { fill: mark.colour },
      });
    children.push(
      mark.shut
        ? text(mark.name, { x: left + w / 2, y: top + 17, align: "center", width: w - 4, height: h - 18, overflow: "break", lineOverflow: "truncate", lineHeight: 12, fill: "#6b7785" })
        : text(mark.name, { x: left + w / 2, y: top + h - band / 2, align: "center", verticalAlign: "middle", width: w - 4 })
    );
    if (mark.uncovered) {
      children.push({
        type: "rect",
        silent: true,
        shape: { x: left + 1, y: top + 1, width: w - 2, height: h - 2 },
        style: { fill: null, stroke: mark.alarm, lineWidth: 2 },
      });
      children.push(
        text(mark.uncovered, { x: left + w - 4, y: top + 4, align: "right", fill: mark.alarm, fontWeight: "bold" })
      );
    }
    return { type: "group", children };
  };

  const functions = {
    tip: (params) => (params.data && params.data.tip ? lines(params.data.tip) : ""),
    axisTip,
    label: (params) => params.data.text || "",
    clock,
    percent: (value) => Math.round(1000 * value) / 10 + "%",
    whole: (value) => whole.format(value),
    money: (value) =>
      chinese
        ? Math.abs(value) >= 10000 ? short(value, 10000, "万") : whole.format(value)
        : Math.abs(value) >= 1000 ? whole.format(value / 1000) + "k" : whole.format(value),
    step,
    whiskers,
    interval,
    limit,
    shift,
  };
  // Functions are named in two keys only; any other text, whatever it is, stays text.
  const readied = (option) => {
    if (Array.isArray(option)) return option.map(readied);
    if (option === null || typeof option !== "object") return option;
    const copy = {};
    for (const [key, value] of Object.entries(option)) {
      if (key === "data") copy[key] = value;
      else if (key === "renderItem" && value === "fn:date") copy[key] = dateMark(option.data);
      else if (key === "renderItem" || (key === "formatter" && String(value).startsWith("fn:")))
        copy[key] = functions[value.slice(3)];
      else copy[key] = readied(value);
    }
    return copy;
  };

  const charts = {};
  const whenDrawn = (element) => {
    // With a view box the picture follows the width of the paper.
    const svg = element.querySelector("svg");
    if (svg) svg.setAttribute("viewBox", "0 0 " + svg.getAttribute("width") + " " + svg.getAttribute("height"));
  };
  const draw = (element) => {
    const key = element.dataset.chart;
    const chart = echarts.init(element, null, { renderer: "svg" });
    chart.setOption({ animation: false, textStyle: { fontFamily: font }, ...readied(data.charts[key]) });
    charts[key] = chart;
    if (key === "people") people(chart, element);
    whenDrawn(element);
  };

  const people = (chart, element) => {
    const roster = data.roster;
    const select = document.getElementById("date");
    const show = () => {
      const rows = roster.dates[select.value] || [];
      element.style.height = 34 + 20 * Math.max(1, rows.length) + "px";
      chart.resize();
      chart.setOption({
        yAxis: { data: rows.map((row) => roster.people[row[0]]) },
        series: [
          {
            data: rows.map((row, n) => ({
              value: [n, ...row.slice(2)],
              itemStyle: { color: roster.colours[row[1]] },
              tip:
                roster.people[row[0]] + "\n" + roster.skills[row[1]] + "\n" + clock(row[2]) + "–" + clock(row[3]) +
                (row[4] < 0 ? "" : "\n" + data.words.meal + " " + clock(row[4]) + "–" + clock(row[5])),
            })),
          },
        ],
      });
      whenDrawn(element);
    };
    select.addEventListener("change", show);
    show();
  };

  const weeks = [...document.querySelectorAll(".week")];
  const choice = document.getElementById("week");
  const chooseWeek = () => {
    weeks.forEach((week, n) => week.classList.toggle("aside", choice.value !== "all" && String(n) !== choice.value));
  };
  if (choice) {
    choice.addEventListener("change", chooseWeek);
    chooseWeek();
  }

  // One chart at a time, so that the page can be read while the others are drawn.
  const waiting = [...document.querySelectorAll("[data-chart]")];
  const next = () => {
    const element = waiting.shift();
    if (!element) {
      root.dataset.drawn = String(Object.keys(charts).length);
      return;
    }
    draw(element);
    setTimeout(next, 0);
  };
  next();
  const resizeAll = (size) => {
    for (const chart of Object.values(charts)) {
      chart.resize(size);
      chart.getZr().flush(); // now, not at the next frame: paper does not wait
      whenDrawn(chart.getDom());
    }
  };
  window.addEventListener("beforeprint", () => {
    while (waiting.length) draw(waiting.shift());
    resizeAll({ width: PAPER });
  });
  window.addEventListener("afterprint", () => resizeAll({ width: "auto" }));
  let resizing = 0;
  window.addEventListener("resize", () => {
    clearTimeout(resizing);
    resizing = setTimeout(() => {
      if (!matchMedia("print").matches) resizeAll({ width: "auto" });
    }, 150);
  });
})();
