// The content calendar: a plan goes to another day by drag, or by Alt and an arrow. The server moves it and offers the way back.
(() => {
  const STEPS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };
  let held = null;
  let focusOn = null;

  const moved = (plan, day) => htmx.ajax("POST", `/content/plans/${plan}/move`, { values: { day }, swap: "none", source: document.body });

  const shifted = (day, days) => {
    const at = new Date(`${day}T00:00:00Z`);
    at.setUTCDate(at.getUTCDate() + days);
    return at.toISOString().slice(0, 10);
  };

  const cell = (event) => event.target.closest?.("td[data-day]");

  document.addEventListener("dragstart", (event) => {
    const plan = event.target.closest?.("[data-plan]");
    if (!plan) return;
    held = { plan: plan.dataset.plan, day: plan.dataset.day };
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", held.plan);
  });
  document.addEventListener("dragover", (event) => {
    const over = held && cell(event);
    if (!over) return;
    event.preventDefault();
    over.classList.add("cal-over");
  });
  document.addEventListener("dragleave", (event) => cell(event)?.classList.remove("cal-over"));
  document.addEventListener("dragend", () => {
    held = null;
    for (const each of document.querySelectorAll("td.cal-over")) each.classList.remove("cal-over");
  });
  document.addEventListener("drop", (event) => {
    const target = held && cell(event);
    if (!target) return;
    event.preventDefault();
    const { plan, day } = held;
    held = null;
    if (target.dataset.day !== day) moved(plan, target.dataset.day);
  });
  document.addEventListener("keydown", (event) => {
    const plan = event.target.closest?.("[data-plan]");
    if (!plan || !event.altKey || !(event.key in STEPS)) return;
    event.preventDefault();
    const day = shifted(plan.dataset.day, STEPS[event.key]);
    focusOn = `[data-plan="${plan.dataset.plan}"][data-day="${day}"]`;
    moved(plan.dataset.plan, day);
  });
  document.addEventListener("htmx:afterSettle", () => {
    const there = focusOn && document.querySelector(focusOn); // it stands there once the month was read anew
    if (!there) return;
    there.focus();
    focusOn = null;
  });
})();
