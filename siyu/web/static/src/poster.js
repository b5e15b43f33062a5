// The places of a poster are dragged on its preview, or moved with the arrow keys; the fields say where they are.
"use strict";
(() => {
  const field = (place, name) => document.getElementById(`f-${place}.${name}`);
  const rounded = (mm) => String(Math.round(mm * 2) / 2);
  const told = () => document.getElementById("poster-form").dispatchEvent(new Event("input", { bubbles: true }));

  const move = (box, x, y) => {
    // In mm, within the paper; the fields follow at once.
    const stage = box.closest("[data-stage]");
    const paper = [Number(stage.dataset.width), Number(stage.dataset.height)];
    const size = [box.offsetWidth / stage.clientWidth * paper[0], box.offsetHeight / stage.clientHeight * paper[1]];
    const most = paper.map((whole, way) => Math.floor((whole - size[way]) * 2 + 0.01) / 2);
    const place = [x, y].map((each, way) => Math.max(0, Math.min(each, most[way])));
    box.style.left = `${100 * place[0] / paper[0]}%`;
    box.style.top = `${100 * place[1] / paper[1]}%`;
    field(box.dataset.place, "x").value = rounded(place[0]);
    field(box.dataset.place, "y").value = rounded(place[1]);
  };

  document.addEventListener("pointerdown", (event) => {
    const box = event.target.closest?.(".poster-box");
    if (!box || event.button) return;
    const stage = box.closest("[data-stage]");
    const scale = Number(stage.dataset.width) / stage.clientWidth;
    const from = { x: event.clientX, y: event.clientY, left: box.offsetLeft * scale, top: box.offsetTop * scale };
    const follow = (moved) => {
      move(box, from.left + (moved.clientX - from.x) * scale, from.top + (moved.clientY - from.y) * scale);
    };
    box.setPointerCapture(event.pointerId);
    box.classList.add("moving");
    box.addEventListener("pointermove", follow);
    const done = () => {
      box.classList.remove("moving");
      box.removeEventListener("pointermove", follow);
      told();
    };
    box.addEventListener("pointerup", done, { once: true });
    box.addEventListener("pointercancel", done, { once: true });
  });

  document.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    const box = event.target.closest?.(".poster-box");
    if (!box || !step) return;
    event.preventDefault();
    const place = box.dataset.place;
    move(box, Number(field(place, "x").value) + step[0], Number(field(place, "y").value) + step[1]);
    told();
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    // The box that was moved by keys keeps the focus in the new preview.
    if (event.target.id !== "preview" || !held) return;
    event.target.querySelector(`[data-place="${held}"]`)?.focus();
  });
  let held = "";
  document.addEventListener("focusin", (event) => { held = event.target.dataset?.place ?? ""; });

  document.addEventListener("change", (event) => {
    // Another size of paper: the places begin anew, the words stay.
    if (event.target.name !== "size" || !event.target.form?.matches("[data-poster]")) return;
    const start = JSON.parse(event.target.form.dataset.starts)[event.target.value];
    event.target.form.querySelectorAll("[data-mm]").forEach((each) => { each.value = start[each.name]; });
    told();
  });
})();
