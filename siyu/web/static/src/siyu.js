// The console's behaviour: menu, keyboard, confirmation, toasts, lists. Pages work without it, only less comfortably.
(() => {
  const root = document.documentElement;
  const $ = (selector, from = document) => from.querySelector(selector);
  const on = (type, act, options) => document.addEventListener(type, act, options);
  const remember = (name, value) => {
    document.cookie = `${name}=${value};path=/;max-age=31536000;samesite=lax`;
  };

  // --- what is under a pressed finger stays there: answers that would change the page wait until it is lifted, and
  // the click is done. Else a list or a progress that renews itself takes the button away between press and release.
  let pressed = false;
  const held = [];
  const lifted = () => {
    if (pressed) {
      pressed = false;
      setTimeout(() => held.splice(0).forEach((act) => act()));
    }
  };
  const whenFree = (act) => {
    if (pressed) held.push(act);
    else act();
  };
  window.siyuWhenFree = whenFree;
  on(
    "pointerdown",
    () => {
      pressed = true;
    },
    true,
  );
  for (const type of ["pointerup", "pointercancel", "dragend"]) on(type, lifted, true);
  on(
    "pointermove",
    (event) => {
      if (!event.buttons) lifted();
    },
    true,
  );
  addEventListener("blur", lifted);
  on("htmx:beforeSend", ({ detail: { xhr } }) => {
    const answered = xhr.onload;
    xhr.onload = () => whenFree(() => answered.call(xhr));
  });

  // --- side menu on a phone
  const side = (open) => {
    document.body.classList.toggle("side-open", open);
    $("[data-side-open]")?.setAttribute("aria-expanded", String(open));
    if (open) $("#side a")?.focus();
  };

  // --- toasts: what was done, and a way back
  const toast = ({ text, undo, undo_label, kind }) => {
    const place = $("#toasts");
    const line = document.createElement("div");
    line.className = `toast-line ${kind || ""}`;
    line.append(Object.assign(document.createElement("span"), { textContent: text }));
    if (undo) {
      const button = Object.assign(document.createElement("button"), {
        type: "button",
        textContent: undo_label || place.dataset.undo,
      });
      button.addEventListener("click", () => {
        line.remove();
        htmx.ajax("POST", undo, { swap: "none", source: document.body }).then(() => {
          if (!$(".list")) location.reload();
        });
      });
      line.append(button);
    }
    place.append(line);
    setTimeout(() => line.remove(), undo ? 12000 : 5000);
  };

  // --- fields that only some forms of a message have
  const fitForms = (from = document) => {
    from.querySelectorAll("[data-of]").forEach((place) => {
      const chosen = place.closest("form").elements[place.dataset.of]?.value;
      place.hidden = (Boolean(chosen) || "only" in place.dataset) && !place.dataset.when.split(" ").includes(chosen);
    });
  };
  on("change", (event) => {
    if (event.target.matches("select[name]") && event.target.form) fitForms(event.target.form);
  });
  // --- content only for the channels of the accounts that are chosen
  const fitWays = (form) => {
    const ways = JSON.parse(form.dataset.ways);
    const chosen = [...form.querySelectorAll("select[name^=account_]")]
      .map((select) => ways[select.value])
      .filter(Boolean);
    form.querySelectorAll("[data-way]").forEach((place) => {
      place.hidden = chosen.length > 0 && !chosen.includes(place.dataset.way);
    });
  };
  on("change", ({ target }) => {
    if (target.name?.startsWith("account_") && target.form?.dataset.ways) fitWays(target.form);
  });
  on("DOMContentLoaded", () => document.querySelectorAll("form[data-ways]").forEach(fitWays));
  on("DOMContentLoaded", () => fitForms());
  on("htmx:afterSettle", (event) => fitForms(event.target));

  // --- ids that are chosen by name: the list under a field writes them into it
  const idsOf = (field) => field.value.split(/[,，、；;\s]+/).filter(Boolean);
  const fieldOf = (pick) => document.getElementById(pick.dataset.into);
  on(
    "toggle",
    ({ target }) => {
      if (!target.matches?.("details.pick") || !target.open) return;
      const chosen = idsOf(fieldOf(target));
      target.querySelectorAll("[type=checkbox]").forEach((box) => {
        box.checked = chosen.includes(box.value);
      });
      $("[type=search]", target).focus();
    },
    true,
  );
  on("change", ({ target }) => {
    const pick = target.type === "checkbox" && target.closest("details.pick");
    if (!pick) return;
    const field = fieldOf(pick),
      single = "one" in pick.dataset;
    const kept = single ? [] : idsOf(field).filter((id) => id !== target.value);
    field.value = [...kept, ...(target.checked ? [target.value] : [])].join(", ");
    field.dispatchEvent(new Event("input", { bubbles: true }));
    if (single) pick.open = false;
  });
  on("input", ({ target }) => {
    const pick = target.type === "search" && target.closest("details.pick");
    if (!pick) return;
    const words = target.value.trim().toLowerCase();
    pick.querySelectorAll("label").forEach((label) => {
      label.hidden = !label.textContent.toLowerCase().includes(words);
    });
  });
  on("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches("details.pick [type=search]")) event.preventDefault();
  });

  // --- confirmation, typed where it can't be undone
  const ask = (element) =>
    new Promise((resolve) => {
      const sheet = $("#confirm"),
        typed = $(".sheet-typed", sheet),
        input = $("input", typed),
        yes = $("[value=yes]", sheet);
      const { confirm, word, danger, label } = element.dataset;
      $(".sheet-text", sheet).textContent = confirm;
      typed.hidden = !word;
      input.value = "";
      const words = $("[data-words]", typed);
      words.textContent = words.dataset.words.replace("%s", word || "");
      yes.textContent = label || yes.dataset.label;
      yes.classList.toggle("btn-danger", Boolean(danger));
      yes.classList.toggle("btn-primary", !danger);
      yes.disabled = Boolean(word);
      input.oninput = () => {
        yes.disabled = input.value.trim() !== word;
      };
      sheet.onclose = () => resolve(sheet.returnValue === "yes" && (!word || input.value.trim() === word));
      sheet.returnValue = "no";
      sheet.showModal();
      if (word) input.focus();
    });
  on("htmx:confirm", (event) => {
    const element = event.target;
    if (!element.dataset?.confirm) return;
    event.preventDefault();
    ask(element).then((yes) => {
      if (yes) event.detail.issueRequest(true);
    });
  });
  on("submit", (event) => {
    const form = event.target;
    if (!form.dataset.confirm || form.hasAttribute("hx-post") || form.dataset.asked) return;
    event.preventDefault();
    ask(form).then((yes) => {
      if (yes) {
        form.dataset.asked = "1";
        form.requestSubmit();
      }
    });
  });
  // A form is sent once, however often the button is clicked.
  on("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method === "get" || form.method === "dialog" || form.hasAttribute("hx-post"))
      return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "1";
    setTimeout(() => {
      delete form.dataset.sent;
    }, 8000);
  });
  addEventListener("pageshow", () =>
    document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent),
  );

  // --- keyboard
  let waiting = 0;
  on("keydown", (event) => {
    if (event.key === "Escape") {
      side(false);
      closePops(null);
      $("#hits")?.replaceChildren();
      return;
    }
    if (
      event.target.matches("input, textarea, select, [contenteditable=true]") ||
      event.ctrlKey ||
      event.metaKey ||
      event.altKey
    )
      return;
    if ($("dialog[open]")) return;
    if (event.key === "/") {
      event.preventDefault();
      $("#search")?.focus();
    } else if (event.key === "?") $("#keys")?.showModal();
    else if (event.key === "g") {
      waiting = Date.now();
      return;
    } else if (Date.now() - waiting < 1500) $(`[data-go="${CSS.escape(event.key)}"]`)?.click();
    waiting = 0;
  });
  on("keydown", (event) => {
    const hits = $("#hits");
    if (!hits || (!hits.contains(event.target) && event.target.id !== "search")) return;
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const links = [...hits.querySelectorAll("a")];
    const place = links.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
    event.preventDefault();
    (links[place] || $("#search")).focus();
  });

  // --- one listener for clicks
  const closePops = (but) =>
    document.querySelectorAll("details.pop[open]").forEach((pop) => {
      if (pop !== but) pop.open = false;
    });
  let written = null; // the text field that was written in last
  on("focusin", ({ target }) => {
    if (target.matches?.("textarea, input[type=text]")) written = target;
  });
  const clicks = {
    "[data-side-open]": () => side(!document.body.classList.contains("side-open")),
    "[data-side-close]": () => side(false),
    "[data-help]": () => $("#keys").showModal(),
    "[data-theme-next]": (button) => {
      const wishes = ["auto", "light", "dark"];
      const next = (wishes.indexOf(root.dataset.theme) + 1) % 3;
      root.dataset.theme = wishes[next];
      remember("siyu_theme", wishes[next]);
      root.dispatchEvent(new CustomEvent("siyu:apply-theme"));
      toast({ text: button.dataset.labels.split("|")[next] });
    },
    "[data-copy]": (button) =>
      navigator.clipboard?.writeText(button.dataset.copy).then(() => toast({ text: button.dataset.copied })),
    "[data-insert]": (button) => {
      const place =
        document.contains(written) && written.matches(button.dataset.into) ? written : $(button.dataset.into);
      if (!place) return;
      place.focus();
      place.setRangeText(
        button.dataset.insert,
        place.selectionStart ?? place.value.length,
        place.selectionEnd ?? place.value.length,
        "end",
      );
      place.dispatchEvent(new Event("input", { bubbles: true }));
    },
    "[data-save-view]": (button) => {
      const name = $("[name=view_name]", button.parentElement).value;
      const query = location.search.replace(/^\?/, "");
      htmx.ajax("POST", "/views", {
        values: { page: button.dataset.saveView, name, query },
        swap: "none",
        source: document.body,
      });
    },
  };
  on("click", (event) => {
    for (const [selector, act] of Object.entries(clicks)) {
      const found = event.target.closest(selector);
      if (found) act(found);
    }
    closePops(event.target.closest("details.pop"));
    if (!event.target.closest(".top-search")) $("#hits")?.replaceChildren();
    const row = event.target.closest("tr[data-href]");
    if (row && !event.target.closest("a, button, input, label, summary") && !String(getSelection())) {
      if (event.ctrlKey || event.metaKey) open(row.dataset.href);
      else location.href = row.dataset.href;
    }
  });
  // The name of a view is no filter: leaving its field must not reload the list, which would take the button away
  // from under the finger that is on its way to it.
  on(
    "change",
    (event) => {
      if (event.target.name === "view_name") event.stopPropagation();
    },
    true,
  );
  // chosen columns go into the address like every other filter
  on(
    "change",
    (event) => {
      const box = event.target.closest("[data-columns]");
      if (!box || event.target.type !== "checkbox") return;
      const chosen = [...box.querySelectorAll(":checked")].map((input) => input.value);
      if (!chosen.length) {
        event.target.checked = true;
        return;
      }
      $("input[type=hidden]", box).value = chosen.join(",");
    },
    true,
  ); // before HTMX gathers the form
  // a definition must not leave the window
  on("mouseover", (event) => flip(event.target), true);
  on("focusin", (event) => flip(event.target), true);
  const flip = (target) => {
    const hint = target.closest?.(".hint");
    if (!hint) return;
    const { left, right } = hint.getBoundingClientRect();
    hint.classList.toggle("flip", innerWidth - right < 140);
    hint.classList.toggle("flop", left < 140);
  };

  // --- HTMX
  on("toast", (event) => toast(event.detail));
  on("htmx:sendError", () => toast({ text: $("#toasts").dataset.failed, kind: "danger" }));
  on("htmx:configRequest", (event) => {
    // empty filters do not clutter the address
    if (event.detail.verb !== "get" || !event.detail.elt.matches(".list-tools")) return;
    for (const name of [...event.detail.formData.keys()])
      if (!event.detail.formData.get(name)) event.detail.formData.delete(name);
  });
  // after a list is replaced the cursor stays in its search field
  on("htmx:beforeSwap", (event) => {
    const at = document.activeElement;
    if (at?.id && event.detail.target.contains?.(at)) event.detail.target.dataset.focused = at.id;
  });
  // a form that came back with an error shows it, also where its button stood at the end of a long page
  on("htmx:afterSettle", ({ target }) => {
    const wrong = target.querySelector?.("form .notice-bad, form [aria-invalid=true]");
    if (!wrong || target.closest(".list")) return;
    wrong.scrollIntoView({ block: "center" });
    if (wrong.matches("[aria-invalid=true]")) wrong.focus({ preventScroll: true });
  });
  on("DOMContentLoaded", () => {
    const { text, undoUrl } = $("#toasts").dataset;
    if (text) toast({ text, undo: undoUrl });
    if (!$("[aria-invalid=true]")) return;
    $("[aria-invalid=true]").focus();
  });
})();
