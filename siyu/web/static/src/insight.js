// The funnel's step editor. The steps are one list; every control changes it, and one hidden field of the form carries
// it, so that the address holds them: as names where that is all they are, else as JSON.
(() => {
  const STEPS_MAX = 16;
  const begin = (place) => {
    place.dataset.begun = "1";
    const held = JSON.parse(place.querySelector("script").textContent);
    const zh = held.language === "zh";
    const t = (chinese, english) => (zh ? chinese : english);
    const field = place.closest("form").elements.steps;
    const { steps } = held;
    const list = document.createElement("ol");
    const controls = () => [...place.querySelectorAll("select, input, button")];
    const changed = () => {
      field.value = steps.some((step) => step.where)
        ? JSON.stringify(steps)
        : steps.map((step) => step.event).join(",");
    };
    const redraw = () => {
      // the control at the same place keeps the focus, so that the keyboard alone is enough
      const focused = controls().indexOf(document.activeElement);
      list.replaceChildren(...steps.map(drawn));
      more.hidden = steps.length >= STEPS_MAX;
      if (focused >= 0) (controls()[focused] || controls().at(-1))?.focus();
      changed();
    };
    const { make, select, button, remove, named, wherePart } = window.ruleParts(held.offered, zh, redraw, changed);
    const events = [["*", t("任意行为", "anything")], ...named(held.offered.events)];
    const move = (at, by) => {
      steps.splice(at + by, 0, ...steps.splice(at, 1));
      redraw();
    };
    const mover = (words, sign, at, by, stuck) =>
      Object.assign(
        button(sign, () => move(at, by), "rule-remove"),
        { title: words, ariaLabel: words, disabled: stuck },
      );
    const drawn = (step, at) =>
      make(
        "li",
        {},
        make(
          "div",
          { className: "funnel-step" },
          select(t(`第 ${at + 1} 步`, `Step ${at + 1}`), events, step.event, (event) => {
            step.event = event;
            delete step.where;
            redraw();
          }),
          mover(t("上移", "Move up"), "↑", at, -1, at === 0),
          mover(t("下移", "Move down"), "↓", at, 1, at === steps.length - 1),
          steps.length > 1
            ? remove(t("删除此步", "Remove"), () => {
                steps.splice(at, 1);
                redraw();
              })
            : null,
        ),
        wherePart(step),
      );
    const more = button(t("+ 添加一步", "+ Add a step"), () => {
      steps.push({ event: steps.at(-1).event });
      redraw();
    });
    place.append(list, more);
    redraw();
  };
  const beginAll = () => document.querySelectorAll("[data-steps]:not([data-begun])").forEach(begin);
  document.addEventListener("DOMContentLoaded", beginAll);
  document.addEventListener("htmx:afterSettle", beginAll);
})();
