/* The table is the keyboard's way to the map: a press on a row's button thickens its line, again lets go. */
(function () {
  "use strict";
  const map = CorridorMap.maps[0], said = document.getElementById("said");
  const buttons = [...document.querySelectorAll("button[data-key]")];
  const choose = (button) => {
    const on = button !== null && button.getAttribute("aria-pressed") !== "true";
    buttons.forEach((b) => b.setAttribute("aria-pressed", String(on && b === button)));
    const box = map.getContainer().getBoundingClientRect();
    if (on && box.bottom < box.height / 2) map.getContainer().scrollIntoView({ block: "start" });
    const found = CorridorMap.select(map, on ? button.dataset.key : null);
    said.textContent = !on ? "No corridor chosen." : found ? "Shown on the map: " + button.textContent
      : "Not on the map, as it has no route: " + button.textContent;
  };
  buttons.forEach((b) => b.addEventListener("click", () => choose(b)));
  document.addEventListener("keydown", (e) => { if (e.key === "Escape") choose(null); });
  CorridorMap.fit(map); /* again, now that the legend is there */
  const fit = () => { map.invalidateSize({ animate: false }); CorridorMap.fit(map); };
  window.addEventListener("beforeprint", fit);
  window.addEventListener("afterprint", fit);
  window.matchMedia("print").addEventListener("change", fit);
})();
