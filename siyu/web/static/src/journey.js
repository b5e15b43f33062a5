// The journey editor, and the same drawing to look at with figures. Here the document is held, changed, undone,
// checked by the server and kept; drawing, list, forms, the panel and what the server is asked are parts of their own
// (journey-*.js).
(() => {
  const root = document.getElementById("journey");
  if (!root) return;
  const G = window.journeyGraph, data = JSON.parse(document.getElementById("journey-data").textContent);
  const zh = document.documentElement.lang.startsWith("zh"), t = (chinese, english) => (zh ? chinese : english);
  const $ = (selector) => root.querySelector(selector);
  const make = (tag, props = {}, ...children) => {
    const found = Object.assign(document.createElement(tag), props);
    found.append(...children.filter(Boolean));
    return found;
  };
  const icon = (name) => {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg"),
      use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    svg.setAttribute("class", "icon");
    svg.setAttribute("aria-hidden", "true");
    use.setAttribute("href", `${data.icons}#${name}`);
    svg.append(use);
    return svg;
  };
  const toast = (text, kind = "") => document.dispatchEvent(new CustomEvent("toast", { detail: { text, kind } }));
  const writes = data.writes, kinds = Object.fromEntries(data.kinds.map((each) => [each.type, each]));

  const words = {
    kind: (type) => kinds[type]?.label || type,
    way: (node, name) => {
      if (!node || name === "next") return node?.type === "wait_event" ? t("做了", "done") : node?.type === "task"
        && node.wait ? t("已完成", "done") : "";
      if (node.type === "branch" && name !== "otherwise") return node.cases[Number(name)]?.title
        || t(`条件 ${Number(name) + 1}`, `rule ${Number(name) + 1}`);
      if (node.type === "split") {
        const arm = node.arms[Number(name)];
        return arm ? `${arm.title || String.fromCharCode(65 + Number(name))} ${arm.share}%` : "";
      }
      return { timeout: t("到时限", "timed out"), held: t("发不出", "held"), late: t("超时", "late"),
        otherwise: t("其余", "others") }[name] || name;
    },
  };

  // --- what is held ---------------------------------------------------------------------------------------------
  const app = {
    doc: data.document,
    told: { said: data.said, problems: data.problems, text: data.text }, // what the server says of it
    selected: null, // { id } of a step ("" the journey itself), { edge }, or nothing
    tab: "step", // of the panel
    path: null, // one person's way
    figures: null, // shown on the drawing
    previewing: () => {}, // asks for the preview again, while a message's form is open
  };
  G.laidOut(app.doc);
  const history = G.history(app.doc), server = window.journeyServer({ t, data });
  let seen = data.changed, kept = JSON.stringify(app.doc), saving = false;
  let needed = []; // what platforms will not allow of the draft as it was kept last
  const withNeeds = (problems) => [...problems, ...needed.filter((each) => !each.node || G.find(app.doc, each.node))];
  const shownAs = (found, refused, rehearsed = false) => found && {
    ...found,
    rehearsed,
    refused: refused || [],
    nodes: {
      "": { inside: found.gate },
      ...Object.fromEntries(Object.entries(found.nodes).map(([id, each]) => [id, { ...each, inside: each.here }])),
    },
    ways: {
      " start": { people: found.entered, words: t("累计进入的人次", "how often somebody came in") },
      ...Object.fromEntries(found.edges.map((each) => [`${each.node} ${each.way}`, {
        people: each.people,
        ...(each.share === null ? {} : { share: each.share }),
        words: t(`${each.people} 人走了这条路`, `${each.people} went this way`),
      }])),
    },
  };
  const live = shownAs(data.figures, data.refused);
  const rehearsed = data.rehearsed && shownAs(data.rehearsed.figures, data.rehearsed.refused, true);
  app.figures = live || rehearsed;
  const dirty = () => writes && JSON.stringify(app.doc) !== kept;
  const troubles = () => {
    const found = new Map();
    for (const each of app.told.problems) {
      const at = each.node ?? "";
      found.set(at, [...(found.get(at) || []), each]);
    }
    return found;
  };
  const state = () => {
    const { doc, told, figures, path, selected } = app;
    return { doc, said: told.said, troubles: troubles(), figures, path, selected };
  };

  // --- drawing, list, form --------------------------------------------------------------------------------------
  const menu = document.getElementById("journey-kinds");
  const narrow = matchMedia("(max-width: 991px)");
  const outlined = () => root.classList.contains("je-listed");
  const draw = () => { canvas.draw(state()); outline.draw(state()); bar(); };
  const select = (what, { open = true } = {}) => {
    app.selected = what;
    app.tab = "step";
    if (open) root.classList.add("je-open");
    draw();
    side();
  };
  const firstWay = (id) => (id ? G.ways(G.find(app.doc, id))[0]?.way : "start");
  const hear = {
    select: (what) => select(what, { open: what !== null }),
    open: (id) => { select({ id }); panel.focus(); },
    connect: (from, way, to) => { G.leadFrom(app.doc, from, way, to); done(); },
    moved: (id, key = "") => done(key, { quiet: true }),
    remove: (id) => takeOut(id),
    ask: (from, way, at) => ask({ from, way, at }),
    askAfter: (id) => {
      const way = firstWay(id);
      if (way) ask({ from: id, way });
    },
    zoomed: (z) => { const shown = $("[data-zoom]"); if (shown) shown.textContent = `${Math.round(z * 100)}%`; },
  };
  const parts = { t, kinds, words, icon, icons: data.icons, writes, on: hear };
  const canvas = window.journeyCanvas($(".je-canvas"), parts), outline = window.journeyOutline($(".je-outline"), parts);

  // A change: kept for undoing, drawn, checked. The form that made it stays as it is.
  const done = (key = "", { quiet = false } = {}) => {
    if (!history.keep(app.doc, key)) { draw(); return; }
    draw();
    if (!quiet) look();
    if (key === "" && app.tab === "step") side();
  };
  app.edit = (key = "edit") => {
    if (!history.keep(app.doc, `${app.selected?.id ?? app.selected?.edge ?? ""} ${key}`)) return;
    draw();
    look();
    app.previewing();
  };
  app.again = () => side();
  const forms = writes ? window.journeyForms({ t, zh, data, words, app, server }) : null;
  const back = (doc) => {
    if (!doc) return;
    app.doc = doc;
    G.laidOut(app.doc);
    if (app.selected?.id && !G.find(app.doc, app.selected.id)) app.selected = null;
    draw();
    side();
    look();
  };
  const takeOut = (id) => {
    const name = G.find(app.doc, id).title || words.kind(G.find(app.doc, id).type),
      before = G.edges(app.doc).find((edge) => edge.to === id)?.from ?? "";
    G.takeOut(app.doc, id);
    app.selected = { id: before };
    done();
    if (!outlined()) canvas.focus(before);
    toast(t(`已删除「${name}」，按 Ctrl+Z 撤销`, `“${name}” is gone; Ctrl+Z brings it back`));
  };

  const useText = (found) => {
    app.doc = found.document;
    G.laidOut(app.doc);
    app.told = { ...found, problems: withNeeds(found.problems) };
    app.selected = null;
    history.keep(app.doc);
    draw();
    side();
    toast(t("已按文本更新", "Taken over from the text"));
  };
  const panel = window.journeyPanel(root, {
    t, data, words, make, icon, writes, app, server, canvas, outline, forms, troubles, select, takeOut, draw, useText,
  });
  const side = panel.side;

  // --- a step is put in: chosen from the menu of kinds -----------------------------------------------------------
  let asked = null;
  const ask = (where) => { asked = where; menu.showModal(); };
  const putIn = (type, where) => {
    const below = where.from ? G.find(app.doc, where.from).at : null, first = app.doc.nodes?.[0]?.at;
    const at = (where.at
      || (below ? [below[0], below[1] + G.HEIGHT + G.GAP_Y] : first && where.from === "" ? [first[0], first[1]]
        : canvas.middle())).map((each) => Math.round(each / 8) * 8);
    const node = forms.fresh(app.doc, type, at), into = where.from !== undefined
      && G.edges(app.doc).find((edge) => edge.from === where.from && edge.way === where.way);
    G.insert(app.doc, node, where.from, where.way);
    if (into && into.to !== null) { // room for it: what comes after moves down
      const after = new Set([into.to]), grow = (id) =>
        G.ways(G.find(app.doc, id)).forEach(({ to }) =>
        { if (to && to !== node.id && !after.has(to) && G.find(app.doc, to)) { after.add(to); grow(to); } });
      grow(into.to);
      if (!after.has(where.from)) for (const each of app.doc.nodes) if (after.has(each.id)
        && each.at[1] < at[1] + G.HEIGHT + G.GAP_Y / 2 + 400 && each.id !== node.id) each.at = [each.at[0],
        each.at[1] + G.HEIGHT + G.GAP_Y];
    }
    app.selected = { id: node.id };
    app.tab = "step";
    root.classList.add("je-open");
    done();
    if (!outlined()) canvas.focus(node.id);
  };
  menu?.addEventListener("click", (event) => {
    const found = event.target.closest("[data-kind]");
    if (!found) { if (event.target === menu) menu.close(); return; }
    menu.close();
    putIn(found.dataset.kind, asked);
  });
  root.querySelectorAll(".je-palette [data-kind]").forEach((each) => {
    each.addEventListener("click", () => {
      const id = app.selected?.id, way = id === undefined ? undefined : firstWay(id);
      putIn(each.dataset.kind, way ? { from: id, way } : {});
    });
    each.addEventListener("dragstart", (event) => event.dataTransfer.setData("text/x-siyu-step", each.dataset.kind));
  });
  $(".je-canvas").addEventListener("dragover", (event) => {
    if (event.dataTransfer.types.includes("text/x-siyu-step")) event.preventDefault();
  });
  $(".je-canvas").addEventListener("drop", (event) => {
    const type = event.dataTransfer.getData("text/x-siyu-step");
    if (!type) return;
    event.preventDefault();
    const [x, y] = canvas.spotOf(event);
    putIn(type, { at: [x - G.WIDTH / 2, y - G.HEIGHT / 2] });
  });

  // --- the server: what it means, what is wrong with it, and keeping it ---------------------------------
  let waiting = 0, looking = null;
  const look = () => { clearTimeout(waiting); waiting = setTimeout(lookNow, 250); };
  const lookNow = async () => {
    looking?.abort();
    looking = new AbortController();
    try {
      const found = await server.look({ document: app.doc }, looking.signal);
      await new Promise(window.siyuWhenFree);
      app.told = { said: found.said, problems: withNeeds(found.problems), text: found.text };
    }
    catch (error) {
      if (error.name === "AbortError") return;
      app.told = { ...app.told, problems: [{ node: null, level: "error", words: error.message, field: "" }] };
    }
    draw();
    if (app.tab === "step") panel.marks();
    else if (app.tab === "problems" || (app.tab === "text" && document.activeElement?.id !== "journey-text")) side();
  };
  const save = async ({ over = false } = {}) => {
    if (!writes || saving) return false;
    saving = true;
    const sending = JSON.stringify(app.doc);
    try {
      const found = await server.save(app.doc, over ? null : seen);
      seen = found.changed;
      kept = sending;
      $(".je-conflict").hidden = true;
      toast(t("草稿已保存", "Draft kept"));
      askNeeds().catch(() => { needed = []; });
      return true;
    } catch (error) {
      if (error.code === "journey_changed") $(".je-conflict").hidden = false;
      else toast(error.message, "danger");
      return false;
    } finally { saving = false; bar(); }
  };
  const bar = () => {
    const errors = app.told.problems.filter((each) => each.level === "error").length, all = app.told.problems.length;
    const mark = $("[data-problems]");
    mark.textContent = all ? String(all) : "";
    mark.className = `je-count${errors ? " je-bad" : all ? " je-warn" : ""}`;
    const state_ = $("[data-kept]");
    if (state_) {
      state_.textContent = dirty() ? t("未保存", "Not kept yet") : t("已保存", "Kept");
      state_.classList.toggle("je-dirty", dirty());
    }
    for (const [name, able] of [["undo", history.undoable], ["redo", history.redoable]]) {
      const found = $(`[data-do=${name}]`);
      if (found) found.disabled = !able;
    }
    const title = document.querySelector("[data-journey-name]");
    if (title && writes) title.textContent = app.doc.name;
  };
  const askNeeds = async () => {
    const found = await server.needs();
    if (!found) return;
    const before = new Set(needed);
    needed = found;
    await new Promise(window.siyuWhenFree);
    app.told = { ...app.told, problems: withNeeds(app.told.problems.filter((each) => !before.has(each))) };
    draw();
    bar();
    if (app.tab === "step") panel.marks(); else if (app.tab === "problems") side();
  };
  const acts = {
    undo: () => back(history.undo()), redo: () => back(history.redo()), in: () => canvas.zoom(1.2), out: () =>
      canvas.zoom(1 / 1.2), fit: () => canvas.fit(),
    layout: () => { G.layout(app.doc); done("", { quiet: true }); canvas.fit(0.6); },
    save: () => save(), over: () => save({ over: true }), reload: () => {
      kept = JSON.stringify(app.doc);
      location.reload();
    },
    close: () => { root.classList.remove("je-open"); app.selected = null; draw(); side(); },
    list: () => {
      root.classList.toggle("je-listed");
      $("[data-do=list]").setAttribute("aria-pressed", String(outlined()));
      if (!outlined()) canvas.fit(0.6);
    },
    publish: async () => {
      if (dirty() && !(await save())) return;
      location.href = `/journeys/${data.number}/publish`;
    },
    rehearse: async () => {
      if (dirty() && !(await save())) return;
      location.href = `/journeys/${data.number}/rehearsal`;
    },
    rehearsed: () => { app.figures = app.figures === rehearsed && live ? live : rehearsed; marked(); draw(); side(); },
    add: () => {
      const from = app.selected?.id, way = from === undefined ? undefined : firstWay(from);
      ask(way ? { from, way } : {});
    },
  };
  const marked = () =>
    $("[data-do=rehearsed]")?.setAttribute("aria-pressed", String(Boolean(rehearsed) && app.figures === rehearsed));
  root.addEventListener("click", (event) => {
    const found = event.target.closest("[data-do]");
    if (found) acts[found.dataset.do]();
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.matches?.("input:not([type=checkbox]), textarea");
    if ((event.ctrlKey || event.metaKey) && event.key === "s" && writes) { event.preventDefault(); save(); return; }
    if (typing || document.querySelector("dialog[open]") || !writes) return;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z") {
      event.preventDefault();
      if (event.shiftKey) acts.redo();
      else acts.undo();
    }
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "y") { event.preventDefault(); acts.redo(); }
    if (event.key === "Escape" && (app.selected || root.classList.contains("je-open"))) {
      const id = app.selected?.id;
      acts.close();
      if (id !== undefined && !outlined()) canvas.focus(id);
    }
  });
  addEventListener("beforeunload", (event) => { if (dirty()) event.preventDefault(); });

  root.classList.toggle("je-listed", narrow.matches);
  $("[data-do=list]").setAttribute("aria-pressed", String(narrow.matches));
  if (!narrow.matches) root.classList.add("je-open");
  marked();
  draw();
  side();
  requestAnimationFrame(() => canvas.fit(0.8));
  root.dataset.ready = "1";
  if (writes) askNeeds().catch(() => { needed = []; }); // advice: without an answer the editor works as before
})();
