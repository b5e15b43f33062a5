// Sets light or dark before anything is painted, where the reader follows the system.
(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    const wish = root.dataset.theme;
    root.setAttribute("data-bs-theme", wish === "auto" ? (dark.matches ? "dark" : "light") : wish);
    root.dispatchEvent(new CustomEvent("siyu:theme"));
  };
  dark.addEventListener("change", apply);
  root.addEventListener("siyu:apply-theme", apply);
  apply();
})();
