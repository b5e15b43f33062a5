// Draws every figure[data-chart] with ECharts, which is loaded only on pages that have one.
(() => {
  const script = document.currentScript;
  const palette = {
    // Okabe and Ito's colours, ordered and darkened or lightened for the two themes
    light: ["#0b6b69", "#d55e00", "#3b6fb6", "#b8860b", "#a14d88", "#56a3c9", "#6b7780"],
    dark: ["#3fb5ac", "#f08a4b", "#7ea9e6", "#e0b84c", "#d18bbb", "#8fd0ee", "#9fb0b8"],
  };
  const drawn = new Map();
  let loading;
  const library = () =>
    (loading ||= new Promise((resolve, reject) => {
      const tag = Object.assign(document.createElement("script"), {
        src: script.dataset.echarts,
        onload: () => resolve(window.echarts),
        onerror: reject,
      });
      document.head.append(tag);
    }));

  const symbols = { CNY: "¥", USD: "$", EUR: "€", GBP: "£", JPY: "¥" };
  const short = (value, language) => {
    const size = Math.abs(value);
    const steps =
      language === "zh"
        ? [
            [1e8, "亿"],
            [1e4, "万"],
          ]
        : [
            [1e9, "B"],
            [1e6, "M"],
            [1e3, "k"],
          ];
    if (size >= 10000)
      for (const [unit, name] of steps)
        if (size >= unit) return +(value / unit).toFixed(size / unit >= 100 ? 0 : 1) + name;
    return value.toLocaleString("en-US", { maximumFractionDigits: 2 });
  };
  const worded = (format, data) => (value, exact) => {
    if (value === null || value === undefined || value === "") return "—";
    if (format === "percent") return `${exact === true ? (value * 100).toFixed(1) : +(value * 100).toFixed(1)}%`;
    const text =
      exact === true ? value.toLocaleString("en-US", { maximumFractionDigits: 2 }) : short(value, data.language);
    return format === "money" ? (symbols[data.currency] || `${data.currency} `) + text : text;
  };
  const escape = (text) => String(text).replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

  const styled = (figure, data) => {
    const css = getComputedStyle(document.documentElement);
    const ink = css.getPropertyValue("--ink").trim(),
      soft = css.getPropertyValue("--soft").trim(),
      hair = css.getPropertyValue("--hair").trim(),
      surface = css.getPropertyValue("--surface").trim();
    const theme = document.documentElement.getAttribute("data-bs-theme") === "dark" ? "dark" : "light";
    const word = worded(figure.dataset.format, data);
    const option = structuredClone(data.option);
    const font = getComputedStyle(document.body).fontFamily;
    const axis = (given) => {
      if (!given) return given;
      const value = given.type === "value";
      return {
        ...given,
        axisLine: { show: !value, lineStyle: { color: hair } },
        axisTick: { show: false },
        splitLine: { show: value && given.show !== false, lineStyle: { color: hair } },
        axisLabel: { color: soft, hideOverlap: true, ...(value ? { formatter: word } : {}), ...given.axisLabel },
      };
    };
    const many = (given) => (Array.isArray(given) ? given.map(axis) : axis(given));
    if (option.xAxis) option.xAxis = many(option.xAxis);
    if (option.yAxis) option.yAxis = many(option.yAxis);
    option.series = (option.series || []).map((series) => {
      const label = series.label?.show
        ? {
            color: series.type === "heatmap" ? undefined : ink,
            fontSize: 11,
            formatter: (at) => labelled(at, series, word),
            ...series.label,
          }
        : series.label;
      const own = data.colours?.[series.name] ? { color: data.colours[series.name] } : {};
      const shape =
        {
          line: { lineStyle: { width: 2 }, smooth: 0.25, emphasis: { focus: "series" } },
          bar: { barMaxWidth: 34, itemStyle: { borderRadius: 3 }, backgroundStyle: { color: hair, borderRadius: 3 } },
          heatmap: { itemStyle: { borderColor: surface, borderWidth: 2, borderRadius: 4 } },
        }[series.type] || {};
      return { ...shape, ...own, ...series, ...(label ? { label } : {}) };
    });
    return {
      animationDuration: 300,
      aria: { enabled: true },
      color: palette[theme],
      textStyle: { fontFamily: font, color: ink },
      grid: { left: 8, right: 20, top: option.legend?.show ? 40 : 18, bottom: 8, containLabel: true },
      ...option,
      legend: {
        top: 4,
        left: 8,
        icon: "roundRect",
        itemWidth: 12,
        itemHeight: 8,
        textStyle: { color: soft },
        type: "scroll",
        ...option.legend,
      },
      tooltip: {
        backgroundColor: "#18262c",
        borderWidth: 0,
        textStyle: { color: "#f1f6f7", fontSize: 12 },
        confine: true,
        valueFormatter: (value) => word(value, true),
        formatter: option.series[0]?.type === "heatmap" ? (at) => cell(at, option, word) : undefined,
        ...option.tooltip,
      },
      ...(option.visualMap
        ? {
            visualMap: {
              ...option.visualMap,
              inRange: {
                color: theme === "dark" ? ["#1b2b2d", "#2f7f7a", "#6fd6cc"] : ["#eef6f5", "#8ec7c2", "#0b6b69"],
              },
            },
          }
        : {}),
    };
  };
  const labelled = (at, series, word) => {
    if (series.type === "heatmap") return word(at.value[2]);
    const share = at.data?.share;
    return word(at.value) + (share === undefined || share === null ? "" : `　${(share * 100).toFixed(1)}%`);
  };
  const cell = (at, option, word) =>
    `${escape(option.yAxis.data[at.value[1]])} · ${escape(option.xAxis.data[at.value[0]])}<br>` +
    `<b>${word(at.value[2], true)}</b>`;

  const draw = async (figure) => {
    const data = JSON.parse(figure.querySelector("script[type='application/json']").textContent);
    const echarts = await library();
    if (!figure.isConnected) return;
    const canvas = figure.querySelector(".chart-canvas");
    drawn.get(canvas)?.dispose();
    const chart = echarts.init(canvas, null, { renderer: "canvas" });
    chart.setOption(styled(figure, data));
    chart.on("click", (at) => {
      const link = at.data?.url || data.links?.[at.dataIndex];
      if (link) location.href = link;
    });
    drawn.set(canvas, chart);
    new ResizeObserver(() => {
      if (canvas.offsetWidth) chart.resize();
    }).observe(canvas);
    figure.dataset.drawn = "1";
  };
  const drawAll = () => {
    for (const canvas of drawn.keys())
      if (!canvas.isConnected) {
        drawn.get(canvas).dispose();
        drawn.delete(canvas);
      }
    document.querySelectorAll("figure[data-chart]:not([data-drawn])").forEach((figure) => {
      figure.dataset.drawn = "0";
      draw(figure);
    });
  };
  const download = (url, name) => {
    const link = Object.assign(document.createElement("a"), { href: url, download: name });
    link.click();
  };

  // A grid drawn by the server (SVG) as a PNG, twice as fine.
  const pictured = async (address) => {
    const answer = await fetch(address);
    if (!answer.ok) return;
    const text = await answer.text();
    const image = new Image();
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
    await image.decode();
    const canvas = Object.assign(document.createElement("canvas"), {
      width: image.naturalWidth * 2,
      height: image.naturalHeight * 2,
    });
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    download(
      canvas.toDataURL("image/png"),
      `${new DOMParser().parseFromString(text, "image/svg+xml").documentElement.getAttribute("aria-label")}.png`,
    );
  };

  document.addEventListener("click", async (event) => {
    const wanted = event.target.closest("[data-picture]");
    if (wanted) return pictured(wanted.dataset.picture);
    const figure = event.target.closest("figure[data-chart]");
    if (!figure) return;
    const data = JSON.parse(figure.querySelector("script[type='application/json']").textContent);
    const canvas = figure.querySelector(".chart-canvas");
    const button = event.target.closest("[data-chart-table]");
    if (button) {
      const table = figure.querySelector(".chart-table");
      table.hidden = !table.hidden;
      canvas.hidden = !table.hidden;
      button.setAttribute("aria-pressed", String(!table.hidden));
      if (table.hidden) drawn.get(canvas)?.resize();
    } else if (event.target.closest("[data-chart-picture]")) {
      const back = getComputedStyle(document.documentElement).getPropertyValue("--surface").trim();
      download(drawn.get(canvas).getDataURL({ pixelRatio: 2, backgroundColor: back }), `${data.title}.png`);
    } else if (event.target.closest("[data-chart-excel]")) {
      const answer = await fetch("/table.xlsx", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ title: data.title, columns: data.columns, rows: data.rows }),
      });
      if (!answer.ok) return;
      const url = URL.createObjectURL(await answer.blob());
      download(url, `${data.title}.xlsx`);
      setTimeout(() => URL.revokeObjectURL(url), 60000);
    }
  });
  document.addEventListener("DOMContentLoaded", drawAll);
  document.addEventListener("htmx:afterSettle", drawAll);
  document.documentElement.addEventListener("siyu:theme", () =>
    document.querySelectorAll("figure[data-drawn='1']").forEach(draw),
  );
})();
