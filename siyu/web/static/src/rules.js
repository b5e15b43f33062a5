// The rule editor: a form over one tree. The tree is the truth; every control changes it, and ``changed`` hears of it.
// Audiences are written with it, and the branches and entries of journeys.
window.siyuRules = (place, offered, zh, changed) => {
  const t = (chinese, english) => (zh ? chinese : english);
  // an answer that was waited for is drawn, if the editor is still there; nothing was changed by it
  const parts = window.ruleParts(offered, zh, () => { if (place.isConnected && rule) redraw(); }, () => changed());
  const { make, select, input, day, number, say, button, remove, named, today, seen, filterRow, wherePart } = parts;
  const eventNames = [["*", t("任意行为", "anything")], ...named(offered.events)];
  const DEPTH_MAX = 3;
  let rule;

  // --- what a new condition begins as --------------------------------------------------------------------------
  const firstEvent = () => (offered.events.find((each) => each.key === "order_paid") || offered.events[0] || { key: "order_paid" }).key;
  const kinds = {
    did: [t("做过", "did"), () => ({ type: "did", event: firstEvent() })],
    did_not: [t("没做过", "did not"), () => ({ type: "did_not", event: firstEvent(), window: { type: "last", n: 30 } })],
    sequence: [t("先后做过", "did in order"), () => ({ type: "sequence", steps: [{ event: "cart_added" }, { event: firstEvent() }], within: { n: 7 } })],
    profile: [t("资料", "profile"), () => ({ type: "profile", field: "city", op: "is", value: "" })],
    tag: [t("标签", "tag"), () => ({ type: "tag", tags: offered.tags.slice(0, 1).map((each) => each.key), op: "any" })],
    layer: [t("分层", "layer"), () => { const first = offered.schemes[0]; return { type: "layer", scheme: first.key, layers: [first.layers[0].key], op: "is" }; }],
    consent: [t("同意", "consent"), () => ({ type: "consent", purpose: "marketing", channel: "any", op: "given" })],
    identifier: [t("身份标识", "identifier"), () => ({ type: "identifier", kinds: [offered.kinds[0] || "phone"], op: "any" })],
    audience: [t("人群", "audience"), () => ({ type: "audience", audience: (offered.audiences[0] || { key: 1 }).key, op: "in" })],
  };
  const usable = Object.entries(kinds).filter(([key]) => (key !== "tag" || offered.tags.length) && (key !== "audience" || offered.audiences.length));

  // --- parts of conditions --------------------------------------------------------------------------------------
  const units = [["day", t("天", "days")], ["hour", t("小时", "hours")], ["minute", t("分钟", "minutes")]];
  const span = (label, held, change) => make("span", { className: "rule-pair" },
    number(label, held.n, (n) => { held.n = n; change(); }, { min: 1 }),
    select(t("单位", "unit"), units, held.unit || "day", (unit) => { held.unit = unit; change(); }));

  const windowPart = (node) => {
    const held = node.window || { type: "ever" };
    const begin = { ever: { type: "ever" }, last: { type: "last", n: 30 }, between: { type: "between", from: today(), to: today() }, since: { type: "since", from: today() } };
    const choice = select(t("时间范围", "when"), [["ever", t("任何时候", "ever")], ["last", t("最近", "in the last")], ["between", t("期间", "between")], ["since", t("自…以来", "since")]], held.type,
      (type) => { node.window = { ...begin[type] }; redraw(); });
    const parts = [choice];
    if (held.type === "last") parts.push(span(t("多久", "how long"), held, changed));
    if (held.from !== undefined) parts.push(day(t("开始日期", "from"), held.from, (value) => { held.from = value; changed(); }));
    if (held.to !== undefined) parts.push(say(t("至", "to")), day(t("结束日期", "to"), held.to, (value) => { held.to = value; changed(); }));
    return make("div", { className: "rule-part" }, say(t("时间", "when")), ...parts);
  };

  const comparisons = [["at_least", t("至少", "at least")], ["at_most", t("至多", "at most")], ["exactly", t("恰好", "exactly")], ["more_than", t("多于", "more than")], ["less_than", t("少于", "less than")]];
  const measurePart = (node) => {
    const held = node.measure || { of: "once" };
    const begin = {
      once: undefined, count: { of: "count", op: "at_least", value: 2 },
      ...Object.fromEntries(["sum", "avg", "min", "max"].map((of) => [of, { of, field: "amount", op: "at_least", value: 100 }])),
      ...Object.fromEntries(["first", "last"].map((of) => [of, { of, op: "in_last", n: 30 }])),
    };
    const parts = [select(t("多少", "how much"), [["once", t("至少一次", "at least once")], ["count", t("次数", "number of times")], ["sum", t("合计", "total")], ["avg", t("平均", "average")], ["min", t("最小值", "smallest")], ["max", t("最大值", "largest")], ["first", t("首次时间", "first time")], ["last", t("最近一次时间", "last time")]], held.of,
      (of) => { if (begin[of]) node.measure = { ...begin[of] }; else delete node.measure; redraw(); })];
    if (held.field !== undefined) {
      const fields = [["amount", t("金额", "amount")], ...seen(node.event).filter((each) => each.kinds.includes("number")).map((each) => [`properties.${each.path}`, each.path])];
      parts.push(select(t("字段", "field"), fields, held.field, (field) => { held.field = field; changed(); }));
    }
    if (held.value !== undefined) {
      parts.push(select(t("比较", "compared"), comparisons, held.op, (op) => { held.op = op; changed(); }),
        number(t("数值", "value"), held.value, (value) => { held.value = value; changed(); }, { step: held.of === "count" ? 1 : "any" }));
    } else if (held.of === "first" || held.of === "last") {
      parts.push(select(t("时间比较", "compared"), [["in_last", t("在最近", "in the last")], ["longer_ago", t("早于…以前", "longer ago than")], ["before", t("早于", "before")], ["after", t("晚于", "after")]], held.op,
        (op) => { node.measure = ["before", "after"].includes(op) ? { of: held.of, op, date: today() } : { of: held.of, op, n: 30 }; redraw(); }));
      parts.push(held.date !== undefined ? day(t("日期", "date"), held.date, (value) => { held.date = value; changed(); }) : span(t("多久", "how long"), held, changed));
    }
    return make("div", { className: "rule-part" }, say(t("要求", "how much")), ...parts);
  };

  const eventSelect = (node) => select(t("行为", "event"), eventNames, node.event, (event) => { node.event = event; delete node.where; redraw(); });
  const many = (label, options, held, change) => {
    const box = make("span", { className: "rule-chips", role: "group", ariaLabel: label });
    held.forEach((key, at) => {
      const words = (options.find(([known]) => known === String(key)) || [key, `#${key}`])[1];
      box.append(make("span", { className: "rule-chip" }, words, remove(t(`去掉 ${words}`, `Remove ${words}`), () => { held.splice(at, 1); change(); })));
    });
    const rest = options.filter(([key]) => !held.map(String).includes(key));
    if (rest.length) box.append(select(label, [["", t("+ 添加", "+ add")], ...rest], "", (key) => { held.push(key); change(); }));
    return box;
  };
  const which = [["any", t("有任一", "any of")], ["all", t("全部都有", "all of")], ["none", t("都没有", "none of")]];

  const bodies = {
    did: (node) => [make("div", { className: "rule-part" }, eventSelect(node)), wherePart(node), measurePart(node), windowPart(node)],
    did_not: (node) => [make("div", { className: "rule-part" }, eventSelect(node)), wherePart(node), windowPart(node)],
    sequence: (node) => {
      const rows = node.steps.map((step, at) => make("div", { className: "rule-step" }, make("div", { className: "rule-part" }, say(at ? t("再", "then") : t("先", "first")), eventSelect(step),
        node.steps.length > (node.then_not ? 1 : 2) ? remove(t("去掉这一步", "Remove this step"), () => { node.steps.splice(at, 1); redraw(); }) : null), wherePart(step)));
      if (node.then_not) rows.push(make("div", { className: "rule-step" }, make("div", { className: "rule-part" }, say(t("之后没有", "then not")), eventSelect(node.then_not),
        node.steps.length > 1 ? remove(t("去掉“之后没有”", "Remove “then not”"), () => { delete node.then_not; redraw(); }) : null), wherePart(node.then_not),
        make("div", { className: "rule-part" }, say(t("在其后", "within")), node.then_not.within ? span(t("多久", "how long"), node.then_not.within, changed) : null,
          button(node.then_not.within ? t("改为一直没有", "never after") : t("限定时间", "limit the time"), () => { if (node.then_not.within) delete node.then_not.within; else node.then_not.within = { n: 24, unit: "hour" }; redraw(); }, "btn btn-sm btn-ghost-secondary"))));
      const tools = make("div", { className: "rule-part" });
      if (node.steps.length < 5) tools.append(button(t("+ 再做一步", "+ another step"), () => { node.steps.push({ event: firstEvent() }); redraw(); }, "btn btn-sm btn-ghost-secondary"));
      if (!node.then_not) tools.append(button(t("+ 之后没有…", "+ then not…"), () => { node.then_not = { event: firstEvent(), within: { n: 24, unit: "hour" } }; redraw(); }, "btn btn-sm btn-ghost-secondary"));
      const limit = make("div", { className: "rule-part" }, say(t("全程不超过", "all within")), node.within ? span(t("多久", "how long"), node.within, changed) : null,
        button(node.within ? t("不限", "no limit") : t("限定时间", "limit the time"), () => { if (node.within) delete node.within; else node.within = { n: 7 }; redraw(); }, "btn btn-sm btn-ghost-secondary"));
      return [...rows, tools, node.steps.length > 1 ? limit : null, windowPart(node)];
    },
    profile: (node) => {
      const fields = [...named(offered.person_fields), ...offered.attributes.map((each) => [`attributes.${each.path}`, each.path])];
      const attribute = (field) => offered.attributes.find((each) => `attributes.${each.path}` === field);
      const kindsOf = (field) => attribute(field)?.kinds || [offered.person_fields.find((each) => each.key === field)?.kind].filter(Boolean);
      return [make("div", { className: "rule-part" }, ...filterRow(node, fields, kindsOf, (field) => attribute(field)?.values || offered.values[field] || [], "attributes.").filter(Boolean))];
    },
    tag: (node) => [make("div", { className: "rule-part" }, select(t("关系", "relation"), which, node.op || "any", (op) => { node.op = op; changed(); }),
      many(t("标签", "tag"), named(offered.tags), node.tags, () => { node.tags = node.tags.map(Number); redraw(); }))],
    layer: (node) => {
      const scheme = offered.schemes.find((each) => each.key === node.scheme) || { layers: [] };
      return [make("div", { className: "rule-part" }, select(t("分层方案", "scheme"), named(offered.schemes), node.scheme, (key) => { node.scheme = key; node.layers = [offered.schemes.find((each) => each.key === key).layers[0].key]; redraw(); }),
        select(t("关系", "relation"), [["is", t("是", "is")], ["is_not", t("不是", "is not")]], node.op || "is", (op) => { node.op = op; changed(); }), many(t("层", "layer"), named(scheme.layers), node.layers, redraw))];
    },
    consent: (node) => [make("div", { className: "rule-part" }, select(t("状态", "state"), [["given", t("已同意", "given")], ["refused", t("已拒绝", "refused")], ["unknown", t("未表态", "not asked")]], node.op || "given", (op) => { node.op = op; changed(); }),
      select(t("用途", "purpose"), [["marketing", t("营销", "marketing")], ["service", t("服务", "service")], ["profiling", t("个性化分析", "profiling")]], node.purpose, (value) => { node.purpose = value; changed(); }),
      select(t("渠道", "channel"), [["any", t("任意渠道", "any channel")], ["webhook", "Webhook"], ["email", t("邮件", "e-mail")], ["sms", t("短信", "SMS")], ["wecom", t("企业微信", "WeCom")]], node.channel || "any", (value) => { node.channel = value; changed(); }))],
    identifier: (node) => [make("div", { className: "rule-part" }, select(t("关系", "relation"), which, node.op || "any", (op) => { node.op = op; changed(); }), many(t("身份标识", "identifier"), [...new Set([...offered.kinds, "phone", "email", "openid", "external_userid"])].map((kind) => [kind, kind]), node.kinds, redraw))],
    audience: (node) => [make("div", { className: "rule-part" }, select(t("关系", "relation"), [["in", t("在其中", "in")], ["not_in", t("不在其中", "not in")]], node.op || "in", (op) => { node.op = op; changed(); }),
      select(t("人群", "audience"), named(offered.audiences), node.audience, (key) => { node.audience = Number(key); changed(); }))],
  };

  // --- the tree -------------------------------------------------------------------------------------------------
  const isGroup = (node) => ["all", "any", "none"].includes(node.type);
  const conditionCard = (node, parent, at, path) => {
    const card = make("div", { className: "rule-condition" });
    card.dataset.path = path;
    const head = make("div", { className: "rule-part rule-head" }, select(t("条件类型", "kind of condition"), usable.map(([key, [words]]) => [key, words]), node.type, (type) => { parent.rules[at] = kinds[type][1](); redraw(); }));
    const body = (bodies[node.type] || (() => [say(JSON.stringify(node))]))(node).filter(Boolean);
    head.append(...body[0].childNodes);
    card.append(head, ...body.slice(1), remove(t("删除这个条件", "Remove this condition"), () => { parent.rules.splice(at, 1); redraw(); }));
    return card;
  };
  const groupCard = (node, path, depth, drop) => {
    const card = make("section", { className: `rule-group rule-depth-${depth}` });
    card.dataset.path = path;
    const head = make("div", { className: "rule-group-head" }, say(t("符合以下", "where")),
      select(t("怎样组合", "how they combine"), [["all", t("全部", "all")], ["any", t("任一", "any")], ["none", t("都不", "none")]], node.type, (type) => { node.type = type; redraw(); }), say(t("条件的人", "of these hold")));
    if (drop) head.append(remove(t("删除这一组", "Remove this group"), drop));
    card.append(head);
    node.rules.forEach((inner, at) => {
      const here = `${path}.rules[${at}]`;
      if (at) card.append(make("div", { className: "rule-joint", textContent: node.type === "all" ? t("且", "and") : t("或", "or") }));
      card.append(isGroup(inner) ? groupCard(inner, here, depth + 1, () => { node.rules.splice(at, 1); redraw(); }) : conditionCard(inner, node, at, here));
    });
    if (!node.rules.length) card.append(make("p", { className: "rule-none", textContent: depth === 1 ? t("还没有条件：现在是全部客户。", "No conditions yet: everybody.") : t("这一组还没有条件。", "This group has no conditions.") }));
    const tools = make("div", { className: "rule-tools" }, button(t("+ 添加条件", "+ add a condition"), () => { node.rules.push(kinds.did[1]()); redraw(); focusLast(path, node.rules.length - 1); }));
    if (depth < DEPTH_MAX) tools.append(button(t("+ 添加一组", "+ add a group"), () => { node.rules.push({ type: "any", rules: [kinds.did[1]()] }); redraw(); }));
    card.append(tools);
    return card;
  };
  const focusLast = (path, at) => place.querySelector(`[data-path="${CSS.escape(`${path}.rules[${at}]`)}"] select`)?.focus();
  const controls = () => [...place.querySelectorAll("select, input, button")];
  const draw = () => {
    // the control at the same place keeps the focus, so that the keyboard alone is enough
    const focused = controls().indexOf(document.activeElement);
    place.replaceChildren(groupCard(rule, "$", 1, null));
    if (focused >= 0) (controls()[focused] || controls().at(-1))?.focus();
  };
  const redraw = () => { draw(); changed(); };

  // --- as others hold it: one condition alone stands without a group around it
  const unwrapped = () => (rule.type === "all" && rule.rules.length === 1 ? rule.rules[0] : rule);
  const set = (held) => { rule = isGroup(held) ? held : { type: "all", rules: held.type ? [held] : [] }; draw(); };
  const mark = (at) => {
    const here = at && at.replace(/^\$/, unwrapped() === rule ? "$" : "$.rules[0]");
    place.querySelectorAll(".rule-condition").forEach((card) => card.classList.toggle("rule-bad", Boolean(here) && here.startsWith(card.dataset.path) && !/^\d/.test(here.slice(card.dataset.path.length))));
  };
  place.addEventListener("keydown", (event) => { if (event.key === "Enter" && event.target.matches("input")) event.preventDefault(); });
  return { rule: unwrapped, set, mark };
};
