// The rows of a scheme of layers: add, move, take away. Without it the rows there are can still be filled in.
(() => {
  const rows = document.getElementById("layer-rows");
  if (!rows) return;
  const told = () => rows.dispatchEvent(new Event("change", { bubbles: true }));
  const add = () => {
    rows.append(document.getElementById("layer-blank").content.cloneNode(true));
    rows.lastElementChild.querySelector("[name=layer_zh]").focus();
  };
  const acts = {
    "[data-layer-up]": (row) => row.previousElementSibling?.before(row),
    "[data-layer-down]": (row) => row.nextElementSibling?.after(row),
    "[data-layer-drop]": (row) => { row.remove(); if (!rows.children.length) add(); },
  };
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-layer-add]")) { add(); return; }
    for (const [selector, act] of Object.entries(acts)) {
      const button = event.target.closest(selector);
      if (!button) continue;
      act(button.closest("[data-layer]"));
      if (button.isConnected) button.focus();
      told();
    }
  });
})();
