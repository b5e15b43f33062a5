// A journey's document as the editor changes it: ways out of steps, steps put in and taken out, where they lie, and
// what was done, to be undone. No page, no server.
window.journeyGraph = (() => {
  const WIDTH = 232, HEIGHT = 88, GAP_X = 40, GAP_Y = 72, STEPS_BACK_MAX = 200;

  // --- ways out, by kind as the server names them ---------------------------------------------------------------
  const listed = { branch: "cases", split: "arms" };
  const ways = (node) => {
    if (node.type === "exit") return [];
    if (node.type === "branch") return [...node.cases.map((each, place) =>
        ({ way: String(place), to: each.to ?? null })), { way: "otherwise", to: node.otherwise ?? null }];
    if (node.type === "split") return node.arms.map((each, place) => ({ way: String(place), to: each.to ?? null }));
    const names = ["next"];
    if (node.type === "wait_event") names.push("timeout");
    if (node.type === "message" && node.own_way_when_held) names.push("held");
    if (node.type === "task" && node.wait) names.push("late");
    return names.map((way) => ({ way, to: node[way] ?? null }));
  };
  const lead = (node, way, to) => {
    const list = listed[node.type];
    const [holder, key] = list && way !== "otherwise" ? [node[list][Number(way)], "to"] : [node, way];
    if (to === null) delete holder[key]; else holder[key] = to;
  };
  const find = (doc, id) => (doc.nodes || []).find((node) => node.id === id);
  const edges = (doc) => [
    { from: "", way: "start", to: doc.start ?? null },
    ...(doc.nodes || []).flatMap((node) => ways(node).map(({ way, to }) => ({ from: node.id, way, to }))),
  ].map((edge) => (edge.to !== null && !find(doc, edge.to) ? { ...edge, to: null, lost: true } : edge));
  const leadFrom = (doc, from, way, to) => {
    if (from) lead(find(doc, from), way, to); else if (to === null) delete doc.start; else doc.start = to;
  };

  // --- steps put in and taken out -------------------------------------------------------------------------------
  const freshId = (doc, type) => {
    for (;;) {
      const id = `${type}_${Math.random().toString(36).slice(2, 6)}`;
      if (!find(doc, id)) return id;
    }
  };
  // into a way: who went there goes on from the new step
  const insert = (doc, node, from, way) => {
    (doc.nodes ||= []).push(node);
    if (from === undefined) { if (!doc.start && doc.nodes.length === 1) doc.start = node.id; return; }
    const on = edges(doc).find((edge) => edge.from === from && edge.way === way)?.to ?? null;
    leadFrom(doc, from, way, node.id);
    const first = ways(node)[0];
    if (on !== null && first) lead(node, first.way, on);
  };
  // whoever went to it goes where it led, if it led to one place
  const takeOut = (doc, id) => {
    const on = [...new Set(ways(find(doc, id)).map(({ to }) => to).filter((to) => to !== null && to !== id
          && find(doc, to)))];
    for (const edge of edges(doc)) if (edge.to === id) leadFrom(doc, edge.from, edge.way, on.length === 1 ? on[0]
      : null);
    doc.nodes = doc.nodes.filter((node) => node.id !== id);
  };

  // --- where they lie: in layers from the first step on, each over those it leads to ------------------------------
  const order = (doc) => {
    const seen = new Set(), done = [], back = new Set();
    const walk = (id, above) => {
      seen.add(id);
      for (const { way, to } of ways(find(doc, id))) {
        if (to === null || !find(doc, to)) continue;
        if (above.has(to) || to === id) back.add(`${id} ${way}`);
        else if (!seen.has(to)) walk(to, new Set([...above, id]));
      }
      done.unshift(id);
    };
    for (const id of [doc.start, ...(doc.nodes || []).map((node) => node.id)]) if (id && find(doc, id)
      && !seen.has(id)) walk(id, new Set());
    return { done, back };
  };
  const layout = (doc) => {
    const { done, back } = order(doc);
    const layer = new Map(done.map((id) => [id, 0]));
    const links = [];
    for (const id of done) for (const { way, to } of ways(find(doc, id))) {
      if (to === null || !layer.has(to) || back.has(`${id} ${way}`)) continue;
      layer.set(to, Math.max(layer.get(to), layer.get(id) + 1));
      links.push([id, to]);
    }
    // a long way takes a place in every layer that it passes
    const rows = [], above = new Map(), below = new Map();
    const put = (id, at) => { (rows[at] ||= []).push(id); above.set(id, []); below.set(id, []); };
    for (const id of done) put(id, layer.get(id));
    for (const [from, to] of links) {
      let last = from;
      for (let at = layer.get(from) + 1; at < layer.get(to); at += 1) {
        const stop = `~${from}~${to}~${at}`;
        if (!above.has(stop)) put(stop, at);
        below.get(last).push(stop);
        above.get(stop).push(last);
        last = stop;
      }
      below.get(last).push(to);
      above.get(to).push(last);
    }
    const place = new Map();
    const number = () => rows.forEach((row) => row.forEach((id, at) => place.set(id, at)));
    number();
    for (let turn = 0; turn < 6; turn += 1) {
      const near = turn % 2 ? below : above;
      for (const row of turn % 2 ? [...rows].reverse() : rows) {
        const wish =
          new Map(row.map((id) =>
            [id, near.get(id).length
              ? near.get(id).reduce((sum, each) =>
                sum + place.get(each) + (near === above ? below.get(each).indexOf(id) / 100 : 0),
                0) / near.get(id).length : place.get(id)]));
        row.sort((one, other) => wish.get(one) - wish.get(other));
        row.forEach((id, at) => place.set(id, at));
      }
    }
    const wide = (id) => (id.startsWith("~") ? 30 : WIDTH + GAP_X);
    const x = new Map();
    rows.forEach((row) => {
      let left = 0;
      row.forEach((id) => { x.set(id, left + wide(id) / 2); left += wide(id); });
      row.forEach((id) => x.set(id, x.get(id) - left / 2));
    });
    for (let turn = 0; turn < 12; turn += 1) {
      const near = turn % 2 ? below : above;
      for (const row of turn % 2 ? [...rows].reverse() : rows) {
        const wish =
          row.map((id) =>
          (near.get(id).length ? near.get(id).reduce((sum, each) => sum + x.get(each), 0) / near.get(id).length
            : x.get(id)));
        const at = [...wish];
        for (let i = 1; i < row.length; i += 1) at[i] =
          Math.max(at[i], at[i - 1] + (wide(row[i - 1]) + wide(row[i])) / 2);
        const slip = at.reduce((sum, each, i) => sum + each - wish[i], 0) / row.length;
        row.forEach((id, i) => x.set(id, at[i] - slip));
      }
    }
    for (const id of done) find(doc, id).at =
      [Math.round((x.get(id) - WIDTH / 2) / 8) * 8, layer.get(id) * (HEIGHT + GAP_Y)];
  };
  // what was never laid out (from a file, from the API) is, and the rest stays where it was put
  const laidOut = (doc) => { if ((doc.nodes || []).some((node) => !node.at)) layout(doc); };

  // --- what was done ------------------------------------------------------------------------------------------
  const history = (first) => {
    let back = [], forth = [], now = JSON.stringify(first), lastKey = "", lastAt = 0;
    return {
      // one key within a second and a half is one act: typing a word, holding an arrow
      keep(doc, key = "") {
        const next = JSON.stringify(doc);
        if (next === now) return false;
        if (!key || key !== lastKey || Date.now() - lastAt > 1500) {
          back.push(now);
          back = back.slice(-STEPS_BACK_MAX);
        }
        [now, forth, lastKey, lastAt] = [next, [], key, Date.now()];
        return true;
      },
      undo() {
        if (!back.length) return null;
        forth.push(now);
        now = back.pop();
        lastKey = "";
        return JSON.parse(now);
      },
      redo() {
        if (!forth.length) return null;
        back.push(now);
        now = forth.pop();
        lastKey = "";
        return JSON.parse(now);
      },
      get undoable() { return back.length > 0; },
      get redoable() { return forth.length > 0; },
    };
  };

  // where all ways out of a step come together again, if they do: the first such step; null where they do not
  const join = (doc, id) => {
    const behind = (from) => {
      const found = [from];
      for (const each of found) for (const { to } of ways(find(doc, each))) if (to && to !== id && find(doc, to)
        && !found.includes(to)) found.push(to);
      return found;
    };
    const all = [...new Set(ways(find(doc, id)).map(({ to }) => to).filter((to) => to && to !== id
          && find(doc, to)))].map(behind);
    return all.length ? all[0].find((each) => all.every((others) => others.includes(each))) ?? null : null;
  };

  // --- words of what is drawn -------------------------------------------------------------------------------------
  const names = (...all) => all.filter(Boolean).join(" ");
  const share = (part) => (part === undefined ? "" : ` · ${Math.round(part * 100)}%`);

  return { WIDTH, HEIGHT, GAP_Y, names, share, join, ways, lead, leadFrom, find, edges, order, freshId, insert, takeOut,
    layout, laidOut, history };
})();
