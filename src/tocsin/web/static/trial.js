// Says how far a trial is, and shows what became of it when it has ended.
// Without this file the page's link shows the same.
"use strict";

(() => {
  const told = document.getElementById("trial-told");
  if (!told) return;

  const PAUSE = 700;

  async function look() {
    try {
      const answer = await fetch(told.dataset.twin, { headers: { accept: "application/json" } });
      const found = answer.ok ? await answer.json() : { runs: answer.status >= 500 };
      if (!found.runs) {
        location.reload();
        return;
      }
      if (found.told) told.textContent = found.told;
    } catch {
      // the server may be there again at the next look
    }
    setTimeout(look, PAUSE);
  }

  setTimeout(look, PAUSE);
})();
