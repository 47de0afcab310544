/* Charts that answer to a pointer and tables that are fetched when opened: wherever a chart stands, in a page, in an embed or in a
   static file. Without this script the picture and a link to the table stay. */
(function () {
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
    if (figure.dataset.awake === address || location.protocol === "file:") return; // nothing can be fetched from a file
    figure.dataset.awake = address;
    try {
      const dark = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
      const theme = document.documentElement.dataset.theme || dark; // an embed may be told which
      const inCopy = figure.dataset.figureDark; // files can't be asked for a theme: there is one for each
      const asked = fetch(inCopy ? (theme === "dark" ? inCopy : address) : address + (address.includes("?") ? "&" : "?") + "theme=" + theme);
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
    if (!box || box.dataset.filled === box.dataset.table || location.protocol === "file:") return;
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

  window.vyrakCharts = { wake, fill };
})();
