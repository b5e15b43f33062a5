// The controls of the forms beside a journey. One changes the document and says so (``edit``); where other controls
// depend on it, the form is made anew (``again``).
window.journeyControls = ({ t, zh, data, words, app }) => {
  const G = window.journeyGraph;
  let redrawParts = () => {};
  const parts = window.ruleParts(data.rules, zh, () => redrawParts(), () => app.edit("where"));
  const { make, remove, named } = parts;
  let fields = 0;

  const field = (label, control, { help = "", path = "" } = {}) => {
    const id = `jf-${(fields += 1)}`;
    const target = control.matches("input, select, textarea") ? control : null;
    if (target) target.id = id;
    if (target) target.removeAttribute("aria-label");
    const box = make("div", { className: "field" },
      make(target ? "label" : "span", target ? { className: "form-label", htmlFor: id, textContent: label }
        : { className: "form-label", textContent: label }), control);
    if (!target) { control.setAttribute("role", "group"); control.setAttribute("aria-label", label); }
    if (help) box.append(make("div", { className: "form-hint", textContent: help }));
    box.dataset.path = path;
    return box;
  };
  const text = (value, set, { placeholder = "", max = 200, key = "text", type = "text", min, maxNumber } = {}) => {
    const box = make("input",
      { className: "form-control", type, value: value ?? "", placeholder, autocomplete: "off" });
    if (type === "text") box.maxLength = max;
    if (min !== undefined) box.min = min;
    if (maxNumber !== undefined) box.max = maxNumber;
    box.addEventListener("input", () => {
      set(type === "number" ? (box.value === "" ? null : Number(box.value)) : box.value);
      app.edit(key);
    });
    return box;
  };
  const whole = (value, set, more = {}) => text(value, set, { ...more, type: "number" });
  const area = (value, set, { rows = 4, key = "area" } = {}) => {
    const box = make("textarea", { className: "form-control", rows, value: value ?? "" });
    box.addEventListener("input", () => { set(box.value); app.edit(key); });
    return box;
  };
  const choose = (options, value, set, { again = true, none = "" } = {}) => {
    const all = none ? [["", none], ...options] : options;
    const known = all.some(([key]) => String(key) === String(value ?? ""));
    const box = make("select", { className: "form-select" });
    for (const [key, label] of known ? all
      : [...all, [value ?? "", value === undefined || value === null || value === "" ? t("请选择", "Choose")
          : `#${value}`]]) box.append(make("option",
        { value: key, textContent: label, selected: String(key) === String(value ?? "") }));
    box.addEventListener("change", () => { set(box.value); app.edit(); if (again) app.again(); });
    return box;
  };
  const tick = (label, value, set, { help = "" } = {}) => {
    const box = make("input", { className: "form-check-input", type: "checkbox", checked: Boolean(value) });
    box.addEventListener("change", () => { set(box.checked); app.edit(); app.again(); });
    return make("div", { className: "field field-check" },
      make("label", { className: "form-check" }, box,
        make("span", { className: "form-check-label", textContent: label })), help
      ? make("div", { className: "form-hint", textContent: help }) : null);
  };
  const button = (label, act, css = "btn btn-sm") => {
    const made = make("button", { type: "button", className: css, textContent: label });
    made.addEventListener("click", act);
    return made;
  };
  const many = (options, held, change, add, read = Number) => {
    const box = make("span", { className: "rule-chips" });
    held.forEach((key, at) => {
      const name = (options.find(([known]) => String(known) === String(key)) || [key, `#${key}`])[1];
      box.append(make("span", { className: "rule-chip" }, name, remove(t(`去掉 ${name}`, `Remove ${name}`), () => {
        held.splice(at, 1);
        change(held);
        app.edit();
        app.again();
      })));
    });
    const rest = options.filter(([key]) => !held.map(String).includes(String(key)));
    if (rest.length) {
      const more = choose(rest, "", (key) => { held.push(read(key)); change(held); }, { none: add });
      more.setAttribute("aria-label", add);
      box.append(more);
    }
    return box;
  };
  const keep = (holder, name) => (value) => {
    if (value === "" || value === null || value === undefined) delete holder[name];
    else holder[name] = value;
  };
  const units = [[1440, t("天", "days")], [60, t("小时", "hours")], [1, t("分钟", "minutes")]];
  const span = (value, set) => {
    let unit = units.find(([size]) => value && value % size === 0)?.[0] || 60, many_ = value ? value / unit : null;
    const tell = () => set(many_ ? Math.round(many_ * unit) : 0);
    const amount = whole(many_, (typed) => { many_ = typed; tell(); }, { min: 1, key: "span" });
    amount.setAttribute("aria-label", t("多久", "how long"));
    const which = choose(units, unit, (key) => { unit = Number(key); tell(); }, { again: false });
    which.setAttribute("aria-label", t("单位", "unit"));
    return make("span", { className: "jf-pair" }, amount, which);
  };
  const clock = (value, set) => {
    const box = make("input", { className: "form-control", type: "time", value: value || "" });
    box.addEventListener("input", () => { if (box.value) { set(box.value); app.edit("clock"); } });
    return box;
  };
  const events = named(data.rules.events);
  // an event and what its properties must say, as rules have it
  const match = (held) => {
    const box = make("div", { className: "jf-match" });
    const show = () => {
      const which = choose(events, held.event, (event) => { held.event = event; delete held.where; }, { again: false });
      which.setAttribute("aria-label", t("行为", "event"));
      which.addEventListener("change", show);
      box.replaceChildren(which, ...(held.event ? [parts.wherePart(held)] : []));
    };
    const before = redrawParts;
    redrawParts = () => { before(); if (box.isConnected) { show(); app.edit(); } };
    show();
    return box;
  };
  const rule = (held, set) => {
    const box = make("div", { className: "rule-editor jf-rule" });
    const editor = window.siyuRules(box, data.rules, zh, () => { set(editor.rule()); app.edit("rule"); });
    editor.set(structuredClone(held || { type: "all", rules: [] }));
    return box;
  };
  const sub = (title, ...inside) =>
    make("fieldset", { className: "jf-part" }, make("legend", { textContent: title }), ...inside.filter(Boolean));
  const firstEvent = () =>
    (data.rules.events.find((each) => each.key === "order_paid") || data.rules.events[0] || { key: "order_paid" }).key;
  const steps = (except) =>
    (app.doc.nodes || []).filter((node) => node.id !== except).map((node) =>
    [node.id, node.title || words.kind(node.type)]).map(([id, name], at, all) =>
    [id, all.filter(([, same]) => same === name).length > 1 ? `${name}（${id}）` : name]);
  const target = (from, way, to) => choose(steps(from), to, (id) => {
    G.leadFrom(app.doc, from, way, id || null);
  }, { again: true, none: from ? t("离开旅程", "leave the journey") : t("请选择第一步", "choose the first step") });

  const anew = () => { redrawParts = () => {}; }; // before a form is made
  return {
    make, remove, named, field, text, whole, area, choose, tick, button, many, keep, span, clock, match, rule, sub,
    target, firstEvent, anew,
  };
};
