// The form beside a journey: of the journey itself, of each kind of step, of a way. A control changes the document and
// says so (``edit``); where other controls depend on it, the form is made anew (``again``).
window.journeyForms = ({ t, zh, data, words, app }) => {
  const G = window.journeyGraph;
  let redrawParts = () => {};
  const parts = window.ruleParts(data.rules, zh, () => redrawParts(), () => app.edit("where"));
  const { make, day, remove, named } = parts;
  let fields = 0;

  // --- controls ------------------------------------------------------------------------------------------------
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

  // --- the journey itself ------------------------------------------------------------------------------------
  const triggers = {
    event: [t("客户做了某事", "Somebody does something"), () => ({ type: "event", on: { event: firstEvent() } })],
    audience: [t("进入或离开人群", "Enters or leaves an audience"), () =>
      ({ type: "audience", audience: data.audiences[0]?.[0] ?? 0 })],
    code: [t("扫了渠道码", "Comes by a code at WeCom"), () => ({ type: "code", states: [] })],
    date: [t("客户的日期", "A date of theirs"), () => ({ type: "date", attribute: "birthday" })],
    schedule: [t("定时，整个人群", "On a schedule, a whole audience"), () =>
      ({ type: "schedule", cron: "0 10 * * 1", audience: data.audiences[0]?.[0] ?? 0 })],
    by_hand: [t("人工、API 或其他旅程送入", "By hand, the API, another journey"), () => ({ type: "by_hand" })],
  };
  const ofTrigger = {
    event: (it) => [field(t("行为", "Event"), match(it.on), { path: "trigger.on" })],
    audience: (it) => [field(t("人群", "Audience"), choose(data.audiences, it.audience, (key) => {
      it.audience = Number(key);
    }), { path: "trigger.audience" }),
      field(t("何时", "When"),
        choose([["entered", t("进入时", "they enter")], ["left", t("离开时", "they leave")]], it.change || "entered", (key) =>
          { it.change = key; }))],
    code: (it) => [
      field(t("扫码后", "Which brings them"),
        choose([["friend", t("加顾问好友", "to an adviser")], ["group", t("进群", "into a group")]], it.into || "friend",
          (key) => { if (key === "friend") delete it.into; else it.into = key; it.states = []; })),
      field(t("渠道码", "Codes at WeCom"),
        many(data.codes.filter((each) => each[2] === (it.into || "friend")), (it.states = [...(it.states || [])]),
          (all) => { it.states = all; }, t("+ 选择渠道码", "+ choose a code"), String), { path: "trigger.states" }),
    ],
    date: (it) => [
      field(t("哪个日期", "Which date"),
        choose([["attribute", t("资料里的日期", "a date of the profile")],
            ["after", t("最近一次做某事", "the last time they did something")]], it.after ? "after" : "attribute", (key) =>
          { if (key === "after") {
            delete it.attribute;
            delete it.yearly;
            it.after = { event: firstEvent() };
            it.days = Math.max(0, it.days || 0);
          } else { delete it.after; it.attribute = "birthday"; } })),
      it.after ? field(t("行为", "Event"), match(it.after), { path: "trigger.after" })
        : field(t("属性", "Attribute"), text(it.attribute, (value) => {
          it.attribute = value;
        }, { placeholder: "birthday" }),
        { path: "trigger.attribute", help: t("birthday 为生日；其他填客户属性名。", "birthday, or the name of an attribute.") }),
      it.after ? null : tick(t("每年一次", "Every year"), it.yearly !== false, (yes) => {
        if (yes) delete it.yearly;
        else it.yearly = false;
      }),
      field(t("相差天数", "Days from it"), whole(it.days ?? 0, (value) => {
        it.days = value || 0;
      }, { min: it.after ? 0 : -3660 }),
        { path: "trigger.days", help: it.after ? "" : t("负数是之前。", "Negative: before it.") }),
      field(t("当地时间", "Local time"), clock(it.clock || "10:00", (value) => {
        it.clock = value;
      }), { path: "trigger.clock" }),
    ],
    schedule: (it) => [field(t("时间表（cron）", "Schedule (cron)"), text(it.cron, (value) => {
      it.cron = value;
    }), { path: "trigger.cron",
          help: t("分 时 日 月 周，如 0 10 * * 1 为每周一 10:00。",
            "minute hour day month weekday: 0 10 * * 1 is Mondays at 10:00.") }),
      field(t("人群", "Audience"), choose(data.audiences, it.audience, (key) => {
        it.audience = Number(key);
      }), { path: "trigger.audience" })],
    by_hand: () => [],
  };
  const journey = () => {
    const doc = app.doc, entry = doc.entry || {};
    const tidy = () => { if (Object.keys(entry).length) doc.entry = entry; else delete doc.entry; };
    return [
      field(t("名称", "Name"), text(doc.name, (value) => {
        doc.name = value;
      }, { max: 100, key: "name" }), { path: "name" }),
      sub(t("谁进来", "Who comes in"),
        field(t("触发", "Trigger"),
          choose(Object.entries(triggers).map(([key, [label]]) => [key, label]), doc.trigger.type, (key) => {
            doc.trigger = triggers[key][1]();
          }), { path: "trigger" }),
        ...(ofTrigger[doc.trigger.type] || (() => []))(doc.trigger).filter(Boolean),
        field(t("第一步", "First step"), target("", "start", doc.start), { path: "start" }),
        tick(t("只让符合条件的人进", "Only those whom a rule holds for"), entry.rule, (yes) => {
          if (yes) entry.rule = { type: "all", rules: [] };
          else delete entry.rule;
          tidy();
        }),
        entry.rule ? field(t("进入条件", "Rule of entry"), rule(entry.rule, (value) => {
          entry.rule = value;
          tidy();
        }), { path: "entry.rule" }) : null,
        field(t("再次进入", "Again"),
          choose([["never", t("每人只进一次", "each person once")], ["after_leaving", t("离开后可再进", "again after leaving")]],
            entry.again || "never", (key) => {
              if (key === "never") { delete entry.again; delete entry.gap_days; } else entry.again = key;
              tidy();
            })),
        entry.again === "after_leaving"
          ? field(t("距上次进入至少（天）", "Days since they last came in"), whole(entry.gap_days || 0, (value) => {
            keep(entry, "gap_days")(value || null);
            tidy();
          }, { min: 0 }), { path: "entry.gap_days" }) : null),
      sub(t("目标", "Goal"),
        tick(t("设一个目标", "It has a goal"), doc.goal, (yes) => {
          if (yes) doc.goal = { match: { event: firstEvent() } };
          else delete doc.goal;
        }),
        doc.goal ? field(t("做到什么算达成", "What reaches it"), match(doc.goal.match), { path: "goal.match" }) : null,
        doc.goal ? field(t("进入后几天内", "Within days of coming in"), whole(doc.goal.days ?? 30, (value) => {
          doc.goal.days = value || 0;
        }, { min: 1 }), { path: "goal.days" }) : null,
        doc.goal ? tick(t("达成后离开旅程", "They leave when they reach it"), doc.goal.leaves !== false, (yes) => {
          if (yes) delete doc.goal.leaves;
          else doc.goal.leaves = false;
        }) : null),
      sub(t("提前离开", "Reasons to leave"),
        ...(doc.leave_when || []).map((each, at) =>
          make("div", { className: "jf-row" }, match(each), remove(t("去掉这个退出条件", "Remove this reason"), () => {
            doc.leave_when.splice(at, 1);
            if (!doc.leave_when.length) delete doc.leave_when;
            app.edit();
            app.again();
          }))),
        button(t("+ 做了某事就离开", "+ whoever does something leaves"), () => {
          (doc.leave_when ||= []).push({ event: firstEvent() });
          app.edit();
          app.again();
        }, "btn btn-sm btn-ghost-secondary")),
      field(t("优先级（0–100）", "Priority (0 to 100)"), whole(doc.priority ?? 50, (value) => {
        doc.priority = value ?? 50;
      }, { min: 0, maxNumber: 100 }),
        { path: "priority",
          help: t("多个消息争同一个名额时，高的先得；群发是 50。",
            "Who of several gets the last message a cap allows; broadcasts have 50.") }),
      field(t("备注", "Note"), area(doc.note, keep(doc, "note"), { rows: 2 })),
    ];
  };

  // --- each kind of step -------------------------------------------------------------------------------------
  const message = (node) => {
    const accounts = data.accounts.map((each) => [each.id, each.name]), held = node.when_held || { do: "skip" };
    const used =
      [...new Set((node.channels || []).map((id) =>
          data.accounts.find((each) => each.id === id)?.channel).filter(Boolean))];
    const order =
      [0, 1, 2].filter((at) => at <= (node.channels || []).length).map((at) =>
      field([t("首选账号", "First"), t("其次", "Then"), t("再次", "Then")][at],
        choose(accounts.filter(([id]) => id === node.channels?.[at] || !(node.channels || []).includes(id)),
          node.channels?.[at], (key) => {
            const all = [...(node.channels || [])];
            if (key) all[at] = Number(key);
            else all.splice(at, 1);
            node.channels = all;
          }, { none: t("不用", "None") }), { path: at ? `channels[${at}]` : "channels" }));
    const content = (channel) => {
      const about = data.channels[channel], values = () => ((node.content ||= {})[channel] ||= {});
      const form = about.forms.length ? (node.content?.[channel]?.form || about.forms[0].name) : "";
      const shown =
        about.parts.filter((part) => !form || part.name === "form"
        || about.forms.find((each) => each.name === form)?.parts.includes(part.name));
      const control = (part) => {
        const value = node.content?.[channel]?.[part.name] ?? "";
        const set = (typed) => {
          const all = values();
          if (typed === "") delete all[part.name];
          else all[part.name] = typed;
        };
        if (part.kind === "choice") return choose(part.choices, value || part.choices[0]?.[0], set);
        if (part.kind === "medium") return choose(data.media, value, set, { none: t("不加", "None") });
        const box = part.kind === "text" || part.kind === "verbatim"
          ? area(value, set, { rows: part.kind === "text" ? 6 : 4, key: `${channel}.${part.name}` })
          : text(value, set, { max: part.characters_max, key: `${channel}.${part.name}` });
        if (part.kind !== "code" && part.kind !== "verbatim") box.dataset.liquid = "1";
        return box;
      };
      return sub(`${t("内容", "Content")} · ${about.label}`,
        ...shown.map((part) =>
          field(part.label, control(part), { help: part.help, path: `content.${channel}.${part.name}` })));
    };
    const chips = make("div", { className: "chips" }, ...data.fields.map((each) => {
      const chip =
        make("button", { type: "button", className: "chip", textContent: each.label, title: `{{ ${each.path} }}` });
      Object.assign(chip.dataset, { insert: `{{ ${each.path} }}`, into: "[data-liquid]" });
      return chip;
    }));
    return [
      data.accounts.length ? null
        : make("p", { className: "jf-note",
          textContent: t("还没有渠道账号，请先到设置里接入。", "There is no channel account yet: connect one in the settings.") }),
      sub(t("从哪里发", "By which channel"), ...order,
        make("div", { className: "form-hint",
            textContent: t("前一个发不了的人换下一个；同一人只收到一条。",
              "Who can't be reached by one gets the next; each person gets one message.") })),
      ...used.map(content),
      used.length ? sub(t("插入客户信息", "Put in a field"), chips) : null,
      used.length ? sub(t("预览", "Preview"), app.preview(node)) : null,
      sub(t("怎么发", "How"),
        field(t("类型", "Kind"),
          choose([["marketing", t("营销（须客户同意）", "Marketing (needs consent)")], ["service", t("服务通知", "Service notice")]],
            node.kind || "marketing", (key) => { node.kind = key; })),
        field(t("性质", "Tone"),
          choose([["useful", t("有用的内容", "Useful")], ["promotional", t("促销", "Promotional")]], node.tone || "useful",
            (key) => { node.tone = key; })),
        field(t("被分寸拦下时", "When the guard holds it"),
          choose([["skip", t("不发，继续走", "skip it and go on")], ["wait", t("等一等再试", "wait and try again")]], held.do
            || "skip", (key) => { if (key === "skip") delete node.when_held; else node.when_held = { do: "wait" }; })),
        held.do === "wait" ? field(t("最多等", "At most"), span(held.minutes ?? 1440, (value) => {
          node.when_held = { do: "wait", minutes: value };
        }), { path: "when_held.minutes" }) : null,
        tick(t("发不出的人另走一路", "Those it can't be sent to go their own way"), node.own_way_when_held, (yes) => {
          if (yes) node.own_way_when_held = true;
          else { delete node.own_way_when_held; delete node.held; }
        }),
        field(t("无法确定是否送达时", "Where it is not known whether it arrived"),
          choose([["leave", t("不重发，标为未知", "leave it, marked unknown")],
              ["send_again", t("重发（可能收到两次）", "send again (may arrive twice)")]], node.when_unknown || "leave", (key) =>
            { if (key === "leave") delete node.when_unknown; else node.when_unknown = key; }))),
    ];
  };
  const weekdays = [...(zh ? "一二三四五六日" : "")].map((each) => `周${each}`);
  const tags = named(data.rules.tags);
  const bodies = {
    wait: (node) => [field(t("等多久", "How long"), span(node.minutes, (value) => {
      node.minutes = value;
    }), { path: "minutes" })],
    wait_until: (node) => [
      field(t("客户当地时间", "Local time"), clock(node.clock, (value) => { node.clock = value; }), { path: "clock" }),
      field(t("至少过几天", "After whole days"), whole(node.days || 0, (value) => {
        keep(node, "days")(value || null);
      }, { min: 0 }), { path: "days" }),
      field(t("只在这些日子", "Only on"), make("span", { className: "jf-days" }, ...[1, 2, 3, 4, 5, 6, 7].map((one) => {
        const box = make("input",
          { type: "checkbox", className: "form-check-input", checked: (node.weekdays || []).includes(one) });
        box.addEventListener("change", () => {
          const all = new Set(node.weekdays || []);
          if (box.checked) all.add(one);
          else all.delete(one);
          if (all.size) node.weekdays = [...all].sort();
          else delete node.weekdays;
          app.edit();
        });
        return make("label", { className: "form-check" }, box, weekdays[one - 1]
          || ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"][one - 1]);
      })), { help: t("都不选：每天都行。", "None: any day."), path: "weekdays" }),
    ],
    wait_event: (node) =>
      [field(t("等客户做什么", "For what"), match(node.match), { path: "match" }),
      field(t("最多等", "At most"), span(node.minutes, (value) => { node.minutes = value; }), { path: "minutes" })],
    best_hour: (node) => [field(t("在几小时内", "Within hours"), whole(node.hours ?? 24, (value) => {
      node.hours = value || 0;
    }, { min: 1, maxNumber: 168 }),
        { path: "hours", help: t("按这位客户平时看消息的时段挑。", "By when this person usually looks.") })],
    branch: (node) => [
      ...node.cases.map((each, at) =>
        make("fieldset", { className: "jf-part jf-case" },
          make("legend", { textContent: `${t("条件", "Rule")} ${at + 1}` }), node.cases.length > 1
          ? remove(t("去掉这个分支", "Remove this way"), () => { node.cases.splice(at, 1); app.edit(); app.again(); }) : null,
        field(t("叫什么", "Its name"), text(each.title, keep(each, "title"), { key: `case${at}`, max: 40 })),
          field(t("哪些人", "Who"), rule(each.rule, (value) => {
            each.rule = value;
          }), { path: `cases[${at}].rule` }), field(t("去哪一步", "Leads to"), target(node.id, String(at), each.to)))),
      button(t("+ 再加一个条件", "+ another rule"), () => {
        node.cases.push({ rule: { type: "all", rules: [] } });
        app.edit();
        app.again();
      }),
      field(t("其余的人去哪一步", "All others go to"), target(node.id, "otherwise", node.otherwise)),
      make("p", { className: "form-hint", textContent: t("从上到下，走第一个符合的。", "From above: the first that holds.") }),
    ],
    split: (node) => [
      ...node.arms.map((arm, at) =>
        make("div", { className: "jf-arm" },
          field(t("名称", "Name"), text(arm.title, keep(arm, "title"), { key: `arm${at}`, max: 40 })),
          field(t("比例 %", "Share %"), whole(arm.share, (value) => {
            arm.share = value || 0;
          }, { min: 0, maxNumber: 100 }), { path: "arms" }),
          field(t("去哪一步", "Leads to"), target(node.id, String(at), arm.to)),
        node.arms.length > 2 ? remove(t("去掉这一路", "Remove this way"), () => {
          node.arms.splice(at, 1);
          app.edit();
          app.again();
        }) : null)),
      make("div", { className: "jf-tools" }, button(t("+ 再加一路", "+ another way"), () => {
        node.arms.push({ share: 0 });
        app.edit();
        app.again();
      }), button(t("平均分", "Even shares"), () => {
        const even = Math.floor(10000 / node.arms.length) / 100;
        node.arms.forEach((arm, at) => {
          arm.share = at ? even : Math.round((100 - even * (node.arms.length - 1)) * 100) / 100;
        });
        app.edit();
        app.again();
      }, "btn btn-sm btn-ghost-secondary")),
    ],
    tag: (node) => [field(t("打上", "Put on"), many(tags, [...(node.add || [])], (all) => {
      node.add = all;
    }, t("+ 选择标签", "+ choose a tag")), { path: "add" }),
      field(t("去掉", "Take off"), many(tags, [...(node.remove || [])], (all) => {
        if (all.length) node.remove = all;
        else delete node.remove;
      }, t("+ 选择标签", "+ choose a tag")), { path: "remove" })],
    attribute: (node) => {
      const rows = Object.entries(node.set);
      const write = () => { node.set = Object.fromEntries(rows.filter(([key]) => key)); };
      const shown = (value) => (value === null ? "" : String(value)), read = (typed) =>
        (typed === "" ? null : /^-?\d+(\.\d+)?$/.test(typed) && String(Number(typed)) === typed ? Number(typed)
        : typed);
      return [make("div", { className: "jf-rows", role: "group", ariaLabel: t("属性", "Attributes") },
          ...rows.map((row, at) => {
            const one = text(row[0], (value) => {
              row[0] = value;
              write();
            }, { placeholder: t("属性名", "name") }), other = text(shown(row[1]), (value) => {
              row[1] = read(value);
              write();
            }, { placeholder: t("值（空：删去）", "value (empty: taken away)") });
            one.setAttribute("aria-label", t("属性名", "name"));
            other.setAttribute("aria-label", t("值", "value"));
            return make("div", { className: "jf-row" }, one, other, remove(t("去掉", "Remove"), () => {
              rows.splice(at, 1);
              write();
              app.edit();
              app.again();
            }));
          })),
        button(t("+ 再设一个", "+ another"), () => {
          let name = t("新属性", "new");
          while (name in node.set) name += "1";
          node.set[name] = "";
          app.edit();
          app.again();
        })];
    },
    message,
    task: (node) => [
      field(t("话术", "Script"), area(node.script, (value) => {
        node.script = value;
      }, { rows: 6, key: "script" }),
        { path: "script", help: t("员工会看到它，照着说。", "What the member of staff reads and says.") }),
      field(t("多久内完成", "Due within"), span(node.minutes ?? 60, (value) => {
        node.minutes = value;
      }), { path: "minutes" }),
      field(t("超时提醒谁", "Who is told when late"),
        choose(data.staff, node.escalate_to, keep(node, "escalate_to"), { none: t("不提醒", "nobody") }),
        { path: "escalate_to" }),
      tick(t("等任务完成再继续", "They stay until it is done"), node.wait, (yes) => {
        if (yes) node.wait = true;
        else { delete node.wait; delete node.late; }
      }),
    ],
    reward: (node) => [field(t("发什么", "What"), choose(data.rewards, node.gives, (key) => {
      node.gives = key;
    }), { path: "gives" })],
    journey: (node) => [field(t("哪个旅程", "Which journey"), choose(data.journeys, node.journey, (key) => {
      node.journey = Number(key);
    }), { path: "journey", help: t("送入那个旅程，同时在这里继续。", "They enter it, and go on here too.") })],
    exit: () => [make("p",
        { className: "jf-note", textContent: t("走到这里的人离开旅程。", "Whoever comes here leaves the journey.") })],
  };
  const step = (node) => {
    const own = ["branch", "split"].includes(node.type);
    return [
      field(t("名称", "Name"),
        text(node.title, keep(node, "title"),
          { placeholder: words.kind(node.type), max: 100, key: `title ${node.id}` }), { path: "title" }),
      ...(bodies[node.type] || (() => []))(node).filter(Boolean),
      own || node.type === "exit" ? null
        : sub(t("然后去哪一步", "Then where"),
        ...G.ways(node).map(({ way, to }) =>
          field(words.way(node, way) || t("下一步", "Next"), target(node.id, way, to), { path: way }))),
    ].filter(Boolean);
  };
  const way = (from, name) => {
    const edge = G.edges(app.doc).find((each) => each.from === from && each.way === name);
    return [field(t("这条路去哪一步", "This way leads to"), target(from, name, edge?.to))];
  };
  const begun = {
    wait: () => ({ minutes: 1440 }), wait_until: () => ({ clock: "10:00" }), wait_event: () =>
      ({ match: { event: firstEvent() }, minutes: 4320 }), best_hour: () => ({}),
    branch: () => ({ cases: [{ rule: { type: "all", rules: [] } }] }), split: () =>
      ({ arms: [{ share: 50, title: "A" }, { share: 50, title: "B" }] }),
    message: () => ({ channels: data.accounts.slice(0, 1).map((each) => each.id) }), tag: () => ({ add: [] }),
      attribute: () => ({ set: {} }), task: () => ({ script: "" }),
    reward: () => ({ gives: data.rewards[0]?.[0] ?? "" }), journey: () => ({ journey: data.journeys[0]?.[0] ?? 0 }),
      exit: () => ({}),
  };
  const fresh = (doc, type, at) => ({ type, id: G.freshId(doc, type), ...begun[type](), at });
  return { journey: () => {
    redrawParts = () => {};
    return journey().filter(Boolean);
  }, step: (node) => { redrawParts = () => {}; return step(node); }, way, fresh };
};
