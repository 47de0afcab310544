/* For pages that embed charts of Vyrak: makes a frame higher where its chart has no room, for instance because a reader has larger
   letters. Copy this file to your own site, or put the same few lines that stand in the embed code into the page. */
addEventListener("message", function (event) {
  if (!event.data || event.data.vyrak !== "height" || !(event.data.height < 5000)) return;
  document.querySelectorAll("iframe").forEach(function (frame) {
    if (frame.contentWindow === event.source && event.data.height > frame.clientHeight) frame.style.height = event.data.height + "px";
  });
});
