// Tells Siyu what happens in a mini program. 把小程序里发生的事情告诉 Siyu。
//   const siyu = require("./siyu-mini.js");
//   siyu.start({ address: "https://<address>", key: "<page key>" });   // in app.js, before App({...})
// siyu.track(event, properties)  siyu.page(name, properties)  siyu.identify(userId)  siyu.reset()
// Orders, profiles (traits), openid and unionid go from your server with a server key: a page key is public, so they are refused.
const KEEP = 500, AT_ONCE = 50, WAIT = 1000, WAIT_MAX = 300000;
let told = { address: "", key: "" }, sending = false, wait = WAIT, timer = 0, campaign = {};

const kept = (name) => wx.getStorageSync(`siyu.${name}`) || null;
const keep = (name, value) => wx.setStorageSync(`siyu.${name}`, value);
const random = () => `${Date.now().toString(36)}-${[1, 2, 3].map(() => Math.random().toString(36).slice(2, 10)).join("")}`;
const base64 = (text) => {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  let out = "";
  for (let at = 0; at < text.length; at += 3) {
    const [a, b, c] = [0, 1, 2].map((more) => text.charCodeAt(at + more));
    const bits = (a << 16) | ((b || 0) << 8) | (c || 0);
    out += letters[bits >> 18] + letters[(bits >> 12) & 63];
    out += (at + 1 < text.length ? letters[(bits >> 6) & 63] : "=") + (at + 2 < text.length ? letters[bits & 63] : "=");
  }
  return out;
};

function device() {
  const known = kept("device") || random();
  keep("device", known);
  return known;
}

function later(after) {
  clearTimeout(timer);
  timer = setTimeout(send, after);
}

// A call leaves the queue only when the server said that it has it, so a repeat keeps its messageId.
function send() {
  const calls = (kept("queue") || []).slice(0, AT_ONCE);
  if (!calls.length || sending || !told.key) return;
  sending = true;
  wx.request({
    url: `${told.address}/v1/batch?partial=1`,
    method: "POST",
    header: { "content-type": "application/json", authorization: `Basic ${base64(`${told.key}:`)}` },
    data: JSON.stringify({ batch: calls, sentAt: new Date().toISOString() }),
    success({ statusCode, data }) {
      sending = false;
      if (statusCode === 401 || statusCode === 429 || statusCode >= 500) { again(); return; }
      if (statusCode >= 400) console.warn("Siyu", data);
      const done = calls.map((call) => call.messageId);
      keep("queue", (kept("queue") || []).filter((call) => !done.includes(call.messageId)));
      wait = WAIT;
      if ((kept("queue") || []).length) later(0);
    },
    fail() { sending = false; again(); },
  });
}

function again() {
  later(wait);
  wait = Math.min(wait * 2, WAIT_MAX);
}

function call(type, fields) {
  const one = Object.assign({ type, messageId: random(), timestamp: new Date().toISOString(), anonymousId: device() }, fields);
  one.context = Object.assign({ campaign, library: { name: "siyu-mini" } }, fields.context);
  const user = kept("user");
  if (user && !one.userId) one.userId = user;
  keep("queue", (kept("queue") || []).concat(one).slice(-KEEP));
  if (!sending) later(50);
}

// What brought them here: the scene of the platform, and the scene or utm_… of a code or link.
function came({ scene, query = {}, path = "" } = {}) {
  const asked = decodeURIComponent(query.scene || "");
  const found = { source: query.utm_source || (scene ? `scene:${scene}` : ""), name: query.utm_campaign || asked, medium: query.utm_medium || "" };
  campaign = {};
  for (const name of Object.keys(found)) if (found[name]) campaign[name] = found[name];
  call("track", { event: "Application Opened", properties: { scene: scene || 0, path, channel_state: asked } });
}

let shown = "", since = 0;
function leave() {
  const seconds = Math.round((Date.now() - since) / 1000);
  if (shown && seconds >= 1) call("track", { event: "Page Left", properties: { path: shown, seconds } });
  shown = "";
}

function page(name, properties = {}) {
  leave();
  const pages = getCurrentPages();
  shown = (pages.length && pages[pages.length - 1].route) || name || "";
  since = Date.now();
  call("page", Object.assign(name ? { name } : {}, { properties: Object.assign({ path: shown }, properties) }));
}

const track = (event, properties = {}) => call("track", { event, properties });

function identify(userId, traits = {}, externalIds = []) {
  if (userId) keep("user", String(userId));
  call("identify", Object.assign(userId ? { userId: String(userId) } : {}, { traits }, externalIds.length ? { context: { externalIds } } : {}));
}

function reset() {
  wx.removeStorageSync("siyu.user");
  wx.removeStorageSync("siyu.device");
}

// Every page tells by itself that it was shown and left: Page() is wrapped, what the page does itself stays.
function wrap() {
  const plain = Page;
  Page = (options) => {
    for (const [moment, act] of [["onShow", () => page()], ["onHide", leave], ["onUnload", leave]]) {
      const own = options[moment];
      options[moment] = function (...given) {
        act();
        return own && own.apply(this, given);
      };
    }
    return plain(options);
  };
}

function start({ address, key, pages = true }) {
  told = { address: address.replace(/\/+$/, ""), key };
  if (pages) wrap();
  wx.onAppShow(came);
  wx.onAppHide(() => { leave(); send(); });
  later(0);
}

module.exports = { start, track, page, identify, reset, flush: send };
