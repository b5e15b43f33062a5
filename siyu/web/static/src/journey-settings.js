// The form of a journey itself: who comes in, what it is for, who leaves early.
window.journeySettings = ({ t, data, app }, controls) => {
  const { make, remove, field, text, whole, area, choose, tick, button, many, keep, clock, match, rule, sub, target } =
    controls;
  const { firstEvent } = controls;
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
  return () => journey().filter(Boolean);
};
