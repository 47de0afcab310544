/* The address is the only state: a filter that changes is written into it, and whenever it changes (Back, a link) the
   filters show what it says. The rest of the page follows through Dash's own Location. */
(function () {
  const form = () => document.querySelector("form.filters");

  function show() {
    const query = new URLSearchParams(location.search);
    for (const select of form() ? form().querySelectorAll("select") : []) {
      const value = query.get(select.name) || "";
      select.value = [...select.options].some((option) => option.value === value) ? value : "";
    }
  }

  document.addEventListener("change", function (event) {
    if (!event.target.closest("form.filters")) return;
    const query = new URLSearchParams(location.search);
    for (const select of form().querySelectorAll("select")) {
      if (select.value) query.set(select.name, select.value); else query.delete(select.name);
    }
    const text = query.toString();
    history.pushState({}, "", location.pathname + (text ? "?" + text : ""));
    window.dispatchEvent(new PopStateEvent("popstate"));
  });
  document.addEventListener("submit", function (event) {
    if (event.target.closest("form.filters")) event.preventDefault();
  });
  window.addEventListener("popstate", show);
  window.addEventListener("_dashprivate_pushstate", () => setTimeout(show));

  // Dash draws the form some time after the page has loaded.
  new MutationObserver(function (_changes, observer) {
    if (form()) { observer.disconnect(); show(); }
  }).observe(document.documentElement, { childList: true, subtree: true });
})();
