// What the editor asks of the server. A refusal is thrown as an error in the reader's language, with its ``code``.
window.journeyServer = ({ t, data }) => {
  const json = { "content-type": "application/json" };
  const read = async (answer) => {
    const found = await answer.json().catch(() => null);
    if (found === null) throw new Error(t("没有得到应答，请刷新页面再试。", "No answer; reload the page and try again."));
    if (!answer.ok) {
      const said = found.error?.message || t("出错了", "Something went wrong");
      throw Object.assign(new Error(said), { code: found.error?.code });
    }
    return found;
  };
  const post = async (url, what, signal) =>
    read(await fetch(url, { method: "POST", headers: json, body: JSON.stringify(what), signal }));
  return {
    // what a document (or its text) means, and what is wrong with it
    look: (what, signal) => post("/journeys/look", { ...what, number: data.number }, signal),
    save: (document, seen) => post(`/journeys/${data.number}/save`, { document, seen }),
    // what platforms will not allow of the draft as it is kept; null where nothing can be said
    needs: async () => {
      const answer =
        await fetch(`/journeys/${data.number}/forecast/problems`, { headers: { accept: "application/json" } });
      return answer.ok ? answer.json() : null;
    },
    // one person's way, or the people that a search finds
    path: async (query) => read(await fetch(`/journeys/${data.number}/path?${new URLSearchParams(query)}`)),
    // a message as somebody would get it, as HTML
    preview: async (message, person, trigger) => {
      const body = JSON.stringify({ message, person, trigger });
      return (await fetch("/journeys/preview", { method: "POST", headers: json, body })).text();
    },
  };
};
