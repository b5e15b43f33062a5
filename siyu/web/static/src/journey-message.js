// The form of a message: by which accounts, what it says on each channel, and how it is sent.
window.journeyMessage = ({ t, data, app, server }, { make, field, text, area, choose, tick, span, sub }) => {
  const preview = (node) => {
    const who = make("input", {
      className: "form-control", type: "number", min: 1,
      placeholder: t("客户编号；不填取一位", "a person's number; empty: somebody"),
      ariaLabel: t("按哪位客户（编号）", "As which person (number)"),
    });
    const shown = make("div", { className: "je-preview", ariaLive: "polite" });
    const ask = async () => {
      try {
        const html = await server.preview(node, Number(who.value) || null, app.doc.trigger);
        shown.replaceChildren(...new DOMParser().parseFromString(html, "text/html").body.childNodes);
      } catch {
        shown.textContent = t("暂时无法预览", "No preview just now");
      }
    };
    const go = make("button", { type: "button", className: "btn", textContent: t("预览", "Preview") });
    go.addEventListener("click", ask);
    let wait = 0;
    app.previewing = () => { clearTimeout(wait); if (shown.isConnected) wait = setTimeout(ask, 400); };
    setTimeout(() => app.previewing());
    return make("div", { className: "je-previewing" }, make("div", { className: "jf-pair" }, who, go), shown);
  };
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
      const library = (data.library || []).length
        ? field(t("从素材库选", "From the library"),
          choose(data.library.map((each) => [String(each.id), each.label]), String(node.pieces?.[channel]?.[0] ?? ""),
            (key) => {
              const chosen = data.library.find((each) => String(each.id) === key);
              node.pieces = { ...node.pieces };
              delete node.pieces[channel];
              if (chosen) {
                node.pieces[channel] = [chosen.id, chosen.version];
                (node.content ||= {})[channel] = { ...node.content[channel], ...chosen.filled[channel] };
                node.tone = chosen.tone;
              }
              if (!Object.keys(node.pieces).length) delete node.pieces;
            }, { none: t("不用", "None") }), { path: `pieces.${channel}` })
        : null;
      return sub(`${t("内容", "Content")} · ${about.label}`, library,
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
      used.length ? sub(t("预览", "Preview"), preview(node)) : null,
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
  return message;
};
