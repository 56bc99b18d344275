// Shortcuts of the keyboard for alerts. Without them everything is reached by Tab as well; they are
// off while a field is in use, and may be switched off for good.
"use strict";

(() => {
  const help = document.getElementById("shortcuts");
  if (!help) return;
  const change = document.getElementById("shortcuts-switch");
  const stored = "tocsin.shortcuts";
  let on = true;

  try {
    on = localStorage.getItem(stored) !== "off";
  } catch {
    // no storage: they are on until the page is left
  }

  function tell() {
    change.textContent = on ? "Switch them off" : "Switch them on";
    change.setAttribute("aria-pressed", String(!on));
  }

  change.addEventListener("click", () => {
    on = !on;
    try {
      localStorage.setItem(stored, on ? "on" : "off");
    } catch {
      // as above
    }
    tell();
  });
  help.hidden = false;
  tell();

  const rows = [...document.querySelectorAll("main form table tbody tr")];
  const box = (row) => row.querySelector("input[type=checkbox]");
  const here = () => rows.findIndex((row) => row.contains(document.activeElement));

  function move(step) {
    const at = here();
    const next = at < 0 ? (step > 0 ? 0 : rows.length - 1) : at + step;
    const row = rows[Math.max(0, Math.min(rows.length - 1, next))];
    const target = row && (row.querySelector("a") || box(row));
    if (target) target.focus();
  }

  function choose() {
    const row = rows[here()];
    const own = row && box(row);
    if (own) own.checked = !own.checked;
  }

  // what is done with none chosen is done with the alert that one stands on
  function chosen() {
    if (!rows.length || rows.some((row) => box(row)?.checked)) return;
    const row = rows[here()];
    const own = row && box(row);
    if (own) own.checked = true;
  }

  function press(action) {
    const button = document.querySelector(`main button[name=action][value=${action}]`);
    if (!button) return;
    chosen();
    button.click();
  }

  function focus(selector) {
    const found = document.querySelector(`main ${selector}`);
    if (!found) return;
    if (found.name === "reason") chosen();
    const folded = found.closest("details");
    if (folded) folded.open = true;
    found.focus();
  }

  const does = {
    j: () => move(1),
    k: () => move(-1),
    x: choose,
    a: () => press("acknowledge"),
    o: () => press("open"),
    c: () => focus("select[name=reason]"),
    n: () => focus("textarea[name=note]"),
    "/": () => focus("input[type=search]"),
    "?": () => {
      help.open = !help.open;
      help.querySelector("summary").focus();
    },
  };

  document.addEventListener("keydown", (event) => {
    if (!on || event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return;
    const target = event.target;
    const field = target.closest("select, textarea, [contenteditable]") ||
      (target.matches("input") && !target.matches("[type=checkbox], [type=radio]"));
    if (field || !Object.hasOwn(does, event.key)) return;
    event.preventDefault();
    does[event.key]();
  });
})();
