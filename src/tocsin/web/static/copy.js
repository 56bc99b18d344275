// A button that copies, beside each text that is meant to be copied; without this file one selects it.
"use strict";

(() => {
  if (!navigator.clipboard) return;
  for (const text of document.querySelectorAll(".block pre, pre.copy")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copying";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(text.textContent);
        button.textContent = "Copied";
      } catch {
        button.textContent = "Select it and copy";
      }
      setTimeout(() => (button.textContent = "Copy"), 2000);
    });
    text.before(button);
  }
})();
