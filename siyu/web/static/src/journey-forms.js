// The form beside a journey: of each kind of step, of a way. That of the journey itself and that of a message are files
// of their own.
window.journeyForms = (editor) => {
  const { t, zh, data, words, app } = editor;
  const G = window.journeyGraph, controls = window.journeyControls(editor);
  const { make, remove, named, field, text, whole, area, choose, tick, button, many, keep, span, clock, match, rule } =
    controls;
  const { sub, target, firstEvent } = controls;
  const settings = window.journeySettings(editor, controls), message = window.journeyMessage(editor, controls);
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
    reward: (node) => {
      const terms = data.rewards.find((each) => each.key === node.gives);
      const given = (value) => {
        if (value === null || value === "") delete node.terms;
        else node.terms = { [terms.term]: Number(value) };
      };
      const value = terms?.term ? node.terms?.[terms.term] : null;
      return [
        field(t("发什么", "What"), choose(data.rewards.map((each) => [each.key, each.label]), node.gives, (key) => {
          node.gives = key;
          delete node.terms;
        }), { path: "gives" }),
        !terms?.term ? null : field(terms.ask, terms.offered
          ? choose(terms.offered, value, given)
          : whole(value ?? null, given, { min: 1 }), { path: "terms" }),
      ];
    },
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
    wait: () => ({ minutes: 1440 }),
    wait_until: () => ({ clock: "10:00" }),
    wait_event: () => ({ match: { event: firstEvent() }, minutes: 4320 }),
    best_hour: () => ({}),
    branch: () => ({ cases: [{ rule: { type: "all", rules: [] } }] }),
    split: () => ({ arms: [{ share: 50, title: "A" }, { share: 50, title: "B" }] }),
    message: () => ({ channels: data.accounts.slice(0, 1).map((each) => each.id) }),
    tag: () => ({ add: [] }),
    attribute: () => ({ set: {} }),
    task: () => ({ script: "" }),
    reward: () => ({ gives: data.rewards[0]?.key ?? "" }),
    journey: () => ({ journey: data.journeys[0]?.[0] ?? 0 }),
    exit: () => ({}),
  };
  const fresh = (doc, type, at) => ({ type, id: G.freshId(doc, type), ...begun[type](), at });
  return {
    journey: () => { controls.anew(); return settings(); },
    step: (node) => { controls.anew(); return step(node); },
    way,
    fresh,
  };
};
