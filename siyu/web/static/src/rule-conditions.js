// What each condition of a rule is chosen with: by its kind, a function from the node of the tree to its controls.
// ``redraw`` is called where the controls change, ``changed`` where only a value did.
window.ruleConditions = ({ t, offered, parts, firstEvent, changed, redraw }) => {
  const { make, select, day, number, say, button, remove, named, today, seen, filterRow, wherePart } = parts;
  const eventNames = [["*", t("任意行为", "anything")], ...named(offered.events)];

  const units = [
    ["day", t("天", "days")],
    ["hour", t("小时", "hours")],
    ["minute", t("分钟", "minutes")],
  ];
  const span = (label, held, change) =>
    make(
      "span",
      { className: "rule-pair" },
      number(
        label,
        held.n,
        (n) => {
          held.n = n;
          change();
        },
        { min: 1 },
      ),
      select(t("单位", "unit"), units, held.unit || "day", (unit) => {
        held.unit = unit;
        change();
      }),
    );

  const windowPart = (node) => {
    const held = node.window || { type: "ever" };
    const begin = {
      ever: { type: "ever" },
      last: { type: "last", n: 30 },
      between: { type: "between", from: today(), to: today() },
      since: { type: "since", from: today() },
    };
    const choice = select(
      t("时间范围", "when"),
      [
        ["ever", t("任何时候", "ever")],
        ["last", t("最近", "in the last")],
        ["between", t("期间", "between")],
        ["since", t("自…以来", "since")],
      ],
      held.type,
      (type) => {
        node.window = { ...begin[type] };
        redraw();
      },
    );
    const parts = [choice];
    if (held.type === "last") parts.push(span(t("多久", "how long"), held, changed));
    if (held.from !== undefined)
      parts.push(
        day(t("开始日期", "from"), held.from, (value) => {
          held.from = value;
          changed();
        }),
      );
    if (held.to !== undefined)
      parts.push(
        say(t("至", "to")),
        day(t("结束日期", "to"), held.to, (value) => {
          held.to = value;
          changed();
        }),
      );
    return make("div", { className: "rule-part" }, say(t("时间", "when")), ...parts);
  };

  const comparisons = [
    ["at_least", t("至少", "at least")],
    ["at_most", t("至多", "at most")],
    ["exactly", t("恰好", "exactly")],
    ["more_than", t("多于", "more than")],
    ["less_than", t("少于", "less than")],
  ];
  const measurePart = (node) => {
    const held = node.measure || { of: "once" };
    const begin = {
      once: undefined,
      count: { of: "count", op: "at_least", value: 2 },
      ...Object.fromEntries(
        ["sum", "avg", "min", "max"].map((of) => [of, { of, field: "amount", op: "at_least", value: 100 }]),
      ),
      ...Object.fromEntries(["first", "last"].map((of) => [of, { of, op: "in_last", n: 30 }])),
    };
    const parts = [
      select(
        t("多少", "how much"),
        [
          ["once", t("至少一次", "at least once")],
          ["count", t("次数", "number of times")],
          ["sum", t("合计", "total")],
          ["avg", t("平均", "average")],
          ["min", t("最小值", "smallest")],
          ["max", t("最大值", "largest")],
          ["first", t("首次时间", "first time")],
          ["last", t("最近一次时间", "last time")],
        ],
        held.of,
        (of) => {
          if (begin[of]) node.measure = { ...begin[of] };
          else delete node.measure;
          redraw();
        },
      ),
    ];
    if (held.field !== undefined) {
      const fields = [
        ["amount", t("金额", "amount")],
        ...seen(node.event)
          .filter((each) => each.kinds.includes("number"))
          .map((each) => [`properties.${each.path}`, each.path]),
      ];
      parts.push(
        select(t("字段", "field"), fields, held.field, (field) => {
          held.field = field;
          changed();
        }),
      );
    }
    if (held.value !== undefined) {
      parts.push(
        select(t("比较", "compared"), comparisons, held.op, (op) => {
          held.op = op;
          changed();
        }),
        number(
          t("数值", "value"),
          held.value,
          (value) => {
            held.value = value;
            changed();
          },
          { step: held.of === "count" ? 1 : "any" },
        ),
      );
    } else if (held.of === "first" || held.of === "last") {
      parts.push(
        select(
          t("时间比较", "compared"),
          [
            ["in_last", t("在最近", "in the last")],
            ["longer_ago", t("早于…以前", "longer ago than")],
            ["before", t("早于", "before")],
            ["after", t("晚于", "after")],
          ],
          held.op,
          (op) => {
            node.measure = ["before", "after"].includes(op)
              ? { of: held.of, op, date: today() }
              : { of: held.of, op, n: 30 };
            redraw();
          },
        ),
      );
      parts.push(
        held.date !== undefined
          ? day(t("日期", "date"), held.date, (value) => {
              held.date = value;
              changed();
            })
          : span(t("多久", "how long"), held, changed),
      );
    }
    return make("div", { className: "rule-part" }, say(t("要求", "how much")), ...parts);
  };

  const eventSelect = (node) =>
    select(t("行为", "event"), eventNames, node.event, (event) => {
      node.event = event;
      delete node.where;
      redraw();
    });
  const many = (label, options, held, change) => {
    const box = make("span", { className: "rule-chips", role: "group", ariaLabel: label });
    held.forEach((key, at) => {
      const words = (options.find(([known]) => known === String(key)) || [key, `#${key}`])[1];
      box.append(
        make(
          "span",
          { className: "rule-chip" },
          words,
          remove(t(`去掉 ${words}`, `Remove ${words}`), () => {
            held.splice(at, 1);
            change();
          }),
        ),
      );
    });
    const rest = options.filter(([key]) => !held.map(String).includes(key));
    if (rest.length)
      box.append(
        select(label, [["", t("+ 添加", "+ add")], ...rest], "", (key) => {
          held.push(key);
          change();
        }),
      );
    return box;
  };
  const which = [
    ["any", t("有任一", "any of")],
    ["all", t("全部都有", "all of")],
    ["none", t("都没有", "none of")],
  ];

  const bodies = {
    did: (node) => [
      make("div", { className: "rule-part" }, eventSelect(node)),
      wherePart(node),
      measurePart(node),
      windowPart(node),
    ],
    did_not: (node) => [make("div", { className: "rule-part" }, eventSelect(node)), wherePart(node), windowPart(node)],
    sequence: (node) => {
      const rows = node.steps.map((step, at) =>
        make(
          "div",
          { className: "rule-step" },
          make(
            "div",
            { className: "rule-part" },
            say(at ? t("再", "then") : t("先", "first")),
            eventSelect(step),
            node.steps.length > (node.then_not ? 1 : 2)
              ? remove(t("去掉这一步", "Remove this step"), () => {
                  node.steps.splice(at, 1);
                  redraw();
                })
              : null,
          ),
          wherePart(step),
        ),
      );
      if (node.then_not)
        rows.push(
          make(
            "div",
            { className: "rule-step" },
            make(
              "div",
              { className: "rule-part" },
              say(t("之后没有", "then not")),
              eventSelect(node.then_not),
              node.steps.length > 1
                ? remove(t("去掉“之后没有”", "Remove “then not”"), () => {
                    delete node.then_not;
                    redraw();
                  })
                : null,
            ),
            wherePart(node.then_not),
            make(
              "div",
              { className: "rule-part" },
              say(t("在其后", "within")),
              node.then_not.within ? span(t("多久", "how long"), node.then_not.within, changed) : null,
              button(
                node.then_not.within ? t("改为一直没有", "never after") : t("限定时间", "limit the time"),
                () => {
                  if (node.then_not.within) delete node.then_not.within;
                  else node.then_not.within = { n: 24, unit: "hour" };
                  redraw();
                },
                "btn btn-sm btn-ghost-secondary",
              ),
            ),
          ),
        );
      const tools = make("div", { className: "rule-part" });
      if (node.steps.length < 5)
        tools.append(
          button(
            t("+ 再做一步", "+ another step"),
            () => {
              node.steps.push({ event: firstEvent() });
              redraw();
            },
            "btn btn-sm btn-ghost-secondary",
          ),
        );
      if (!node.then_not)
        tools.append(
          button(
            t("+ 之后没有…", "+ then not…"),
            () => {
              node.then_not = { event: firstEvent(), within: { n: 24, unit: "hour" } };
              redraw();
            },
            "btn btn-sm btn-ghost-secondary",
          ),
        );
      const limit = make(
        "div",
        { className: "rule-part" },
        say(t("全程不超过", "all within")),
        node.within ? span(t("多久", "how long"), node.within, changed) : null,
        button(
          node.within ? t("不限", "no limit") : t("限定时间", "limit the time"),
          () => {
            if (node.within) delete node.within;
            else node.within = { n: 7 };
            redraw();
          },
          "btn btn-sm btn-ghost-secondary",
        ),
      );
      return [...rows, tools, node.steps.length > 1 ? limit : null, windowPart(node)];
    },
    profile: (node) => {
      const fields = [
        ...named(offered.person_fields),
        ...offered.attributes.map((each) => [`attributes.${each.path}`, each.path]),
      ];
      const attribute = (field) => offered.attributes.find((each) => `attributes.${each.path}` === field);
      const kindsOf = (field) =>
        attribute(field)?.kinds || [offered.person_fields.find((each) => each.key === field)?.kind].filter(Boolean);
      return [
        make(
          "div",
          { className: "rule-part" },
          ...filterRow(
            node,
            fields,
            kindsOf,
            (field) => attribute(field)?.values || offered.values[field] || [],
            "attributes.",
          ).filter(Boolean),
        ),
      ];
    },
    tag: (node) => [
      make(
        "div",
        { className: "rule-part" },
        select(t("关系", "relation"), which, node.op || "any", (op) => {
          node.op = op;
          changed();
        }),
        many(t("标签", "tag"), named(offered.tags), node.tags, () => {
          node.tags = node.tags.map(Number);
          redraw();
        }),
      ),
    ],
    layer: (node) => {
      const scheme = offered.schemes.find((each) => each.key === node.scheme) || { layers: [] };
      return [
        make(
          "div",
          { className: "rule-part" },
          select(t("分层方案", "scheme"), named(offered.schemes), node.scheme, (key) => {
            node.scheme = key;
            node.layers = [offered.schemes.find((each) => each.key === key).layers[0].key];
            redraw();
          }),
          select(
            t("关系", "relation"),
            [
              ["is", t("是", "is")],
              ["is_not", t("不是", "is not")],
            ],
            node.op || "is",
            (op) => {
              node.op = op;
              changed();
            },
          ),
          many(t("层", "layer"), named(scheme.layers), node.layers, redraw),
        ),
      ];
    },
    consent: (node) => [
      make(
        "div",
        { className: "rule-part" },
        select(
          t("状态", "state"),
          [
            ["given", t("已同意", "given")],
            ["refused", t("已拒绝", "refused")],
            ["unknown", t("未表态", "not asked")],
          ],
          node.op || "given",
          (op) => {
            node.op = op;
            changed();
          },
        ),
        select(
          t("用途", "purpose"),
          [
            ["marketing", t("营销", "marketing")],
            ["service", t("服务", "service")],
            ["profiling", t("个性化分析", "profiling")],
          ],
          node.purpose,
          (value) => {
            node.purpose = value;
            changed();
          },
        ),
        select(
          t("渠道", "channel"),
          [
            ["any", t("任意渠道", "any channel")],
            ["webhook", "Webhook"],
            ["email", t("邮件", "e-mail")],
            ["sms", t("短信", "SMS")],
            ["wecom", t("企业微信", "WeCom")],
          ],
          node.channel || "any",
          (value) => {
            node.channel = value;
            changed();
          },
        ),
      ),
    ],
    identifier: (node) => [
      make(
        "div",
        { className: "rule-part" },
        select(t("关系", "relation"), which, node.op || "any", (op) => {
          node.op = op;
          changed();
        }),
        many(
          t("身份标识", "identifier"),
          [...new Set([...offered.kinds, "phone", "email", "openid", "external_userid"])].map((kind) => [kind, kind]),
          node.kinds,
          redraw,
        ),
      ),
    ],
    audience: (node) => [
      make(
        "div",
        { className: "rule-part" },
        select(
          t("关系", "relation"),
          [
            ["in", t("在其中", "in")],
            ["not_in", t("不在其中", "not in")],
          ],
          node.op || "in",
          (op) => {
            node.op = op;
            changed();
          },
        ),
        select(t("人群", "audience"), named(offered.audiences), node.audience, (key) => {
          node.audience = Number(key);
          changed();
        }),
      ),
    ],
  };
  return bodies;
};
