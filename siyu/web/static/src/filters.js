// What a filter is chosen with: field, operator, value. The rule editor and the funnel's steps are built from it.
// ``redraw`` is called where the controls change, ``changed`` where only a value did.
window.ruleParts = (offered, zh, redraw, changed) => {
  const t = (chinese, english) => (zh ? chinese : english);
  const named = (list) => list.map((each) => [String(each.key), t(each.zh, each.en)]);
  const operators = Object.fromEntries(offered.operators.map((each) => [each.key, each]));
  const today = () => {
    const now = new Date();
    return new Date(now - now.getTimezoneOffset() * 60000).toISOString().slice(0, 10);
  };

  // --- small builders -------------------------------------------------------------------------------------------
  const make = (tag, props = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), props);
    element.append(...children.filter((child) => child !== null && child !== undefined));
    return element;
  };
  const select = (label, options, value, change) => {
    const known = options.some(([key]) => key === String(value))
      ? options
      : [...options, [String(value), String(value)]];
    const box = make("select", { className: "form-select", ariaLabel: label });
    box.append(
      ...known.map(([key, words]) =>
        make("option", { value: key, textContent: words, selected: key === String(value) }),
      ),
    );
    box.addEventListener("change", () => change(box.value));
    return box;
  };
  let lists = 0;
  const input = (label, type, value, change, { suggestions, placeholder, step, min } = {}) => {
    const box = make("input", {
      className: "form-control",
      type,
      value: value ?? "",
      ariaLabel: label,
      placeholder: placeholder || "",
    });
    if (step) box.step = step;
    if (min !== undefined) box.min = min;
    box.addEventListener("input", () => change(box.value));
    if (!suggestions) return box;
    const list = make(
      "datalist",
      { id: `rule-list-${(lists += 1)}` },
      ...suggestions.map((each) => make("option", { value: each })),
    );
    box.setAttribute("list", list.id);
    return make("span", { className: "rule-with-list" }, box, list);
  };
  const day = (label, value, change) => {
    const box = input(label, "text", value, change, { placeholder: t("年-月-日", "yyyy-mm-dd") });
    box.dataset.date = "day";
    box.maxLength = 10;
    return make("span", { className: "date-field" }, box, document.getElementById("date-open").content.cloneNode(true));
  };
  const number = (label, value, change, more = {}) =>
    input(label, "number", value, (typed) => change(typed === "" ? null : Number(typed)), more);
  const say = (words) => make("span", { className: "rule-word", textContent: words });
  const button = (words, act, css = "btn btn-sm") => {
    const element = make("button", { type: "button", className: css, textContent: words });
    element.addEventListener("click", act);
    return element;
  };
  const remove = (words, act) => Object.assign(button("×", act, "rule-remove"), { title: words, ariaLabel: words });

  // --- filters ------------------------------------------------------------------------------------------------
  // properties seen with an event are fetched when it is first chosen
  const properties = new Map();
  const seen = (event) => {
    if (!properties.has(event)) {
      properties.set(event, []);
      fetch(`/api/rules/properties?event=${encodeURIComponent(event)}`)
        .then((answer) => (answer.ok ? answer.json() : []))
        .then((found) => {
          properties.set(event, found);
          window.siyuWhenFree(redraw);
        });
    }
    return properties.get(event);
  };

  const FITS = {
    text: ["text", "date", "any"],
    number: ["number", "any"],
    date: ["date", "any"],
    truth: ["truth", "any"],
    list: ["list", "any"],
  };
  const fitting = (fieldKinds) =>
    offered.operators.filter(
      (each) => !fieldKinds.length || fieldKinds.some((kind) => (FITS[kind] || [each.kind]).includes(each.kind)),
    );
  const operand = (filter, suggestions, change) => {
    const takes = operators[filter.op]?.takes;
    const set = (value) => {
      filter.value = value;
      change();
    };
    const label = t("值", "value");
    if (takes === "none") return null;
    if (takes === "text")
      return input(label, "text", filter.value, set, { suggestions, placeholder: t("填写或选择", "type or choose") });
    if (takes === "texts")
      return input(
        label,
        "text",
        (filter.value || []).join("，"),
        (typed) =>
          set(
            typed
              .split(/[,，]/)
              .map((each) => each.trim())
              .filter(Boolean),
          ),
        { suggestions, placeholder: t("用逗号分隔多个值", "several, with commas") },
      );
    if (takes === "date") return day(label, filter.value, set);
    if (takes === "days")
      return make(
        "span",
        { className: "rule-pair" },
        number(label, filter.value, set, { min: 0 }),
        say(t("天", "days")),
      );
    if (takes === "range") {
      const pair = filter.value;
      return make(
        "span",
        { className: "rule-pair" },
        number(
          t("从", "from"),
          pair[0],
          (low) => {
            pair[0] = low;
            change();
          },
          { step: "any" },
        ),
        say(t("到", "to")),
        number(
          t("到", "to"),
          pair[1],
          (high) => {
            pair[1] = high;
            change();
          },
          { step: "any" },
        ),
      );
    }
    return number(label, filter.value, set, { step: "any" });
  };
  const begun = { text: "", texts: [], number: 0, range: [0, 100], date: today(), days: 7, none: undefined };
  const withOperator = (filter, op) => {
    const before = operators[filter.op]?.takes,
      takes = operators[op].takes;
    filter.op = op;
    if (before === takes) return;
    if (takes === "none") delete filter.value;
    else filter.value = structuredClone(begun[takes]);
  };
  const filterRow = (filter, fields, kindsOf, valuesOf, prefix) => {
    const other = "…";
    const row = [
      select(t("字段", "field"), [...fields, [other, t("输入其他名称…", "another name…")]], filter.field, (field) => {
        if (field === other) {
          const name = prompt(t("属性名称", "Name of the property"));
          if (name) filter.field = prefix + name;
        } else filter.field = field;
        const fit = fitting(kindsOf(filter.field));
        if (!fit.some((each) => each.key === filter.op)) withOperator(filter, fit[0].key);
        redraw();
      }),
    ];
    row.push(
      select(t("运算", "operator"), named(fitting(kindsOf(filter.field))), filter.op, (op) => {
        withOperator(filter, op);
        redraw();
      }),
    );
    row.push(operand(filter, valuesOf(filter.field), changed));
    return row;
  };

  const wherePart = (node) => {
    const paths = seen(node.event);
    const fields = [...named(offered.event_fields), ...paths.map((each) => [`properties.${each.path}`, each.path])];
    const path = (field) => paths.find((each) => `properties.${each.path}` === field);
    const kindsOf = (field) =>
      path(field)?.kinds || [offered.event_fields.find((each) => each.key === field)?.kind].filter(Boolean);
    const valuesOf = (field) => path(field)?.values || offered.values[field] || [];
    const rows = (node.where || []).map((filter, at) =>
      make(
        "div",
        { className: "rule-part rule-filter" },
        say(at ? t("且", "and") : t("其中", "where")),
        ...filterRow(filter, fields, kindsOf, valuesOf, "properties."),
        remove(t("去掉这个筛选", "Remove this filter"), () => {
          node.where.splice(at, 1);
          if (!node.where.length) delete node.where;
          redraw();
        }),
      ),
    );
    const add = button(
      t("+ 属性筛选", "+ property filter"),
      () => {
        const field = paths[0] ? `properties.${paths[0].path}` : "amount",
          first = fitting(kindsOf(field))[0] || offered.operators[0];
        (node.where ||= []).push({ field, op: first.key, value: structuredClone(begun[first.takes]) });
        redraw();
      },
      "btn btn-sm btn-ghost-secondary",
    );
    return make("div", { className: "rule-where" }, ...rows, add);
  };

  return { make, select, input, day, number, say, button, remove, named, today, seen, filterRow, wherePart };
};
