// The drawing of a journey: steps as cards, ways as curves; pan, zoom, drag, connect, and the keyboard. It draws what
// it is given (``draw``) and tells what the hand did (``on``); the document is changed by whoever listens.
window.journeyCanvas = (place, { t, kinds, words, icons, writes, on }) => {
  const G = window.journeyGraph, { WIDTH, HEIGHT } = G;
  const SVG = "http://www.w3.org/2000/svg", ZOOM_MIN = 0.2, ZOOM_MAX = 2, ENTRY = { w: 268, h: 92 };
  const make = (tag, props = {}, ...children) => {
    const found = Object.assign(document.createElement(tag), props);
    found.append(...children.filter(Boolean));
    return found;
  };
  const icon = (name) => {
    const svg = document.createElementNS(SVG, "svg"), use = document.createElementNS(SVG, "use");
    svg.setAttribute("class", "icon");
    svg.setAttribute("aria-hidden", "true");
    use.setAttribute("href", `${icons}#${name}`);
    svg.append(use);
    return svg;
  };
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "jc-ways");
  svg.setAttribute("aria-hidden", "true");
  const layer = make("div", { className: "jc-layer" });
  layer.append(svg);
  place.append(layer);

  let shown = null, view = { x: 0, y: 0, z: 1 };
  const cards = new Map();

  // --- where things are ---------------------------------------------------------------------------------------
  const entryAt = () => {
    const first = shown.doc.start && G.find(shown.doc, shown.doc.start);
    if (first) return [first.at[0] + WIDTH / 2 - ENTRY.w / 2, first.at[1] - ENTRY.h - 72];
    const all = (shown.doc.nodes || []).map((node) => node.at);
    return all.length ? [Math.min(...all.map(([x]) => x)), Math.min(...all.map(([, y]) => y)) - ENTRY.h - 72] : [0, 0];
  };
  const box = (id) => {
    if (!id) { const [x, y] = entryAt(); return { x, y, w: ENTRY.w, h: ENTRY.h }; }
    const [x, y] = G.find(shown.doc, id).at;
    return { x, y, w: WIDTH, h: HEIGHT };
  };
  const portAt = (id, way) => {
    const { x, y, w, h } = box(id);
    const all = id ? G.ways(G.find(shown.doc, id)) : [{ way: "start" }];
    return [x + (w * (all.findIndex((each) => each.way === way) + 1)) / (all.length + 1), y + h];
  };
  const curve = ([x1, y1], [x2, y2], ends = []) => {
    if (y2 <= y1 + 20) { // back up, round the cards
      const side = (x2 >= x1 ? Math.max(x1, x2) : Math.min(x1, x2)) + (x2 >= x1 ? 1 : -1) * (WIDTH * 0.75);
      return `M${x1} ${y1}C${x1} ${y1 + 70} ${side} ${y1 + 70} ${side} ${(y1 + y2) / 2}S${x2} ${y2 - 70} ${x2} ${y2}`;
    }
    const bend = Math.max(30, (y2 - y1) / 2), on = (a, b, c, d, u) =>
      a * (1 - u) ** 3 + 3 * b * u * (1 - u) ** 2 + 3 * c * u * u * (1 - u) + d * u ** 3;
    const between = y2 - y1 < HEIGHT * 1.5 ? []
      : [...cards.keys()].filter((id) => id && !ends.includes(id)).map(box).filter((b) =>
      [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9].some((u) => {
      const x = on(x1, x1, x2, x2, u), y = on(y1, y1 + bend, y2 - bend, y2, u);
      return x > b.x - 10 && x < b.x + b.w + 10 && y > b.y - 6 && y < b.y + b.h + 6;
    }));
    if (!between.length) return `M${x1} ${y1}C${x1} ${y1 + bend} ${x2} ${y2 - bend} ${x2} ${y2}`;
    const left = Math.min(...between.map((b) => b.x)) - 22, right = Math.max(...between.map((b) => b.x + b.w)) + 22,
      middle = (x1 + x2) / 2;
    const x = middle - left < right - middle ? left : right, top = Math.min(...between.map((b) => b.y)),
      bottom = Math.max(...between.map((b) => b.y + b.h));
    const down = `M${x1} ${y1}C${x1} ${y1 + 40} ${x} ${top - 50} ${x} ${top + 10}`;
    return `${down}V${bottom - 10}C${x} ${bottom + 40} ${x2} ${y2 - 40} ${x2} ${y2}`;
  };

  // --- drawing ------------------------------------------------------------------------------------------------
  const move = () => {
    layer.style.transform = `translate(${view.x}px,${view.y}px) scale(${view.z})`;
    place.style.backgroundPosition = `${view.x}px ${view.y}px`;
    place.style.backgroundSize = `${24 * view.z}px ${24 * view.z}px`;
    on.zoomed?.(view.z);
  };
  const count = (many) => many.toLocaleString("en-US");
  const card = (id) => {
    const node = id ? G.find(shown.doc, id) : null, kind = node ? kinds[node.type]
      : { icon: "door-enter", tone: "entry" };
    const troubles = shown.troubles.get(id) || [], worst = troubles.some((each) => each.level === "error") ? "error"
      : troubles.length ? "warning" : "";
    const said = id ? shown.said[id] || "" : shown.said[""] || "";
    const title = node ? node.title || words.kind(node.type) : t("入口", "Way in");
    const figures = shown.figures?.nodes[id];
    const label =
      [title, said, figures?.inside ? t(`${count(figures.inside)} 人停在这里`, `${count(figures.inside)} here`) : "",
      ...troubles.map((each) => each.words)].filter(Boolean).join(t("。", ". "));
    const walked = id === "" || shown.path?.nodes.has(id);
    const className = G.names("jn", `jn-${kind.tone}`, worst && `jn-${worst}`, shown.selected?.id === id && "jn-on",
      shown.path && (walked ? "jn-walked" : "jn-dim"));
    const element = make("div", { className, tabIndex: 0, ariaLabel: label });
    element.setAttribute("role", "button");
    element.setAttribute("aria-pressed", String(shown.selected?.id === id));
    element.dataset.id = id;
    element.append(make("span", { className: "jn-head" }, make("span", { className: "jn-icon" }, icon(kind.icon)),
        make("span", { className: "jn-title", textContent: title }),
      worst ? make("span", { className: "jn-worst", title: troubles.map((each) => each.words).join("\n") },
        icon(worst === "error" ? "alert-circle" : "alert-triangle")) : null),
        make("span", { className: "jn-said", textContent: said }));
    if (!id && shown.said.goal) element.append(make("span", { className: "jn-goal", textContent: shown.said.goal }));
    if (figures?.inside) element.append(make("span", { className: "jn-here", title: t("现在停在这一步", "here now") },
        icon("users"), count(figures.inside)));
    if (id) element.append(make("i", { className: "jn-in" }));
    const all = id ? G.ways(node) : [{ way: "start" }];
    all.forEach(({ way }, at) => {
      const port = make("i", { className: "jn-port", title: writes ? t("拖到下一步", "drag to the next step") : "" });
      port.dataset.way = way;
      port.style.left = `${(100 * (at + 1)) / (all.length + 1)}%`;
      element.append(port);
    });
    const { x, y, w, h } = box(id);
    Object.assign(element.style, { left: `${x}px`, top: `${y}px`, width: `${w}px`, height: `${h}px` });
    return element;
  };
  const wayOf = (edge) => {
    const begin = portAt(edge.from, edge.way);
    const end = edge.to === null ? [begin[0], begin[1] + 30] : [box(edge.to).x + box(edge.to).w / 2, box(edge.to).y];
    return { begin, end, d: edge.to === null ? `M${begin[0]} ${begin[1]}V${end[1]}`
      : curve(begin, end, [edge.from, edge.to]) };
  };
  const drawWays = () => {
    const parts = [], labels = [];
    for (const edge of G.edges(shown.doc)) {
      const key = `${edge.from} ${edge.way}`, { begin, end, d } = wayOf(edge);
      const chosen = shown.selected?.edge === key, walked = shown.path?.ways.has(key);
      const line = document.createElementNS(SVG, "path");
      line.setAttribute("d", d);
      line.setAttribute("class", G.names("jw", edge.to === null && "jw-out", chosen && "jw-on", walked && "jw-walked",
        shown.path && !walked && "jw-dim", edge.lost && "jw-lost"));
      const figures = shown.figures?.ways[key];
      if (figures?.share !== undefined) line.style.strokeWidth = String(1.6 + 4 * figures.share);
      const touch = line.cloneNode();
      touch.setAttribute("class", "jw-touch");
      touch.style.strokeWidth = "";
      touch.dataset.edge = key;
      parts.push(line, touch);
      if (edge.to === null) {
        const end_ = document.createElementNS(SVG, "circle");
        end_.setAttribute("cx", end[0]);
        end_.setAttribute("cy", end[1]);
        end_.setAttribute("r", "5");
        end_.setAttribute("class", "jw-end");
        parts.push(end_);
      }
      const text = words.way(edge.from ? G.find(shown.doc, edge.from) : null, edge.way);
      const className = G.names("jl", text && "jl-named", chosen && "jl-on", edge.to === null && "jl-out");
      const label = make("div", { className });
      label.dataset.edge = key;
      if (text) label.append(make("span", { className: "jl-way", textContent: text }));
      if (figures) label.append(make("span",
          { className: "jl-count", title: figures.words,
            textContent: count(figures.people) + (edge.from ? G.share(figures.share) : "") }));
      if (writes) {
        const add = make("button",
          { type: "button", className: "jl-add",
            ariaLabel: t(`在“${text || t("这条路", "this way")}”上添加步骤`, `Add a step on “${text || "this way"}”`),
            title: t("在这里添加步骤", "Add a step here"), textContent: "+" });
        add.dataset.add = key;
        label.append(add);
      }
      if (!label.childNodes.length) continue;
      const down = edge.to !== null && end[1] > begin[1] + 20;
      label.style.left = `${edge.to === null ? end[0] : down ? begin[0] + (end[0] - begin[0]) * 0.3 : begin[0]}px`;
      label.style.top =
        `${edge.to === null ? end[1] + 18 : begin[1] + (down ? Math.min((end[1] - begin[1]) / 2, 42) : 36)}px`;
      labels.push(label);
    }
    svg.replaceChildren(...parts);
    layer.querySelectorAll(".jl").forEach((each) => each.remove());
    layer.append(...labels);
  };
  const draw = (next) => {
    const focused = document.activeElement?.closest?.(".jn")?.dataset.id;
    shown = next;
    layer.querySelectorAll(".jn").forEach((each) => each.remove());
    cards.clear();
    for (const id of ["", ...G.order(shown.doc).done]) {
      const made = card(id);
      cards.set(id, made);
      layer.append(made);
    }
    drawWays();
    if (focused !== undefined) cards.get(focused)?.focus({ preventScroll: true });
  };

  // --- looking ------------------------------------------------------------------------------------------------
  const zoom = (by, at = [place.clientWidth / 2, place.clientHeight / 2]) => {
    const z = Math.min(ZOOM_MAX, Math.max(ZOOM_MIN, view.z * by)), k = z / view.z;
    view = { x: at[0] - (at[0] - view.x) * k, y: at[1] - (at[1] - view.y) * k, z };
    move();
  };
  const fit = (least = 0) => {
    const all = ["", ...(shown.doc.nodes || []).map((node) => node.id)].map(box);
    const left = Math.min(...all.map((b) => b.x)), top = Math.min(...all.map((b) => b.y)),
      right = Math.max(...all.map((b) => b.x + b.w)), bottom = Math.max(...all.map((b) => b.y + b.h)) + 40;
    const z = Math.max(least,
      Math.min(1, (place.clientWidth - 48) / (right - left), (place.clientHeight - 48) / (bottom - top)));
    const tall = (bottom - top) * z > place.clientHeight - 48; // from its beginning, where it does not fit
    view = { x: (place.clientWidth - (right - left) * z) / 2 - left * z, y: tall ? 24 - top * z
      : (place.clientHeight - (bottom - top) * z) / 2 - top * z, z };
    move();
  };
  const reveal = (id) => {
    const b = box(id), x = b.x * view.z + view.x, y = b.y * view.z + view.y, w = b.w * view.z, h = b.h * view.z;
    if (x < 16) view.x += 16 - x; else if (x + w > place.clientWidth - 16) view.x -= x + w - place.clientWidth + 16;
    if (y < 16) view.y += 16 - y; else if (y + h > place.clientHeight - 56) view.y -= y + h - place.clientHeight + 56;
    move();
  };
  const spot = (event) => {
    const r = place.getBoundingClientRect();
    return [(event.clientX - r.left - view.x) / view.z, (event.clientY - r.top - view.y) / view.z];
  };

  place.addEventListener("wheel", (event) => {
    event.preventDefault();
    const r = place.getBoundingClientRect();
    if (event.ctrlKey || event.metaKey) zoom(Math.exp(-event.deltaY / 300),
      [event.clientX - r.left, event.clientY - r.top]);
    else {
      view.x -= event.shiftKey ? event.deltaY : event.deltaX;
      view.y -= event.shiftKey ? 0 : event.deltaY;
      move();
    }
  }, { passive: false });

  // --- the hand: a card is dragged, a way is drawn, or the paper is moved; two fingers zoom -------------------------
  const fingers = new Map();
  let act = null, rubber = null;
  place.addEventListener("pointerdown", (event) => {
    if (event.button || event.target.closest("button")) return;
    fingers.set(event.pointerId, [event.clientX, event.clientY]);
    if (fingers.size === 2) { act = null; return; }
    const port = event.target.closest(".jn-port"), found = event.target.closest(".jn"),
      edge = event.target.closest("[data-edge]");
    const id = found?.dataset.id;
    if (port && writes) act = { kind: "way", id, way: port.dataset.way };
    else if (found) act = { kind: id && writes ? "drag" : "tap", id, at: id ? [...G.find(shown.doc, id).at] : null };
    else act = edge ? { kind: "edge", key: edge.dataset.edge } : { kind: "pan", view: { ...view } };
    Object.assign(act, { begin: [event.clientX, event.clientY], from: spot(event), moved: false });
    place.setPointerCapture(event.pointerId);
  });
  place.addEventListener("pointermove", (event) => {
    if (fingers.size === 2 && fingers.has(event.pointerId)) {
      const [one, other] = [...fingers.values()], apart = Math.hypot(one[0] - other[0], one[1] - other[1]);
      fingers.set(event.pointerId, [event.clientX, event.clientY]);
      const [a, b] = [...fingers.values()], r = place.getBoundingClientRect();
      zoom(Math.hypot(a[0] - b[0], a[1] - b[1]) / (apart || 1),
        [(a[0] + b[0]) / 2 - r.left, (a[1] + b[1]) / 2 - r.top]);
      return;
    }
    if (!act) return;
    const dx = event.clientX - act.begin[0], dy = event.clientY - act.begin[1];
    if (!act.moved && Math.hypot(dx, dy) < 4) return;
    act.moved = true;
    if (act.kind === "pan" || act.kind === "tap" || act.kind === "edge") {
      act.view ||= { ...view };
      view.x = act.view.x + dx;
      view.y = act.view.y + dy;
      place.classList.add("jc-panning");
      move();
    }
    if (act.kind === "drag") {
      const [x, y] = spot(event), node = G.find(shown.doc, act.id);
      node.at = [Math.round((act.at[0] + x - act.from[0]) / 8) * 8, Math.round((act.at[1] + y - act.from[1]) / 8) * 8];
      for (const id of [act.id, ""]) {
        const b = box(id);
        Object.assign(cards.get(id).style, { left: `${b.x}px`, top: `${b.y}px` });
      }
      drawWays();
    }
    if (act.kind === "way") {
      if (!rubber) {
        rubber = document.createElementNS(SVG, "path");
        rubber.setAttribute("class", "jw jw-rubber");
        svg.append(rubber);
      }
      rubber.setAttribute("d", curve(portAt(act.id, act.way), spot(event)));
      const over = under(event);
      cards.forEach((each, id) => each.classList.toggle("jn-over", id !== "" && id === over && id !== act.id));
    }
  });
  const under = (event) =>
    document.elementsFromPoint(event.clientX, event.clientY).map((each) =>
    each.closest?.(".jn")).find(Boolean)?.dataset.id;
  const lift = (event) => {
    fingers.delete(event.pointerId);
    place.classList.remove("jc-panning");
    rubber?.remove();
    rubber = null;
    const done = act;
    act = null;
    if (!done || event.type === "pointercancel") { if (done?.kind === "drag" && done.moved) on.moved(done.id); return; }
    if (done.kind === "way" && done.moved) {
      const to = under(event);
      if (to && to !== done.id) on.connect(done.id, done.way, to);
      else if (to === undefined) on.ask(done.id, done.way, spot(event), event);
      else draw(shown);
    } else if (done.kind === "drag" && done.moved) on.moved(done.id);
    else if (!done.moved && done.id !== undefined) {
      on.select({ id: done.id });
      cards.get(done.id)?.focus({ preventScroll: true });
    }
    else if (!done.moved) on.select(done.kind === "edge" ? { edge: done.key } : null);
  };
  place.addEventListener("pointerup", lift);
  place.addEventListener("pointercancel", lift);
  place.addEventListener("click", (event) => {
    const add = event.target.closest("[data-add]");
    if (add) { const [from, way] = split(add.dataset.add); on.ask(from, way, null, event); }
  });
  const split = (key) => { const at = key.lastIndexOf(" "); return [key.slice(0, at), key.slice(at + 1)]; };

  // --- the keyboard ---------------------------------------------------------------------------------------------
  const toward = (id, key) => {
    const here = box(id), [cx, cy] = [here.x + here.w / 2, here.y + here.h / 2];
    let best = null, least = Infinity;
    for (const other of cards.keys()) {
      if (other === id) continue;
      const b = box(other), dx = b.x + b.w / 2 - cx, dy = b.y + b.h / 2 - cy;
      const [along, across] =
        { ArrowUp: [-dy, dx], ArrowDown: [dy, dx], ArrowLeft: [-dx, dy], ArrowRight: [dx, dy] }[key];
      if (along > 8 && along + 2 * Math.abs(across) < least) { least = along + 2 * Math.abs(across); best = other; }
    }
    return best;
  };
  place.addEventListener("keydown", (event) => {
    const found = event.target.closest(".jn");
    if (event.key === "+" || event.key === "=") zoom(1.2);
    else if (event.key === "-") zoom(1 / 1.2);
    else if (event.key === "0") fit();
    else if (!found) return;
    else if (event.key.startsWith("Arrow")) {
      const id = found.dataset.id;
      if (event.altKey && writes && id) {
        const step = { ArrowUp: [0, -16], ArrowDown: [0, 16], ArrowLeft: [-16, 0], ArrowRight: [16, 0] }[event.key],
          node = G.find(shown.doc, id);
        node.at = [node.at[0] + step[0], node.at[1] + step[1]];
        on.moved(id, `move ${id}`);
      } else { const next = toward(id, event.key);
      if (next !== null) { on.select({ id: next }); reveal(next); cards.get(next).focus({ preventScroll: true }); }
      }
    } else if (event.key === "Enter" || event.key === " ") on.open(found.dataset.id);
    else if ((event.key === "Delete" || event.key === "Backspace") && writes
      && found.dataset.id) on.remove(found.dataset.id);
    else if ((event.key === "a" || event.key === "Insert") && writes && !event.ctrlKey
      && !event.metaKey) on.askAfter(found.dataset.id, found);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  place.addEventListener("focusin", (event) => {
    const found = event.target.closest(".jn");
    if (found && !act && found.matches(":focus-visible")) { reveal(found.dataset.id); on.focused?.(found.dataset.id); }
  });

  return { draw, fit, zoom, reveal, split, focus: (id) => {
    reveal(id);
    cards.get(id)?.focus({ preventScroll: true });
  }, middle: () =>
    [(place.clientWidth / 2 - view.x) / view.z - WIDTH / 2, (place.clientHeight / 2 - view.y) / view.z - HEIGHT / 2],
    spotOf: (event) => spot(event) };
};
