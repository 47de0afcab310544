/* What scripts add to a page that can be read without them. The address is the only state: a filter that changes is written
   into it, and Dash draws the page anew whenever it changes. */
(function () {
  const first = document.getElementById("first");
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
  const follow = () => { show(); if (page()) page().classList.add("busy"); };
  window.addEventListener("popstate", follow);
  window.addEventListener("_dashprivate_pushstate", () => setTimeout(follow));

  /* A chart that is touched becomes one that answers to the pointer; until then nothing of it is loaded. */
  let library;
  function plotly() {
    library = library || new Promise(function (done, failed) {
      const script = document.createElement("script");
      script.src = document.body.dataset.plotly;
      script.onload = () => done(window.Plotly);
      script.onerror = () => { library = undefined; failed(new Error("the chart library did not load")); };
      document.head.append(script);
    });
    return library;
  }

  async function wake(figure) {
    const address = figure.dataset.figure;
    if (figure.dataset.awake === address) return;
    figure.dataset.awake = address;
    try {
      const dark = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
      const asked = fetch(address + (address.includes("?") ? "&" : "?") + "theme=" + dark);
      const [Plotly, answer] = await Promise.all([plotly(), asked]);
      if (!answer.ok) throw new Error(answer.statusText);
      const made = await answer.json();
      if (figure.dataset.figure !== address || !figure.isConnected) return;
      const layer = figure.querySelector(":scope > .live") || figure.appendChild(document.createElement("div"));
      layer.className = "live";
      layer.setAttribute("aria-hidden", "true");
      await Plotly.react(layer, made.data, made.layout, made.config);
      figure.classList.add("awake");
    } catch (error) {
      delete figure.dataset.awake; // the picture stays
    }
  }
  for (const kind of ["pointerover", "touchstart"]) {
    document.addEventListener(kind, function (event) {
      const figure = event.target.closest && event.target.closest("[data-figure]");
      if (figure) wake(figure);
    }, { passive: true });
  }

  /* The table behind a chart is fetched when it is opened. */
  async function fill(details) {
    const box = details.querySelector("[data-table]");
    if (!box || box.dataset.filled === box.dataset.table) return;
    const address = box.dataset.filled = box.dataset.table;
    try {
      const answer = await fetch(address);
      if (!answer.ok) throw new Error(answer.statusText);
      const text = await answer.text();
      if (box.dataset.table === address) box.innerHTML = text;
    } catch (error) {
      delete box.dataset.filled; // the link to the chart's own page stays
    }
  }
  document.addEventListener("toggle", (event) => { if (event.target.open) fill(event.target); }, true);

  /* After each change of the page: title, language, fields, and nothing left over from the view before. */
  function settle() {
    giveWay();
    const drawn = document.querySelector("#page .page");
    if (!drawn) return;
    page().classList.toggle("busy", drawn.dataset.address !== location.pathname + location.search);
    document.title = drawn.dataset.title;
    document.documentElement.lang = drawn.lang;
    show();
    holdAgain();
    const touched = document.querySelector("#page [data-figure]:hover");
    if (touched) wake(touched);
    for (const details of document.querySelectorAll("#page details[open]")) fill(details);
  }
  new MutationObserver(settle).observe(document.getElementById("react-entry-point"), {
    childList: true, subtree: true, attributes: true, attributeFilter: ["data-address", "data-figure", "data-table", "data-title", "lang"],
  });
  show();
})();
