// The journey editor, and the same drawing to look at with figures. Here the document is held, changed, undone,
// checked by the server and kept; drawing, list and forms are parts of their own (journey-*.js) that know nothing of
// each other.
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
  const app = { doc: data.document };
  G.laidOut(app.doc);
  const history = G.history(app.doc);
  let selected = null, seen = data.changed, kept = JSON.stringify(app.doc), tab = "step", path = null, saving = false;
  let previewing = null; // asks for the preview again, while a message's form is open
  let needed = []; // what platforms will not allow of the draft as it was kept last
  const withNeeds = (problems) => [...problems, ...needed.filter((each) => !each.node || G.find(app.doc, each.node))];
  let told = { said: data.said, problems: data.problems, text: data.text };
  const shownAs = (found, refused) => found && {
    ...found, refused: refused || [],
    nodes: Object.fromEntries(Object.entries(found.nodes).map(([id, each]) =>
        [id, { ...each, inside: each.here }]).concat([["", { inside: found.gate }]])),
    ways: Object.fromEntries(found.edges.map((each) =>
        [`${each.node} ${each.way}`,
          { people: each.people, ...(each.share === null ? {} : { share: each.share }),
            words: t(`${each.people} 人走了这条路`, `${each.people} went this way`) }]).concat([[" start",
            { people: found.entered, words: t("累计进入的人次", "how often somebody came in") }]])),
  };
  const live = shownAs(data.figures, data.refused), rehearsed = data.rehearsed
    && shownAs(data.rehearsed.figures, data.rehearsed.refused);
  let figures = live || rehearsed;
  const dirty = () => writes && JSON.stringify(app.doc) !== kept;
  const troubles = () => {
    const found = new Map();
    for (const each of told.problems) { const at = each.node ?? ""; found.set(at, [...(found.get(at) || []), each]); }
    return found;
  };
  const state = () => ({ doc: app.doc, said: told.said, troubles: troubles(), figures, path, selected });

  // --- drawing, list, form --------------------------------------------------------------------------------------
  const panel = $(".je-panel"), body = $(".je-body"), menu = document.getElementById("journey-kinds");
  const narrow = matchMedia("(max-width: 991px)");
  const outlined = () => root.classList.contains("je-listed");
  const draw = () => { canvas.draw(state()); outline.draw(state()); bar(); };
  const select = (what, { open = true } = {}) => {
    selected = what;
    tab = "step";
    if (open) root.classList.add("je-open");
    draw();
    side();
  };
  const hear = {
    select: (what) => select(what, { open: what !== null }),
    open: (id) => { select({ id }); body.querySelector("input, select, textarea, button, a")?.focus(); },
    connect: (from, way, to) => { G.leadFrom(app.doc, from, way, to); done(); },
    moved: (id, key = "") => done(key, { quiet: true }),
    remove: (id) => takeOut(id),
    ask: (from, way, at) => ask({ from, way, at }),
    askAfter: (id) => {
      const first = id ? G.ways(G.find(app.doc, id))[0]?.way : "start";
      if (first) ask({ from: id, way: first });
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
    if (key === "" && tab === "step") side();
  };
  app.edit = (key = "edit") => {
    if (!history.keep(app.doc, `${selected?.id ?? selected?.edge ?? ""} ${key}`)) return;
    draw();
    look();
    previewing?.();
  };
  app.again = () => side();
  const forms = writes ? window.journeyForms({ t, zh, data, words, app }) : null;
  const back = (doc) => {
    if (!doc) return;
    app.doc = doc;
    G.laidOut(app.doc);
    if (selected?.id && !G.find(app.doc, selected.id)) selected = null;
    draw();
    side();
    look();
  };
  const takeOut = (id) => {
    const name = G.find(app.doc, id).title || words.kind(G.find(app.doc, id).type),
      before = G.edges(app.doc).find((edge) => edge.to === id)?.from ?? "";
    G.takeOut(app.doc, id);
    selected = { id: before };
    done();
    if (!outlined()) canvas.focus(before);
    toast(t(`已删除「${name}」，按 Ctrl+Z 撤销`, `“${name}” is gone; Ctrl+Z brings it back`));
  };

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
    selected = { id: node.id };
    tab = "step";
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
      const id = selected?.id, way = id === undefined ? undefined : id ? G.ways(G.find(app.doc, id))[0]?.way : "start";
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

  // --- the panel beside -----------------------------------------------------------------------------------------
  const heading = () => {
    if (selected?.edge) return t("一条路", "A way");
    const node = selected?.id && G.find(app.doc, selected.id);
    return node ? words.kind(node.type) : writes ? t("旅程设置", "The journey") : t("整个旅程", "The whole journey");
  };
  const problem = (each) => {
    const node = each.node && G.find(app.doc, each.node);
    const made =
      make("button", { type: "button", className: `je-problem je-${each.level}` },
      icon(each.level === "error" ? "alert-circle" : "alert-triangle"),
      make("span", {},
        make("strong", { textContent: node ? node.title || words.kind(node.type) : t("旅程", "The journey") }),
        make("span", { textContent: each.words })));
    made.addEventListener("click", () => {
      select({ id: each.node ?? "" });
      if (!outlined()) canvas.reveal(each.node ?? "");
      point(each.field);
    });
    return made;
  };
  const point = (field) => {
    const box = field
      && [...body.querySelectorAll("[data-path]")].filter((each) => each.dataset.path
      && field.startsWith(each.dataset.path)).sort((a, b) => b.dataset.path.length - a.dataset.path.length)[0];
    (box || body).querySelector("input, select, textarea, button")?.focus();
  };
  const marks = () => {
    body.querySelectorAll(".jf-wrong").forEach((each) => each.remove());
    if (!forms || tab !== "step") return;
    for (const each of troubles().get(selected?.id ?? "") || []) {
      const boxes =
        [...body.querySelectorAll("[data-path]")].filter((box) => box.dataset.path
        && (each.field || "").startsWith(box.dataset.path)).sort((a, b) =>
        b.dataset.path.length - a.dataset.path.length);
      const note = make("div", { className: `jf-wrong jf-${each.level}`, textContent: each.words });
      if (boxes[0]) boxes[0].append(note);
      else body.prepend(note);
    }
  };
  const tabs = {
    step: () => {
      $(".je-heading").textContent = heading();
      if (selected?.edge) { const [from, way] = canvas.split(selected.edge); return forms ? forms.way(from, way) : []; }
      const id = selected?.id || "", node = id && G.find(app.doc, id);
      const address = data.version && figures !== rehearsed
        ? `/journeys/${data.number}/people?version=${data.version}&node=${encodeURIComponent(id)}` : "";
      const known = figures && (!id || figures.nodes[id]) ? outline.known(app.doc, id, figures, address) : [];
      const said =
        make("p", { className: "je-said",
          textContent: [told.said[id], id ? "" : told.said.goal].filter(Boolean).join(t("；", "; ")) });
      if (!forms) return [said, ...known];
      const remove = node
        ? make("button",
        { type: "button", className: "btn btn-sm btn-outline-danger", textContent: t("删除这一步", "Remove this step") })
        : null;
      remove?.addEventListener("click", () => takeOut(id));
      return [...(node ? forms.step(node) : forms.journey()), known.length
        ? make("div", { className: "jf-part" },
          make("h3", { className: "je-small", textContent: figures === rehearsed
              ? t(`排练的数字：近 ${data.rehearsed.days} 天`, `Rehearsed: the last ${data.rehearsed.days} days`)
              : t(`第 ${data.version} 版的数字`, `Figures of version ${data.version}`) }), ...known) : null, remove
        ? make("div", { className: "jf-tools" }, remove) : null];
    },
    problems: () =>
      (told.problems.length ? told.problems.map(problem)
      : [make("p",
          { className: "jf-note", textContent: t("没有发现问题，可以发布。", "No problems were found; it can be published.") })]),
    text: () => {
      const area =
        make("textarea",
        { className: "form-control je-text", value: told.text, spellcheck: false,
          ariaLabel: t("旅程文本", "The journey as text"), readOnly: !writes, id: "journey-text" });
      const wrong = make("p", { className: "je-refused jf-error", hidden: true });
      wrong.setAttribute("role", "alert");
      const apply =
        make("button",
        { type: "button", className: "btn btn-sm btn-primary", textContent: t("用这段文本", "Take this text") });
      apply.addEventListener("click", async () => { try {
        const found = await post("/journeys/look", { text: area.value, number: data.number });
        app.doc = found.document;
        G.laidOut(app.doc);
        told = { ...found, problems: withNeeds(found.problems) };
        selected = null;
        history.keep(app.doc);
        draw();
        side();
        toast(t("已按文本更新", "Taken over from the text"));
      } catch (error) { wrong.hidden = false; wrong.textContent = error.message; } });
      return [make("p",
          { className: "form-hint",
            textContent: t("同一份旅程的文本写法；“#”后面是说明。", "The same journey as text; what follows # explains it.") }), area,
        wrong, writes ? make("div", { className: "jf-tools" }, apply) : null];
    },
    person: () => {
      const box = make("input",
        { className: "form-control", type: "search", id: "journey-person",
          placeholder: t("姓名、手机号、邮箱或 #编号", "Name, phone, e-mail or #number") }),
        list = make("div", { className: "je-path" });
      const form =
        make("form", { className: "jf-pair" }, box,
        make("button", { type: "submit", className: "btn", textContent: t("查找", "Find") }));
      const ask_ = async (query) => { try {
        const answer = await fetch(`/journeys/${data.number}/path?${new URLSearchParams(query)}`);
        walked(await read(answer), list, ask_);
      } catch (error) { list.replaceChildren(make("p", { className: "jf-note", textContent: error.message })); } };
      form.addEventListener("submit", (event) => { event.preventDefault(); ask_({ q: box.value }); });
      if (path) walked(path.told, list, ask_);
      return [make("label",
          { className: "form-label", htmlFor: "journey-person", textContent: t("看一位客户怎样走过", "How one person went") }),
        form, list];
    },
  };
  const walked = (found, list, ask_) => {
    path = found.steps
      ? { told: found, nodes: new Set(found.steps.flatMap((each) => [each.node, each.to])),
      ways: new Set(found.steps.map((each) => `${each.node} ${each.node ? each.way : "start"}`)) } : null;
    draw();
    if (!found.steps) {
      list.replaceChildren(...(found.people.length ? found.people.map((each) => {
        const made = make("button", { type: "button", className: "je-person", textContent: each.name });
        made.addEventListener("click", () => ask_({ person: each.person }));
        return made;
      }) : [make("p", { className: "jf-note", textContent: t("没有找到这位客户。", "Nobody was found.") })]));
      return;
    }
    const clear =
      make("button",
      { type: "button", className: "btn btn-sm btn-ghost-secondary", textContent: t("不再突出显示", "Show all again") });
    clear.addEventListener("click", () => { path = null; draw(); side(); });
    list.replaceChildren(make("p", { className: "je-who" },
        make("a", { href: `/people/${found.person}`, textContent: found.name }), ` ${found.standing}`),
      make("ol", { className: "je-steps" },
        ...found.steps.map((each) =>
          make("li", {}, make("time", { textContent: each.at }), make("span", { textContent: each.words })))), clear);
  };
  const side = () => {
    const scroll = body.scrollTop, held = body.contains(document.activeElement)
      ? [...body.querySelectorAll("input, select, textarea, button")].indexOf(document.activeElement) : -1,
      was = body.dataset.showing;
    root.querySelectorAll("[data-tab]").forEach((each) => {
      each.setAttribute("aria-selected", String(each.dataset.tab === tab));
      each.tabIndex = each.dataset.tab === tab ? 0 : -1;
    });
    if (tab !== "step") $(".je-heading").textContent =
      { problems: t("问题", "Problems"), text: t("文本", "Text"), person: t("客户路径", "One person") }[tab];
    body.replaceChildren(...tabs[tab]().filter(Boolean));
    body.dataset.showing = `${tab} ${selected?.id ?? selected?.edge ?? ""}`;
    if (body.dataset.showing === was) {
      body.scrollTop = scroll;
      if (held >= 0) [...body.querySelectorAll("input, select, textarea, button")][held]?.focus(
        { preventScroll: true });
    } else body.scrollTop = 0;
    marks();
  };
  root.querySelectorAll("[data-tab]").forEach((each) => each.addEventListener("click", () => {
    tab = each.dataset.tab;
    root.classList.add("je-open");
    side();
  }));
  $(".je-tabs").addEventListener("keydown", (event) => {
    const all = [...root.querySelectorAll("[data-tab]")], at = all.indexOf(document.activeElement);
    const next = { ArrowRight: at + 1, ArrowLeft: at - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    const one = all[(next + all.length) % all.length];
    one.click();
    one.focus();
  });

  // --- the server: what it means, what is wrong with it, and keeping it ---------------------------------------------
  const read = async (answer) => {
    const found = await answer.json().catch(() => null);
    if (found === null) throw new Error(t("没有得到应答，请刷新页面再试。", "No answer; reload the page and try again."));
    if (!answer.ok) throw Object.assign(new Error(found.error?.message || t("出错了", "Something went wrong")),
      { code: found.error?.code });
    return found;
  };
  const post = async (url, what, signal) =>
    read(await fetch(url,
      { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(what), signal }));
  let waiting = 0, looking = null;
  const look = () => { clearTimeout(waiting); waiting = setTimeout(lookNow, 250); };
  const lookNow = async () => {
    looking?.abort();
    looking = new AbortController();
    try {
      const found = await post("/journeys/look", { document: app.doc, number: data.number }, looking.signal);
      await new Promise(window.siyuWhenFree);
      told = { said: found.said, problems: withNeeds(found.problems), text: found.text };
    }
    catch (error) {
      if (error.name === "AbortError") return;
      told = { ...told, problems: [{ node: null, level: "error", words: error.message, field: "" }] };
    }
    draw();
    if (tab === "step") marks();
    else if (tab === "problems" || (tab === "text" && document.activeElement?.id !== "journey-text")) side();
  };
  app.preview = (node) => {
    const who = make("input",
      { className: "form-control", type: "number", min: 1,
        placeholder: t("客户编号；不填取一位", "a person's number; empty: somebody"),
        ariaLabel: t("按哪位客户（编号）", "As which person (number)") }),
      shown = make("div", { className: "je-preview", ariaLive: "polite" });
    const ask_ = async () => { try {
      const answer =
        await fetch("/journeys/preview",
        { method: "POST", headers: { "content-type": "application/json" },
          body: JSON.stringify({ message: node, person: Number(who.value) || null, trigger: app.doc.trigger }) });
      shown.replaceChildren(...new DOMParser().parseFromString(await answer.text(), "text/html").body.childNodes);
    } catch { shown.textContent = t("暂时无法预览", "No preview just now"); } };
    const go = make("button", { type: "button", className: "btn", textContent: t("预览", "Preview") });
    go.addEventListener("click", ask_);
    let wait = 0;
    previewing = () => { clearTimeout(wait); if (shown.isConnected) wait = setTimeout(ask_, 400); };
    setTimeout(() => previewing());
    return make("div", { className: "je-previewing" }, make("div", { className: "jf-pair" }, who, go), shown);
  };
  const save = async ({ over = false } = {}) => {
    if (!writes || saving) return false;
    saving = true;
    const sending = JSON.stringify(app.doc);
    try {
      const found = await post(`/journeys/${data.number}/save`, { document: app.doc, seen: over ? null : seen });
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
    const errors = told.problems.filter((each) => each.level === "error").length, all = told.problems.length;
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
    const answer =
      await fetch(`/journeys/${data.number}/forecast/problems`, { headers: { accept: "application/json" } });
    if (!answer.ok) return;
    const before = new Set(needed);
    needed = await answer.json();
    await new Promise(window.siyuWhenFree);
    told = { ...told, problems: withNeeds(told.problems.filter((each) => !before.has(each))) };
    draw();
    bar();
    if (tab === "step") marks(); else if (tab === "problems") side();
  };
  const acts = {
    undo: () => back(history.undo()), redo: () => back(history.redo()), in: () => canvas.zoom(1.2), out: () =>
      canvas.zoom(1 / 1.2), fit: () => canvas.fit(),
    layout: () => { G.layout(app.doc); done("", { quiet: true }); canvas.fit(0.6); },
    save: () => save(), over: () => save({ over: true }), reload: () => {
      kept = JSON.stringify(app.doc);
      location.reload();
    },
    close: () => { root.classList.remove("je-open"); selected = null; draw(); side(); },
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
    rehearsed: () => { figures = figures === rehearsed && live ? live : rehearsed; marked(); draw(); side(); },
    add: () => ask(selected?.id === undefined || (selected.id && !G.ways(G.find(app.doc, selected.id)).length) ? {}
      : { from: selected.id, way: selected.id ? G.ways(G.find(app.doc, selected.id))[0].way : "start" }),
  };
  const marked = () =>
    $("[data-do=rehearsed]")?.setAttribute("aria-pressed", String(Boolean(rehearsed) && figures === rehearsed));
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
    if (event.key === "Escape" && (selected || root.classList.contains("je-open"))) {
      const id = selected?.id;
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
