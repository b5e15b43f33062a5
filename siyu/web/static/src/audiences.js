// The page of an audience: the rule editor, the text area that carries the rule to the server, and beside it what the
// rule means and how many people it holds for, which the server alone knows.
(() => {
  const place = document.getElementById("rule-editor");
  if (!place) return;
  const zh = place.dataset.language === "zh";
  const t = (chinese, english) => (zh ? chinese : english);
  const text = document.getElementById("rule-text");
  const people = document.getElementById("rule-people"),
    said = document.getElementById("rule-said"),
    wrong = document.getElementById("rule-wrong"),
    busy = document.getElementById("rule-busy");
  let asking = null,
    waiting = 0;
  const changed = () => {
    text.value = JSON.stringify(editor.rule(), null, 2);
    clearTimeout(waiting);
    asking?.abort();
    busy.hidden = false;
    waiting = setTimeout(ask, 180);
  };
  const editor = window.siyuRules(
    place,
    JSON.parse(document.getElementById("rule-catalogue").textContent),
    zh,
    changed,
  );
  const post = async (what, signal) => {
    const answer = await fetch(`/api/rules/${what}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ rule: editor.rule() }),
      signal,
    });
    const found = await answer.json();
    if (!answer.ok) throw Object.assign(new Error(), { told: found.error || found });
    return found;
  };
  const ask = async () => {
    asking = new AbortController();
    const { signal } = asking;
    try {
      const sentence = await post("sentence", signal);
      await new Promise(window.siyuWhenFree); // a longer sentence moves the button below it
      said.textContent = t(sentence.zh, sentence.en);
      mark(null);
      const found = await post("count", signal);
      people.textContent = (found.approximate ? t("约 ", "about ") : "") + found.people.toLocaleString("en-US");
      busy.hidden = true;
    } catch (error) {
      if (error.name === "AbortError") return;
      busy.hidden = true;
      people.textContent = "—";
      const told = error.told || {};
      mark(
        told.field,
        told.zh ? t(told.zh, told.en) : told.message || told.detail || t("暂时无法计算", "It can't be counted now"),
      );
    }
  };
  const mark = (at, words = "") => {
    wrong.hidden = !words;
    wrong.textContent = words;
    editor.mark(at);
  };

  const read = () => {
    editor.set(JSON.parse(text.value || "{}"));
    changed();
  };
  text.addEventListener("change", () =>
    window.siyuWhenFree(() => {
      try {
        read();
      } catch (error) {
        mark(null, String(error.message));
      }
    }),
  );
  try {
    read();
  } catch {
    editor.set({});
    changed();
  }
})();
