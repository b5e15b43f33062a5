// The rule editor: a form over one tree. The tree is the truth; every control changes it, and ``changed`` hears of it.
// Audiences are written with it, and the branches and entries of journeys.
window.siyuRules = (place, offered, zh, changed) => {
  const t = (chinese, english) => (zh ? chinese : english);
  // an answer that was waited for is drawn, if the editor is still there; nothing was changed by it
  const parts = window.ruleParts(
    offered,
    zh,
    () => {
      if (place.isConnected && rule) redraw();
    },
    () => changed(),
  );
  const { make, select, say, button, remove } = parts;
  const DEPTH_MAX = 3;
  let rule;

  // --- what a new condition begins as --------------------------------------------------------------------------
  const firstEvent = () =>
    (offered.events.find((each) => each.key === "order_paid") || offered.events[0] || { key: "order_paid" }).key;
  const kinds = {
    did: [t("做过", "did"), () => ({ type: "did", event: firstEvent() })],
    did_not: [
      t("没做过", "did not"),
      () => ({ type: "did_not", event: firstEvent(), window: { type: "last", n: 30 } }),
    ],
    sequence: [
      t("先后做过", "did in order"),
      () => ({ type: "sequence", steps: [{ event: "cart_added" }, { event: firstEvent() }], within: { n: 7 } }),
    ],
    profile: [t("资料", "profile"), () => ({ type: "profile", field: "city", op: "is", value: "" })],
    tag: [t("标签", "tag"), () => ({ type: "tag", tags: offered.tags.slice(0, 1).map((each) => each.key), op: "any" })],
    layer: [
      t("分层", "layer"),
      () => {
        const first = offered.schemes[0];
        return { type: "layer", scheme: first.key, layers: [first.layers[0].key], op: "is" };
      },
    ],
    consent: [t("同意", "consent"), () => ({ type: "consent", purpose: "marketing", channel: "any", op: "given" })],
    identifier: [
      t("身份标识", "identifier"),
      () => ({ type: "identifier", kinds: [offered.kinds[0] || "phone"], op: "any" }),
    ],
    audience: [
      t("人群", "audience"),
      () => ({ type: "audience", audience: (offered.audiences[0] || { key: 1 }).key, op: "in" }),
    ],
  };
  const usable = Object.entries(kinds).filter(
    ([key]) => (key !== "tag" || offered.tags.length) && (key !== "audience" || offered.audiences.length),
  );

  const bodies = window.ruleConditions({ t, offered, parts, firstEvent, changed, redraw: () => redraw() });

  // --- the tree -------------------------------------------------------------------------------------------------
  const isGroup = (node) => ["all", "any", "none"].includes(node.type);
  const conditionCard = (node, parent, at, path) => {
    const card = make("div", { className: "rule-condition" });
    card.dataset.path = path;
    const head = make(
      "div",
      { className: "rule-part rule-head" },
      select(
        t("条件类型", "kind of condition"),
        usable.map(([key, [words]]) => [key, words]),
        node.type,
        (type) => {
          parent.rules[at] = kinds[type][1]();
          redraw();
        },
      ),
    );
    const body = (bodies[node.type] || (() => [say(JSON.stringify(node))]))(node).filter(Boolean);
    head.append(...body[0].childNodes);
    card.append(
      head,
      ...body.slice(1),
      remove(t("删除这个条件", "Remove this condition"), () => {
        parent.rules.splice(at, 1);
        redraw();
      }),
    );
    return card;
  };
  const groupCard = (node, path, depth, drop) => {
    const card = make("section", { className: `rule-group rule-depth-${depth}` });
    card.dataset.path = path;
    const head = make(
      "div",
      { className: "rule-group-head" },
      say(t("符合以下", "where")),
      select(
        t("怎样组合", "how they combine"),
        [
          ["all", t("全部", "all")],
          ["any", t("任一", "any")],
          ["none", t("都不", "none")],
        ],
        node.type,
        (type) => {
          node.type = type;
          redraw();
        },
      ),
      say(t("条件的人", "of these hold")),
    );
    if (drop) head.append(remove(t("删除这一组", "Remove this group"), drop));
    card.append(head);
    node.rules.forEach((inner, at) => {
      const here = `${path}.rules[${at}]`;
      if (at)
        card.append(
          make("div", { className: "rule-joint", textContent: node.type === "all" ? t("且", "and") : t("或", "or") }),
        );
      card.append(
        isGroup(inner)
          ? groupCard(inner, here, depth + 1, () => {
              node.rules.splice(at, 1);
              redraw();
            })
          : conditionCard(inner, node, at, here),
      );
    });
    if (!node.rules.length)
      card.append(
        make("p", {
          className: "rule-none",
          textContent:
            depth === 1
              ? t("还没有条件：现在是全部客户。", "No conditions yet: everybody.")
              : t("这一组还没有条件。", "This group has no conditions."),
        }),
      );
    const tools = make(
      "div",
      { className: "rule-tools" },
      button(t("+ 添加条件", "+ add a condition"), () => {
        node.rules.push(kinds.did[1]());
        redraw();
        focusLast(path, node.rules.length - 1);
      }),
    );
    if (depth < DEPTH_MAX)
      tools.append(
        button(t("+ 添加一组", "+ add a group"), () => {
          node.rules.push({ type: "any", rules: [kinds.did[1]()] });
          redraw();
        }),
      );
    card.append(tools);
    return card;
  };
  const focusLast = (path, at) =>
    place.querySelector(`[data-path="${CSS.escape(`${path}.rules[${at}]`)}"] select`)?.focus();
  const controls = () => [...place.querySelectorAll("select, input, button")];
  const draw = () => {
    // the control at the same place keeps the focus, so that the keyboard alone is enough
    const focused = controls().indexOf(document.activeElement);
    place.replaceChildren(groupCard(rule, "$", 1, null));
    if (focused >= 0) (controls()[focused] || controls().at(-1))?.focus();
  };
  const redraw = () => {
    draw();
    changed();
  };

  // --- as others hold it: one condition alone stands without a group around it
  const unwrapped = () => (rule.type === "all" && rule.rules.length === 1 ? rule.rules[0] : rule);
  const set = (held) => {
    rule = isGroup(held) ? held : { type: "all", rules: held.type ? [held] : [] };
    draw();
  };
  const mark = (at) => {
    const here = at && at.replace(/^\$/, unwrapped() === rule ? "$" : "$.rules[0]");
    place
      .querySelectorAll(".rule-condition")
      .forEach((card) =>
        card.classList.toggle(
          "rule-bad",
          Boolean(here) && here.startsWith(card.dataset.path) && !/^\d/.test(here.slice(card.dataset.path.length)),
        ),
      );
  };
  place.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches("input")) event.preventDefault();
  });
  return { rule: unwrapped, set, mark };
};
