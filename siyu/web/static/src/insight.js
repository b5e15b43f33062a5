// The funnel's step editor: the steps stand in one hidden field of the form, so that the address holds them.
(() => {
  const sync = (form) => { form.elements.steps.value = [...form.querySelectorAll("[data-step]")].map((one) => one.value).join(","); };
  document.addEventListener("change", (event) => { const form = event.target.closest("form[data-steps]"); if (form) sync(form); });
  document.addEventListener("submit", (event) => { const form = event.target.closest("form[data-steps]"); if (form) sync(form); });
  document.addEventListener("click", (event) => {
    const form = event.target.closest("form[data-steps]");
    const button = event.target.closest("[data-step-add],[data-step-drop],[data-step-up]");
    if (!form || !button) return;
    const item = button.closest("li"), list = form.querySelector("ol");
    if (button.matches("[data-step-add]")) {
      if (list.children.length >= 16) return;
      const copy = list.lastElementChild.cloneNode(true);
      list.append(copy);
      copy.querySelector("select").focus();
    } else if (button.matches("[data-step-drop]")) item.remove();
    else item.previousElementSibling?.before(item);
    sync(form);
  });
})();
