// Public pages work without this. It spares a second tap, copies a link, and counts down.
"use strict";
document.addEventListener("submit", (event) => {
  // After the browser has read the form: a disabled button would not be sent.
  setTimeout(() => event.target.querySelectorAll("button").forEach((each) => { each.disabled = true; each.dataset.sent = ""; }));
});
window.addEventListener("pageshow", () => {
  // The back button shows the page as it was left.
  document.querySelectorAll("button[data-sent]").forEach((each) => { each.disabled = false; });
});
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button || !navigator.clipboard) return;
  event.preventDefault();
  navigator.clipboard.writeText(button.dataset.copy).then(() => { button.textContent = button.dataset.copied; });
});
document.querySelectorAll("time[data-left]").forEach((each) => {
  const end = Date.parse(each.dateTime);
  const two = (number) => String(number).padStart(2, "0");
  const tick = () => {
    const left = Math.max(0, Math.floor((end - Date.now()) / 1000));
    each.textContent = `${two(Math.floor(left / 3600))}:${two(Math.floor(left / 60) % 60)}:${two(left % 60)}`;
    if (left) setTimeout(tick, 1000);
  };
  tick();
});
