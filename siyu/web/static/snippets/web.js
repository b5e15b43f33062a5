// Tells Siyu what happens on a web page. 把网页上发生的事情告诉 Siyu。
//   <script async src="https://<address>/collect/web.js" data-key="<page key>"></script>
// data-consent="ask": nothing is kept or sent before siyu.consent(true).   data-pages="off": no page views by itself.
// siyu.track(event, properties)  siyu.page(name, properties)  siyu.identify(userId)  siyu.reset()
// Orders, profiles (traits) and identifiers of platforms go from your server with a server key: a page key is public, so they are refused.
(() => {
  const tag = document.currentScript;
  if (!tag || window.siyu?.loaded) return;
  const key = tag.dataset.key || "";
  const door = new URL("/v1/batch?partial=1", tag.src).href;
  const KEEP = 500, AT_ONCE = 50, WAIT = 1000, WAIT_MAX = 300000, KEEPALIVE_BYTES = 60000;

  // --- what is remembered on this device; where the browser forbids it, until the page is left
  const passing = {};
  const kept = {
    get(name) {
      if (name in passing) return passing[name];
      try { return JSON.parse(localStorage.getItem(`siyu.${name}`)); } catch { return null; }
    },
    set(name, value) {
      try { localStorage.setItem(`siyu.${name}`, JSON.stringify(value)); } catch { passing[name] = value; }
    },
    drop(name) {
      delete passing[name];
      try { localStorage.removeItem(`siyu.${name}`); } catch { /* forbidden: nothing is there */ }
    },
    names(beginning) {
      const found = Object.keys(passing);
      try { found.push(...Object.keys(localStorage).filter((name) => name.startsWith("siyu.")).map((name) => name.slice(5))); } catch { /* forbidden */ }
      return found.filter((name) => name.startsWith(beginning)).sort();
    },
  };
  const random = () => crypto.randomUUID?.() ?? Array.from(crypto.getRandomValues(new Uint8Array(16)), (n) => n.toString(16).padStart(2, "0")).join("");
  const device = () => {
    const known = kept.get("device") || random();
    kept.set("device", known);
    return known;
  };
  const allowed = () => kept.get("consent") ?? tag.dataset.consent !== "ask";

  // --- the queue: each call under a name of its own, for other pages of the site write too. It is forgotten only when
  // the server said that it has it, so a repeat keeps its messageId and counts once.
  let sending = false, wait = WAIT, timer = 0, written = 0;
  const waiting = () => kept.names("call.");
  const later = (after) => { clearTimeout(timer); timer = setTimeout(send, after); };

  async function send(leaving = false) {
    const names = allowed() ? waiting().slice(0, AT_ONCE) : [];
    if (!names.length || (sending && !leaving)) return;
    sending = true;
    try {
      const body = JSON.stringify({ batch: names.map(kept.get).filter(Boolean), sentAt: new Date().toISOString() });
      const headers = { "content-type": "application/json", authorization: `Basic ${btoa(`${key}:`)}` };
      const keepalive = leaving && body.length < KEEPALIVE_BYTES;
      const answer = await fetch(door, { method: "POST", headers, body, keepalive, credentials: "omit" });
      if (answer.status === 401 || answer.status === 429 || answer.status >= 500) throw new Error(String(answer.status));
      // Taken, or refused for good: either way it is not asked again.
      if (!answer.ok) console.warn("Siyu", await answer.json().catch(() => answer.status));
      names.forEach(kept.drop);
      wait = WAIT;
      sending = false;
      if (waiting().length) later(0);
    } catch {
      sending = false;
      later(wait);
      wait = Math.min(wait * 2, WAIT_MAX);
    }
  }

  function call(type, fields) {
    if (!allowed()) return;
    const one = { type, messageId: random(), timestamp: new Date().toISOString(), anonymousId: device(), context: context(), ...fields };
    const user = kept.get("user");
    if (user && !one.userId) one.userId = user;
    const order = `${Date.now().toString(36).padStart(9, "0")}.${String(written++).padStart(6, "0")}`;
    kept.set(`call.${order}.${one.messageId}`, one);
    waiting().slice(0, -KEEP).forEach(kept.drop);
    if (!sending) later(50);
  }

  // --- what brought them here: kept for the visit, for the order often comes pages later
  function campaign() {
    const asked = new URLSearchParams(location.search);
    const told = {};
    for (const part of ["source", "name", "medium", "term", "content"]) {
      const value = asked.get(part === "name" ? "utm_campaign" : `utm_${part}`);
      if (value) told[part] = value.slice(0, 200);
    }
    try {
      if (Object.keys(told).length) sessionStorage.setItem("siyu.campaign", JSON.stringify(told));
      return JSON.parse(sessionStorage.getItem("siyu.campaign")) || told;
    } catch { return told; }
  }
  const context = () => ({ campaign: campaign(), locale: navigator.language, library: { name: "siyu-web" } });

  // --- pages, also where one page plays many; how long each was looked at
  const where = () => ({ url: location.origin + location.pathname, path: location.pathname, title: document.title });
  let shown = "", before = document.referrer, since = 0, looked = 0, left = null;
  const look = (begins) => {
    if (since) looked += Date.now() - since;
    since = begins ? Date.now() : 0;
  };
  function leave() {
    look(false);
    if (left && looked >= 1000) call("track", { event: "Page Left", properties: { ...left, seconds: Math.round(looked / 1000) } });
    looked = 0;
  }
  function page(name, properties) {
    leave();
    left = where();
    call("page", { ...(name ? { name } : {}), properties: { ...left, referrer: before, ...properties } });
    before = location.href;
    look(document.visibilityState === "visible");
  }
  function turned() {
    if (tag.dataset.pages === "off" || shown === location.pathname) return;
    shown = location.pathname;
    page();
  }

  const api = {
    loaded: true,
    track: (event, properties = {}) => call("track", { event, properties }),
    page,
    identify(userId, traits = {}, externalIds = []) {
      if (!allowed()) return;
      if (userId) kept.set("user", String(userId));
      const more = externalIds.length ? { context: { ...context(), externalIds } } : {};
      call("identify", { ...(userId ? { userId: String(userId) } : {}), traits, ...more });
    },
    reset() {
      kept.drop("user");
      kept.drop("device");
    },
    consent(yes) {
      kept.set("consent", Boolean(yes));
      if (yes) { shown = ""; turned(); return; }
      for (const name of [...waiting(), "user", "device"]) kept.drop(name);
    },
    flush: () => send(),
  };

  const early = window.siyu?.q || [];
  window.siyu = api;
  for (const method of ["pushState", "replaceState"]) {
    const plain = history[method];
    history[method] = function (...given) { plain.apply(this, given); turned(); };
  }
  addEventListener("popstate", turned);
  addEventListener("pageshow", (event) => { if (event.persisted) { shown = ""; turned(); } });
  addEventListener("online", () => send());
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") look(true);
    else { leave(); send(true); }
  });
  addEventListener("pagehide", () => { leave(); send(true); });
  document.addEventListener("click", ({ target }) => {
    const named = target.closest?.("[data-siyu]");
    if (!named) return;
    const { siyu: event, ...rest } = named.dataset;
    const properties = {};
    for (const [name, value] of Object.entries(rest)) if (name.startsWith("siyu")) properties[name[4].toLowerCase() + name.slice(5)] = value;
    call("track", { event, properties });
  }, true);
  turned();
  for (const [method, ...given] of early) api[method]?.(...given);
})();
