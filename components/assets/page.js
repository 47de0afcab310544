/* What scripts add to a page that can be read without them. The address is the only state: a filter that changes is written
   into it, and Dash draws the page anew whenever it changes. */
(function () {
  const first = document.getElementById("first");
  const charts = window.vyrakCharts; // charts.js
  const page = () => document.getElementById("page");
  const loadedAt = location.href;
  document.documentElement.classList.add("js");

  /* The page that came as HTML gives way to the same page drawn by Dash: at once, but never under a reader's hands. */
  function giveWay() {
    if (!first.isConnected || !page() || !page().children.length) return;
    const held = document.activeElement;
    if (first.contains(held) && held.matches("select, input") && location.href === loadedAt) {
      held.addEventListener("blur", giveWay, { once: true });
      return;
    }
    for (const details of first.querySelectorAll("details[open]")) openIds.add(details.id);
    if (first.contains(held)) heldId = held.id;
    first.remove();
    page().classList.add("drawn");
    holdAgain();
  }

  /* Dash makes every part of the page anew when the address changes: what was held or opened is held and opened again. */
  let heldId = "";
  const openIds = new Set();
  document.addEventListener("focusin", (event) => { heldId = event.target.id; });
  document.addEventListener("pointerdown", () => { heldId = ""; });
  document.addEventListener("toggle", function (event) {
    if (event.target.isConnected && event.target.id) openIds[event.target.open ? "add" : "delete"](event.target.id);
  }, true);

  function holdAgain() {
    for (const id of openIds) {
      const details = document.querySelector("#page details[id='" + id + "']");
      if (details && !details.open) details.open = true;
    }
    const held = heldId && document.activeElement === document.body && document.getElementById(heldId);
    if (held) held.focus({ preventScroll: true });
  }

  /* Filters. */
  const form = () => document.querySelector("#page form.filters") || document.querySelector("form.filters");
  const fields = () => (form() ? [...form().querySelectorAll("select, input:not([type=hidden])")] : []);

  function show() {
    const query = new URLSearchParams(location.search);
    for (const field of fields()) {
      const value = query.get(field.name) || "";
      if (field.tagName === "INPUT") { if (field !== document.activeElement) field.value = value; continue; }
      field.value = [...field.options].some((option) => option.value === value) ? value : "";
    }
  }

  document.addEventListener("change", function (event) {
    if (!event.target.closest("form.filters")) return;
    const query = new URLSearchParams(location.search);
    for (const field of fields()) {
      if (field.value.trim()) query.set(field.name, field.value.trim()); else query.delete(field.name);
    }
    const text = query.toString();
    if (text === new URLSearchParams(location.search).toString()) return;
    history.pushState({}, "", location.pathname + (text ? "?" + text : ""));
    window.dispatchEvent(new PopStateEvent("popstate"));
    giveWay();
  });
  document.addEventListener("submit", function (event) {
    if (event.target.closest("#page form.filters")) event.preventDefault();
  });
  document.addEventListener("click", async function (event) {
    const button = event.target.closest && event.target.closest("[data-copied]");
    if (!button) return;
    try { await navigator.clipboard.writeText(button.previousElementSibling.textContent); } catch (error) { return; } // the text can be taken by hand
    const words = button.textContent;
    button.textContent = button.dataset.copied;
    setTimeout(() => { button.textContent = words; }, 2000);
  });
  const follow = () => { show(); if (page()) page().classList.add("busy"); };
  window.addEventListener("popstate", follow);
  window.addEventListener("_dashprivate_pushstate", () => setTimeout(follow));

  /* A call that is refused or gets lost leaves old figures under a new selection: that must be seen, since Dash tells the console alone. */
  const asked = window.fetch;
  window.fetch = async (...call) => {
    const made = String(call[0]).includes("/_dash-update-component");
    try {
      const answer = await asked(...call);
      if (made && !answer.ok) tell();
      return answer;
    } catch (error) {
      if (made) tell();
      throw error;
    }
  };
  function tell() {
    untell();
    const drawn = page() && page().querySelector("[data-failed]") || document.querySelector("[data-failed]");
    if (!drawn) return;
    const said = document.createElement("p"), again = document.createElement("a");
    said.id = "failed"; said.className = "problem"; said.setAttribute("role", "alert");
    again.href = location.pathname + location.search; again.textContent = drawn.dataset.again;
    said.append(drawn.dataset.failed + " ", again);
    document.body.prepend(said);
  }
  function untell() { const said = document.getElementById("failed"); if (said) said.remove(); }

  /* After each change of the page: title, language, fields, and nothing left over from the view before. */
  function settle() {
    giveWay();
    const drawn = document.querySelector("#page .page");
    if (!drawn) return;
    const old = drawn.dataset.address !== location.pathname + location.search;
    page().classList.toggle("busy", old);
    if (!old) untell();
    document.title = drawn.dataset.title;
    document.documentElement.lang = drawn.lang;
    show();
    holdAgain();
    const touched = document.querySelector("#page [data-figure]:hover");
    if (touched) charts.wake(touched);
    for (const details of document.querySelectorAll("#page details[open]")) charts.fill(details);
  }
  new MutationObserver(settle).observe(document.getElementById("react-entry-point"), {
    childList: true, subtree: true, attributes: true, attributeFilter: ["data-address", "data-figure", "data-table", "data-title", "lang"],
  });
  show();
})();
