// A journey as a list of steps from above to below, for a narrow window and for whoever reads rather than looks: the
// same steps, the same figures, the same forms. And what is known of one step in figures.
window.journeyOutline = (place, { t, kinds, words, icon, writes, on }) => {
  const G = window.journeyGraph;
  const make = (tag, props = {}, ...children) => {
    const found = Object.assign(document.createElement(tag), props);
    found.append(...children.filter(Boolean));
    return found;
  };
  const count = (many) => many.toLocaleString("en-US");

  const draw = ({ doc, said, troubles, figures, path, selected }) => {
    const focused = document.activeElement?.closest?.(".jo-card")?.dataset.id;
    const shown = new Set();
    const add = (from, way) => {
      if (!writes) return null;
      const made =
        make("button",
        { type: "button", className: "jo-add", ariaLabel: t("在这里添加步骤", "Add a step here"), textContent: "+" });
      made.addEventListener("click", () => on.ask(from, way));
      return made;
    };
    const flow = (edge) => {
      const found = figures?.ways[`${edge.from} ${edge.way}`];
      return found
        ? make("span",
        { className: "jl-count", title: found.words,
          textContent: count(found.people) + (edge.from ? G.share(found.share) : "") }) : null;
    };
    const card = (id) => {
      const node = id ? G.find(doc, id) : null, kind = node ? kinds[node.type] : { icon: "door-enter", tone: "entry" };
      const wrong = troubles.get(id) || [], worst = wrong.some((each) => each.level === "error") ? "error"
        : wrong.length ? "warning" : "";
      const made =
        make("button",
        { type: "button",
          className: G.names("jo-card", `jn-${kind.tone}`, worst && `jn-${worst}`, selected?.id === id && "jn-on",
            path?.nodes.has(id) && "jn-walked") },
        make("span", { className: "jn-icon" }, icon(kind.icon)),
          make("span", { className: "jo-words" },
          make("strong", { textContent: node ? node.title || words.kind(node.type) : t("入口", "Way in") }),
          make("span", { className: "jo-said", textContent: said[id] || "" }),
          ...wrong.map((each) => make("span", { className: `jo-wrong jo-${each.level}`, textContent: each.words }))),
        figures?.nodes[id]?.inside
          ? make("span", { className: "jn-here", title: t("现在停在这一步", "here now") }, icon("users"),
          count(figures.nodes[id].inside)) : null);
      made.dataset.id = id;
      made.setAttribute("aria-pressed", String(selected?.id === id));
      made.addEventListener("click", () => on.select({ id }));
      return made;
    };
    const onward = (list, edge, until) => {
      if (edge.to !== null && until.includes(edge.to)) {
        list.append(make("li", { className: "jo-end", textContent: t("↓ 接着往下", "↓ on below") }));
        return;
      }
      if (edge.to === null) {
        list.append(make("li", { className: "jo-end" },
            make("span", { textContent: edge.lost ? t("没有接上", "leads nowhere") : t("离开旅程", "leave the journey") })));
        return;
      }
      if (shown.has(edge.to)) {
        const other = G.find(doc, edge.to),
          link = make("button", { type: "button", className: "jo-jump" }, icon("corner-up-left"),
          t(`转到「${other.title || words.kind(other.type)}」`, `on to “${other.title || words.kind(other.type)}”`));
        link.addEventListener("click", () => on.select({ id: edge.to }));
        list.append(make("li", {}, link));
        return;
      }
      chain(list, edge.to, until);
    };
    const chain = (list, id, until = []) => {
      shown.add(id);
      const item = make("li", {}, card(id));
      list.append(item);
      const all = G.edges(doc).filter((edge) => edge.from === id);
      if (all.length === 1) {
        item.append(make("div", { className: "jo-link" }, add(id, all[0].way), flow(all[0])));
        onward(list, all[0], until);
        return;
      }
      const found = G.join(doc, id), join = found !== null && !shown.has(found) && !until.includes(found) ? found
        : null;
      for (const edge of all) {
        const inner = make("ol", { className: "jo-list" });
        item.append(make("div", { className: "jo-way" },
            make("span", { className: "jl-way", textContent: words.way(G.find(doc, id), edge.way) }), flow(edge),
            add(id, edge.way)), inner);
        onward(inner, edge, join === null ? until : [...until, join]);
      }
      if (join !== null) { list.append(make("li", { className: "jo-link" })); chain(list, join, until); }
    };
    const list = make("ol", { className: "jo-list jo-root" }), first = G.edges(doc)[0];
    const way = make("li", {}, card(""), make("div", { className: "jo-link" }, add("", "start"), flow(first)));
    list.append(way);
    onward(list, first, []);
    const loose = (doc.nodes || []).filter((node) => !shown.has(node.id));
    const parts = [list];
    while (loose.length) {
      const id = loose.shift().id;
      if (shown.has(id)) continue;
      const apart =
        make("ol", { className: "jo-list jo-root jo-loose", ariaLabel: t("没有接上的步骤", "Steps that nothing leads to") });
      chain(apart, id);
      parts.push(apart);
    }
    place.replaceChildren(...parts);
    if (focused !== undefined) place.querySelector(`[data-id="${CSS.escape(focused)}"]`)?.focus(
      { preventScroll: true });
  };

  // --- one step in figures ------------------------------------------------------------------------------------
  const known = (doc, id, figures, address) => {
    const node = id ? G.find(doc, id) : null, own = figures?.nodes[id], rows = [];
    if (id && own) rows.push([t("到达", "Came"), count(own.came)], [t("继续往下", "Went on"), count(own.went)],
      [t("在这里离开", "Left here"), count(own.left)], [t("现在停在这里", "Here now"), count(own.inside)]);
    if (!id && figures) rows.push([t("累计进入", "Came in"), count(figures.entered)],
      [t("在途人数", "Inside now"), count(figures.inside)], [t("达成目标", "Reached the goal"), count(figures.goal)],
      ...figures.refused.map(([why, many]) => [why, count(many)]));
    const facts =
      make("dl", { className: "facts jf-facts" },
      ...rows.flatMap(([label, value]) => [make("dt", { textContent: label }), make("dd", { textContent: value })]));
    const edges = G.edges(doc).filter((edge) => edge.from === id && figures?.ways[`${id} ${edge.way}`]);
    const bars = edges.length > 1 ? make("ul", { className: "jf-bars" }, ...edges.map((edge) => {
      const found = figures.ways[`${id} ${edge.way}`];
      return make("li", {}, make("span", { textContent: words.way(node, edge.way) || t("下一步", "Next") }),
        make("progress", { max: 1, value: found.share || 0, ariaLabel: words.way(node, edge.way) || t("下一步", "Next") }),
        make("span",
          { className: "num",
            textContent: count(found.people) + G.share(found.share) }));
    })) : null;
    return [facts, bars, own?.inside && address
      ? make("a", { className: "btn btn-sm", href: address, textContent: t("谁在这里", "Who is here") })
      : null].filter(Boolean);
  };
  return { draw, known };
};
