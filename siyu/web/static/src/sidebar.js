/* Asks WeCom's client whose chat is open. Its own scripts are loaded only where the account says so; without them, or
   where they do not answer, the adviser chooses the customer from the list, which is there from the start. */
(() => {
  "use strict";
  const desk = document.querySelector("[data-desk]");
  if (!desk || !desk.dataset.scripts) return;
  const SECONDS_MAX = 6;
  const CALLS = ["getContext", "getCurExternalContact", "sendChatMessage"];
  let settled = false;

  const give_up = (words) => {
    if (settled) return;
    settled = true;
    const asking = document.getElementById("asking");
    if (asking) asking.textContent = words;
  };

  const load = (address) =>
    new Promise((done, failed) => {
      const script = document.createElement("script");
      script.src = address;
      script.onload = done;
      script.onerror = failed;
      document.head.append(script);
    });

  const invoke = (name, given = {}) =>
    new Promise((done, failed) =>
      window.wx.invoke(name, given, (answer) =>
        answer && answer.err_msg === `${name}:ok` ? done(answer) : failed(answer),
      ),
    );

  const agent_config = (signed) =>
    new Promise((success, fail) =>
      window.wx.agentConfig({
        corpid: signed.corp_id,
        agentid: signed.agent_id,
        timestamp: signed.timestamp,
        nonceStr: signed.nonce,
        signature: signed.agent,
        jsApiList: CALLS,
        success,
        fail,
      }),
    );

  /* Clients before 3.0.24 want the company's signature first; later ones do without. */
  const config = (signed) =>
    new Promise((done) => {
      window.wx.ready(done);
      window.wx.error(done);
      window.wx.config({
        beta: true,
        debug: false,
        appId: signed.corp_id,
        timestamp: signed.timestamp,
        nonceStr: signed.nonce,
        signature: signed.page,
        jsApiList: CALLS,
      });
    });

  let opened = null;
  const open = () => (opened ||= signed_in());
  const signed_in = async () => {
    for (const address of desk.dataset.scripts.split(" ")) await load(address);
    const here = location.href.split("#")[0];
    const answer = await fetch(`${desk.dataset.desk}/signature?url=${encodeURIComponent(here)}`);
    if (!answer.ok) throw new Error("signature");
    const signed = await answer.json();
    await config(signed);
    await agent_config(signed);
  };

  const ask = async () => {
    await open();
    const context = await invoke("getContext");
    if (context.entry === "group_chat_tools") return give_up(desk.dataset.group);
    const found = await invoke("getCurExternalContact");
    if (settled) return;
    settled = true;
    location.replace(`${desk.dataset.desk}?external_userid=${encodeURIComponent(found.userId)}`);
  };

  /* A script goes into the open chat; where the client refuses, its words are there to be copied. */
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-send]");
    if (!button) return;
    const message = { msgtype: "text", text: { content: button.dataset.send } };
    open()
      .then(() => invoke("sendChatMessage", message))
      .then(() => button.form.dispatchEvent(new Event("sent")))
      .catch(() => {
        opened = null;
        button.textContent = button.dataset.failed;
      });
  });
  if (!("asks" in desk.dataset)) return;
  setTimeout(() => give_up(desk.dataset.missing), SECONDS_MAX * 1000);
  ask().catch(() => give_up(desk.dataset.missing));
})();
