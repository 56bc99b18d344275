// Filters a table of rules; without this file all rows are shown.
"use strict";

(() => {
  const form = document.getElementById("filter");
  const table = form && document.getElementById(form.dataset.table);
  if (!table) return;
  const text = document.getElementById("filter-text");
  const count = document.getElementById("filter-count");
  const selects = [...form.querySelectorAll("select")];
  const rows = [...table.tBodies[0].rows].map((row) => ({
    row,
    words: row.textContent.toLowerCase(),
  }));

  function apply() {
    const wanted = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    const chosen = selects.filter((one) => one.value);
    let shown = 0;
    for (const { row, words } of rows) {
      const fits =
        wanted.every((word) => words.includes(word)) &&
        chosen.every((one) => row.dataset[one.dataset.name].split("|").includes(one.value));
      row.hidden = !fits;
      shown += fits ? 1 : 0;
    }
    count.textContent = `${shown.toLocaleString("en")} shown`;
  }

  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", apply);
  if (text.value || selects.some((one) => one.value)) apply();
})();
