// Keys for people who go through many samples. Off with the box on the page of help; nothing needs them.
"use strict";

(() => {
  const own = document.currentScript.dataset;
  const kept = "luciole-keys";
  const isOn = () => localStorage.getItem(kept) !== "off";

  const box = document.getElementById("keys-on");
  if (box) {
    box.closest("[hidden]").hidden = false;
    box.checked = isOn();
    box.addEventListener("change", () => localStorage.setItem(kept, box.checked ? "on" : "off"));
  }

  const isTyping = (element) => element.matches("input, select, textarea, [contenteditable]");

  function step(by) {
    const all = [...document.querySelectorAll("table.samples tbody th a")];
    if (!all.length) return;
    const here = all.indexOf(document.activeElement);
    const next = here < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, here + by));
    all[next].focus();
  }

  function search() {
    const field = document.getElementById("q");
    if (field) field.focus();
    else location.assign(own.search);
  }

  function follow(rel) {
    const link = document.querySelector(`a[rel="${rel}"]`);
    if (link) location.assign(link.href);
  }

  const ways = {
    "/": search,
    j: () => step(1),
    k: () => step(-1),
    n: () => follow("next"),
    "?": () => location.assign(own.keys),
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.repeat) return;
    if (isTyping(event.target) || !isOn() || !Object.hasOwn(ways, event.key)) return;
    event.preventDefault();
    ways[event.key]();
  });
})();
