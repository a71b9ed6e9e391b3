// Dragging a visit only asks: the page that opens shows what would come of it, and the client hears nothing before that.
(() => {
  "use strict";
  let visit = null;
  const place = (event) => (visit ? event.target.closest("td[data-day]") : null);
  const clear = () => document.querySelector(".over-here")?.classList.remove("over-here");

  document.addEventListener("dragstart", (event) => {
    visit = event.target.closest?.("[data-visit]")?.dataset.visit ?? null;
    if (!visit) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", visit);
  });
  document.addEventListener("dragend", () => { visit = null; clear(); });
  document.addEventListener("dragover", (event) => {
    const cell = place(event);
    if (!cell) return;
    event.preventDefault();
    if (!cell.classList.contains("over-here")) { clear(); cell.classList.add("over-here"); }
  });
  document.addEventListener("drop", (event) => {
    const cell = place(event);
    if (!cell) return;
    event.preventDefault();
    const { day, time, specialist } = cell.dataset;
    const asked = new URLSearchParams({ booking: visit, day, specialist });
    if (time) asked.set("time", time);
    location.assign(`/console/calendar/visit?${asked}`);
  });
})();
