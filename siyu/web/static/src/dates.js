// Dates read 2026-11-22 for everybody, whatever the browser's own date field would show: a text that can be typed, and
// a month to pick from. An input with data-date="day" or "minute" beside a button with data-date-open (ui.date_input).
(() => {
  const words = document.getElementById("date-open")?.dataset;
  if (!words) return;
  const language = document.documentElement.lang;
  const two = (number) => String(number).padStart(2, "0");
  const written = (date) =>
    `${String(date.getFullYear()).padStart(4, "0")}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const PARTS = /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T](\d{1,2}):(\d{2}))?$/;

  /** What was typed as {date, time}; null where it is no day of the calendar. Slashes and dots are understood. */
  const read = (text) => {
    const found = PARTS.exec(
      text
        .trim()
        .replaceAll("：", ":")
        .replace(/[/.年月]/g, "-")
        .replace("日", ""),
    );
    if (!found) return null;
    const [, year, month, day, hour, minute] = found.map(Number);
    const date = new Date(year, month - 1, day);
    date.setFullYear(year);
    if (date.getMonth() !== month - 1 || date.getDate() !== day || hour > 23 || minute > 59) return null;
    return { date, time: found[4] === undefined ? null : `${two(hour)}:${two(minute)}` };
  };
  const full = (input, { date, time }) =>
    written(date) + (input.dataset.date === "minute" ? ` ${time || "09:00"}` : "");
  const check = (input) => {
    const text = input.value.trim();
    const found = text ? read(text) : null;
    const wrong = Boolean(text) && !found;
    input.setCustomValidity(wrong ? (input.dataset.date === "minute" ? words.wrongMinute : words.wrongDay) : "");
    input.toggleAttribute("aria-invalid", wrong);
    if (found) input.value = full(input, found);
    return !wrong;
  };
  // Before anything else hears of the change: what is no date is said at once and goes nowhere.
  addEventListener(
    "change",
    (event) => {
      if (!event.target.matches?.("input[data-date]") || check(event.target)) return;
      event.stopImmediatePropagation();
      event.target.reportValidity();
    },
    true,
  );

  // --- the month to pick from
  let pop = null,
    input = null,
    shown = null;
  const make = (tag, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };
  const close = (focus) => {
    if (!pop) return;
    const leaving = pop;
    pop = null; // first: taking it away moves the focus, which is listened to below
    leaving.remove();
    const opener = input.parentElement.querySelector("[data-date-open]");
    opener?.setAttribute("aria-expanded", "false");
    if (focus) opener?.focus();
  };
  const choose = (date) => {
    input.value = full(input, { date, time: read(input.value)?.time });
    const chosen = input;
    close(true);
    chosen.dispatchEvent(new Event("input", { bubbles: true }));
    chosen.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const moved = (date, days) => new Date(date.getFullYear(), date.getMonth(), date.getDate() + days);
  const draw = (focus) => {
    const held = read(input.value)?.date,
      today = written(new Date());
    const turn = (label, sign, months) => {
      const button = make("button", { type: "button", className: "date-turn", textContent: sign, ariaLabel: label });
      button.addEventListener("click", () => {
        shown = new Date(shown.getFullYear(), shown.getMonth() + months, 1);
        draw(false);
        pop.querySelector(`[aria-label="${label}"]`).focus();
      });
      return button;
    };
    const title = make("strong", {
      textContent: new Intl.DateTimeFormat(language, { year: "numeric", month: "long" }).format(shown),
    });
    title.setAttribute("aria-live", "polite");
    const head = make(
      "div",
      { className: "date-head" },
      turn(words.lastYear, "«", -12),
      turn(words.lastMonth, "‹", -1),
      title,
      turn(words.nextMonth, "›", 1),
      turn(words.nextYear, "»", 12),
    );
    const grid = make("div", { className: "date-grid" });
    const monday = new Date(2024, 0, 1);
    for (let day = 0; day < 7; day += 1)
      grid.append(
        make("span", {
          ariaHidden: "true",
          textContent: new Intl.DateTimeFormat(language, { weekday: "narrow" }).format(moved(monday, day)),
        }),
      );
    const first = moved(shown, 1 - shown.getDate());
    for (let at = 0; at < 42; at += 1) {
      const date = moved(first, at - ((first.getDay() + 6) % 7)),
        text = written(date);
      const button = make("button", { type: "button", textContent: date.getDate(), ariaLabel: text, tabIndex: -1 });
      button.dataset.day = text;
      button.classList.toggle("other", date.getMonth() !== shown.getMonth());
      if (text === today) button.setAttribute("aria-current", "date");
      if (held && text === written(held)) button.setAttribute("aria-pressed", "true");
      button.addEventListener("click", () => choose(date));
      grid.append(button);
    }
    pop.replaceChildren(head, grid);
    const at = pop.querySelector(`[data-day="${written(shown)}"]`);
    at.tabIndex = 0;
    if (focus) at.focus();
  };
  const KEYS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };
  const open = (opener) => {
    const again = pop && opener.parentElement.contains(pop);
    close(false);
    if (again) return;
    input = opener.parentElement.querySelector("input[data-date]");
    shown = read(input.value)?.date || new Date();
    pop = make("div", { className: "date-pop", role: "dialog", ariaLabel: words.label });
    opener.parentElement.append(pop);
    opener.setAttribute("aria-expanded", "true");
    draw(true);
    const { left } = opener.parentElement.getBoundingClientRect();
    pop.style.left = `${Math.min(0, innerWidth - left - pop.offsetWidth - 8)}px`;
    pop.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        event.stopPropagation();
        close(true);
      }
      if (!(event.key in KEYS) || !event.target.dataset.day) return;
      event.preventDefault();
      shown = moved(read(event.target.dataset.day).date, KEYS[event.key]);
      draw(true);
    });
  };
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-date-open]");
    if (opener) open(opener);
    else if (pop && event.target.isConnected && !pop.contains(event.target)) close(false);
  });
  addEventListener("focusin", (event) => {
    if (pop && !pop.parentElement.contains(event.target)) close(false);
  });
})();
