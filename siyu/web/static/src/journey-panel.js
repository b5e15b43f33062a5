// The panel beside the drawing: the form of what is chosen, the problems, the journey as text, one person's way.
// ``editor``: what is held (``app``), the drawing and the list, and what may be done (select, takeOut, draw, useText).
window.journeyPanel = (root, editor) => {
  const { t, data, words, make, icon, writes, app, server, canvas, outline, forms, troubles } = editor;
  const G = window.journeyGraph, body = root.querySelector(".je-body"), heading = root.querySelector(".je-heading");
  const FOCUSED = "input, select, textarea, button";
  const outlined = () => root.classList.contains("je-listed");
  const note = (textContent) => make("p", { className: "jf-note", textContent });

  // --- what is chosen --------------------------------------------------------------------------------------------
  const title = () => {
    if (app.selected?.edge) return t("一条路", "A way");
    const node = app.selected?.id && G.find(app.doc, app.selected.id);
    return node ? words.kind(node.type) : writes ? t("旅程设置", "The journey") : t("整个旅程", "The whole journey");
  };
  const figuresOf = (id) => {
    if (!app.figures || (id && !app.figures.nodes[id])) return [];
    const address = data.version && !app.figures.rehearsed
      ? `/journeys/${data.number}/people?version=${data.version}&node=${encodeURIComponent(id)}` : "";
    return outline.known(app.doc, id, app.figures, address);
  };
  const headed = (known) => {
    const textContent = app.figures.rehearsed
      ? t(`排练的数字：近 ${data.rehearsed.days} 天`, `Rehearsed: the last ${data.rehearsed.days} days`)
      : t(`第 ${data.version} 版的数字`, `Figures of version ${data.version}`);
    return make("div", { className: "jf-part" }, make("h3", { className: "je-small", textContent }), ...known);
  };
  const removing = (id) => {
    const textContent = t("删除这一步", "Remove this step");
    const remove = make("button", { type: "button", className: "btn btn-sm btn-outline-danger", textContent });
    remove.addEventListener("click", () => editor.takeOut(id));
    return make("div", { className: "jf-tools" }, remove);
  };
  const step = () => {
    heading.textContent = title();
    if (app.selected?.edge) return forms ? forms.way(...canvas.split(app.selected.edge)) : [];
    const id = app.selected?.id || "", node = id && G.find(app.doc, id), known = figuresOf(id);
    if (forms) {
      const form = node ? forms.step(node) : forms.journey();
      return [...form, known.length ? headed(known) : null, node ? removing(id) : null];
    }
    const said = [app.told.said[id], id ? "" : app.told.said.goal].filter(Boolean).join(t("；", "; "));
    return [make("p", { className: "je-said", textContent: said }), ...known];
  };

  // --- what is wrong, each at its control ------------------------------------------------------------------------
  const controlsOf = (field) => // of the controls for it, the closest first
    [...body.querySelectorAll("[data-path]")]
      .filter((box) => box.dataset.path && (field || "").startsWith(box.dataset.path))
      .sort((a, b) => b.dataset.path.length - a.dataset.path.length);
  const problem = (each) => {
    const node = each.node && G.find(app.doc, each.node);
    const made = make("button", { type: "button", className: `je-problem je-${each.level}` },
      icon(each.level === "error" ? "alert-circle" : "alert-triangle"),
      make("span", {},
        make("strong", { textContent: node ? node.title || words.kind(node.type) : t("旅程", "The journey") }),
        make("span", { textContent: each.words })));
    made.addEventListener("click", () => {
      editor.select({ id: each.node ?? "" });
      if (!outlined()) canvas.reveal(each.node ?? "");
      (controlsOf(each.field)[0] || body).querySelector(FOCUSED)?.focus();
    });
    return made;
  };
  const problems = () => {
    if (app.told.problems.length) return app.told.problems.map(problem);
    return [note(t("没有发现问题，可以发布。", "No problems were found; it can be published."))];
  };
  const marks = () => {
    body.querySelectorAll(".jf-wrong").forEach((each) => each.remove());
    if (!forms || app.tab !== "step") return;
    for (const each of troubles().get(app.selected?.id ?? "") || []) {
      const wrong = make("div", { className: `jf-wrong jf-${each.level}`, textContent: each.words });
      const [box] = controlsOf(each.field);
      if (box) box.append(wrong);
      else body.prepend(wrong);
    }
  };

  // --- as text ---------------------------------------------------------------------------------------------------
  const text = () => {
    const area = make("textarea", {
      className: "form-control je-text", id: "journey-text", value: app.told.text, spellcheck: false,
      ariaLabel: t("旅程文本", "The journey as text"), readOnly: !writes,
    });
    const wrong = make("p", { className: "je-refused jf-error", hidden: true });
    wrong.setAttribute("role", "alert");
    const textContent = t("用这段文本", "Take this text");
    const apply = make("button", { type: "button", className: "btn btn-sm btn-primary", textContent });
    apply.addEventListener("click", async () => {
      try {
        editor.useText(await server.look({ text: area.value }));
      } catch (error) {
        wrong.hidden = false;
        wrong.textContent = error.message;
      }
    });
    const hint = t("同一份旅程的文本写法；“#”后面是说明。", "The same journey as text; what follows # explains it.");
    return [make("p", { className: "form-hint", textContent: hint }), area, wrong,
      writes ? make("div", { className: "jf-tools" }, apply) : null];
  };

  // --- one person ------------------------------------------------------------------------------------------------
  const person = () => {
    const box = make("input", {
      className: "form-control", type: "search", id: "journey-person",
      placeholder: t("姓名、手机号、邮箱或 #编号", "Name, phone, e-mail or #number"),
    });
    const list = make("div", { className: "je-path" });
    const ask = async (query) => {
      try {
        walked(await server.path(query), list, ask);
      } catch (error) {
        list.replaceChildren(note(error.message));
      }
    };
    const find = make("button", { type: "submit", className: "btn", textContent: t("查找", "Find") });
    const form = make("form", { className: "jf-pair" }, box, find);
    form.addEventListener("submit", (event) => { event.preventDefault(); ask({ q: box.value }); });
    if (app.path) walked(app.path.told, list, ask);
    const textContent = t("看一位客户怎样走过", "How one person went");
    return [make("label", { className: "form-label", htmlFor: "journey-person", textContent }), form, list];
  };
  const found = (people, ask) => people.map((each) => {
    const made = make("button", { type: "button", className: "je-person", textContent: each.name });
    made.addEventListener("click", () => ask({ person: each.person }));
    return made;
  });
  const walked = (told, list, ask) => {
    app.path = told.steps ? {
      told,
      nodes: new Set(told.steps.flatMap((each) => [each.node, each.to])),
      ways: new Set(told.steps.map((each) => `${each.node} ${each.node ? each.way : "start"}`)),
    } : null;
    editor.draw();
    if (!told.steps) {
      const nobody = note(t("没有找到这位客户。", "Nobody was found."));
      list.replaceChildren(...(told.people.length ? found(told.people, ask) : [nobody]));
      return;
    }
    const textContent = t("不再突出显示", "Show all again");
    const clear = make("button", { type: "button", className: "btn btn-sm btn-ghost-secondary", textContent });
    clear.addEventListener("click", () => { app.path = null; editor.draw(); side(); });
    const steps = told.steps.map((each) =>
      make("li", {}, make("time", { textContent: each.at }), make("span", { textContent: each.words })));
    const who = make("a", { href: `/people/${told.person}`, textContent: told.name });
    list.replaceChildren(make("p", { className: "je-who" }, who, ` ${told.standing}`),
      make("ol", { className: "je-steps" }, ...steps), clear);
  };

  // --- the panel itself: what was focused and scrolled to stays where the same is shown again ---------------------
  const tabs = { step, problems, text, person };
  const headings = { problems: t("问题", "Problems"), text: t("文本", "Text"), person: t("客户路径", "One person") };
  const side = () => {
    const scroll = body.scrollTop, was = body.dataset.showing;
    const held = body.contains(document.activeElement)
      ? [...body.querySelectorAll(FOCUSED)].indexOf(document.activeElement) : -1;
    root.querySelectorAll("[data-tab]").forEach((each) => {
      each.setAttribute("aria-selected", String(each.dataset.tab === app.tab));
      each.tabIndex = each.dataset.tab === app.tab ? 0 : -1;
    });
    if (app.tab !== "step") heading.textContent = headings[app.tab];
    body.replaceChildren(...tabs[app.tab]().filter(Boolean));
    body.dataset.showing = `${app.tab} ${app.selected?.id ?? app.selected?.edge ?? ""}`;
    const same = body.dataset.showing === was;
    body.scrollTop = same ? scroll : 0;
    if (same && held >= 0) [...body.querySelectorAll(FOCUSED)][held]?.focus({ preventScroll: true });
    marks();
  };
  root.querySelectorAll("[data-tab]").forEach((each) => each.addEventListener("click", () => {
    app.tab = each.dataset.tab;
    root.classList.add("je-open");
    side();
  }));
  root.querySelector(".je-tabs").addEventListener("keydown", (event) => {
    const all = [...root.querySelectorAll("[data-tab]")], at = all.indexOf(document.activeElement);
    const next = { ArrowRight: at + 1, ArrowLeft: at - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    const one = all[(next + all.length) % all.length];
    one.click();
    one.focus();
  });
  return { side, marks, focus: () => body.querySelector(`${FOCUSED}, a`)?.focus() };
};
