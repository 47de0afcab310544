/* Tells the page around an embed how high it has to be for nothing to be scrolled: {vyrak: "height", height: pixels}. It is told
   whenever that changes, and says nothing of the reader. A page that does not listen shows the embed as high as its code says. */
(function () {
  if (window.parent === window) return;
  let told = 0;
  function tell() {
    const high = Math.ceil(document.body.scrollHeight);
    if (high === told) return;
    told = high;
    window.parent.postMessage({ vyrak: "height", height: high }, "*");
  }
  new ResizeObserver(tell).observe(document.body);
  document.addEventListener("toggle", tell, true);
  tell();
})();
