// Uploads: a drop area that says which file was chosen, and how far its upload is. Without it the form is sent as
// usual.
(() => {
  const size = (bytes) =>
    bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} KB` : `${(bytes / 1e6).toFixed(1)} MB`;
  const show = (zone) => {
    const file = zone.querySelector("input[type=file]").files[0];
    const name = zone.querySelector("[data-file-name]");
    name.textContent = file ? `${file.name} · ${size(file.size)}` : name.dataset.none;
    zone.classList.toggle("chosen", Boolean(file));
  };
  document.addEventListener("change", (event) => {
    const zone = event.target.closest?.("[data-drop]");
    if (zone) show(zone);
  });
  for (const type of ["dragenter", "dragover", "dragleave", "drop"]) {
    document.addEventListener(type, (event) => {
      const zone = event.target.closest?.("[data-drop]");
      if (!zone) return;
      event.preventDefault();
      zone.classList.toggle("over", type === "dragenter" || type === "dragover");
      if (type !== "drop" || !event.dataTransfer.files.length) return;
      const taken = new DataTransfer();
      taken.items.add(event.dataTransfer.files[0]);
      zone.querySelector("input[type=file]").files = taken.files;
      show(zone);
    });
  }
  const answered = (form, request) => {
    const elsewhere = new URL(request.responseURL).pathname !== location.pathname;
    if (request.status < 300 && elsewhere) {
      location.href = request.responseURL;
      return;
    }
    const page = new DOMParser().parseFromString(request.responseText, "text/html");
    const told = page.querySelector("main"),
      said = page.querySelector("#toasts")?.dataset.text;
    if (!told) {
      failed(form);
      return;
    }
    document.querySelector("main").replaceWith(told);
    htmx.process(told);
    if (said) document.dispatchEvent(new CustomEvent("toast", { detail: { text: said } }));
    told.querySelector("[aria-invalid=true]")?.focus();
  };
  const failed = (form) => {
    const place = form.querySelector("[data-upload-progress]");
    form.querySelector("[type=submit]").disabled = false;
    place.querySelector("[data-upload-said]").textContent = place.dataset.failed;
  };
  document.addEventListener(
    "submit",
    (event) => {
      const form = event.target.closest("form[data-upload]");
      if (!form || !form.querySelector("input[type=file]").files.length) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      const place = form.querySelector("[data-upload-progress]");
      const bar = place.querySelector("progress"),
        said = place.querySelector("[data-upload-said]");
      const request = new XMLHttpRequest();
      request.upload.addEventListener("progress", ({ loaded, total }) => {
        bar.max = total;
        bar.value = loaded;
        said.textContent =
          loaded < total
            ? `${Math.floor((loaded * 100) / total)}% · ${size(loaded)} / ${size(total)}`
            : place.dataset.reading;
      });
      request.addEventListener("load", () => answered(form, request));
      request.addEventListener("error", () => failed(form));
      place.hidden = false;
      form.querySelector("[type=submit]").disabled = true;
      request.open("POST", form.action);
      request.send(new FormData(form));
    },
    true,
  );
})();
