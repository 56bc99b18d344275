// Completes fields and functions of a question, and says what is wrong while it is written.
// Without this file the page has all of it but this: the list of words, and errors once one asks.
"use strict";

(() => {
  const text = document.getElementById("q");
  const language = document.getElementById("language");
  const live = document.getElementById("live");
  if (!text || !language || !live) return;

  const MOST = 12;
  const PAUSE = 500;
  const LONGEST = 6000;
  let words = null;
  let asking = null;
  let shown = [];
  let chosen = -1;
  let moved = false;
  let start = 0;
  let timer = 0;
  let check = null;
  let said = "";

  const list = document.createElement("ul");
  list.id = "words-list";
  list.className = "words-list";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Proposals");
  list.hidden = true;
  text.after(list);
  text.setAttribute("aria-autocomplete", "list");
  text.setAttribute("aria-haspopup", "listbox");

  // The words, each once: fields that were seen go first, then functions, then what else there is.
  function load() {
    asking ??= fetch(live.dataset.words, { headers: { accept: "application/json" } })
      .then((answer) => (answer.ok ? answer.json() : null))
      .then((found) => {
        words = found;
      })
      .catch(() => {
        asking = null;
      });
    return asking;
  }

  function candidates(name) {
    const of = name === "kuery" || name === "lucene" ? [] : words.functions[name] ?? [];
    return [
      ...words.seen.map(([word, told]) => ({ word, told, rank: 0 })),
      ...of.map(([word, sign, told]) => ({
        word: word.replace("~", ""),
        told: `${sign}: ${told}`,
        rank: 1,
        call: true,
      })),
      ...(words.words[name] ?? []).map((word) => ({ word, told: "", rank: 2 })),
      ...words.fields.map(([word, told]) => ({ word, told, rank: 3 })),
    ];
  }

  function proposals(part) {
    const wanted = part.toLowerCase();
    const found = [];
    for (const one of candidates(language.value)) {
      const name = one.word.toLowerCase();
      if (name === wanted) continue;
      const place = name.startsWith(wanted) ? 0 : name.includes(`.${wanted}`) ? 1 : -1;
      if (place >= 0) found.push({ ...one, place });
    }
    found.sort(
      (a, b) =>
        a.place - b.place ||
        a.rank - b.rank ||
        a.word.length - b.word.length ||
        (a.word < b.word ? -1 : 1),
    );
    return found.slice(0, MOST);
  }

  // The word that is being written; nothing within a string.
  function part() {
    if (text.selectionStart !== text.selectionEnd) return "";
    const before = text.value.slice(0, text.selectionStart);
    const line = before.slice(before.lastIndexOf("\n") + 1);
    if ((line.replace(/\\./g, "").match(/"/g) ?? []).length % 2) return "";
    return /[A-Za-z_@][\w.@-]*$/.exec(line)?.[0] ?? "";
  }

  function close() {
    list.hidden = true;
    shown = [];
    chosen = -1;
    moved = false;
    text.removeAttribute("aria-activedescendant");
    text.removeAttribute("aria-controls");
  }

  function choose(number) {
    chosen = (number + shown.length) % shown.length;
    [...list.children].forEach((item, at) => {
      item.setAttribute("aria-selected", String(at === chosen));
    });
    const item = list.children[chosen];
    text.setAttribute("aria-activedescendant", item.id);
    item.scrollIntoView({ block: "nearest" });
  }

  function open(found, length) {
    shown = found;
    start = text.selectionStart - length;
    moved = false;
    list.replaceChildren(
      ...found.map((one, at) => {
        const item = document.createElement("li");
        item.id = `word-${at}`;
        item.setAttribute("role", "option");
        const name = document.createElement("code");
        name.textContent = one.word;
        const told = document.createElement("span");
        told.textContent = one.told.slice(0, 160);
        item.append(name, told);
        item.addEventListener("mousedown", (event) => {
          event.preventDefault();
          choose(at);
          take();
        });
        return item;
      }),
    );
    list.hidden = false;
    text.setAttribute("aria-controls", list.id);
    choose(0);
  }

  function take() {
    const { word, call } = shown[chosen];
    const odd = /^(eql|esql)$/.test(language.value) && word.includes("-");
    const put = (odd ? `\`${word}\`` : word) + (call ? "(" : "");
    const end = text.selectionStart;
    close();
    text.focus();
    text.setSelectionRange(start, end);
    // so that it can be undone; browsers without it replace the text at once
    if (!document.execCommand("insertText", false, put)) text.setRangeText(put, start, end, "end");
    close();
    judge();
  }

  async function complete(least) {
    const found = part();
    if (found.length < least) {
      close();
      return;
    }
    if (!words) {
      await load();
      if (!words || part() !== found) return;
    }
    const fit = proposals(found);
    if (fit.length) open(fit, found.length);
    else close();
  }

  function say(message) {
    if (message === said) return;
    said = message;
    live.textContent = message;
  }

  function judge() {
    clearTimeout(timer);
    timer = setTimeout(judged, PAUSE);
  }

  async function judged() {
    check?.abort();
    const question = text.value;
    if (!question.trim() || question.length > LONGEST) {
      say("");
      return;
    }
    check = new AbortController();
    const asked = new URLSearchParams({ language: language.value, q: question });
    try {
      const answer = await fetch(`${live.dataset.check}?${asked}`, { signal: check.signal });
      if (!answer.ok || text.value !== question) return;
      const found = (await answer.json()).diagnostics.find((one) => one.severity === "error");
      if (!found) say("");
      else {
        const place = found.line ? `Line ${found.line}, column ${found.column}: ` : "";
        say(`${place}${found.message}${found.hint ? ` – ${found.hint}` : ""}`);
      }
    } catch {
      // the page is left, or more was written meanwhile
    }
  }

  text.addEventListener("focus", load, { once: true });
  text.addEventListener("input", () => {
    complete(2);
    judge();
  });
  text.addEventListener("blur", close);
  text.addEventListener("click", close);
  language.addEventListener("change", judge);
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      text.form.requestSubmit();
      return;
    }
    if (event.key === " " && event.ctrlKey) {
      event.preventDefault();
      complete(1);
      return;
    }
    if (list.hidden) return;
    const plain = !event.ctrlKey && !event.altKey && !event.metaKey && !event.shiftKey;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      moved = true;
      choose(chosen + (event.key === "ArrowDown" ? 1 : -1));
    } else if (plain && (event.key === "Tab" || (event.key === "Enter" && moved))) {
      event.preventDefault();
      take();
    } else if (event.key === "Escape") {
      event.preventDefault();
      close();
    } else if (["ArrowLeft", "ArrowRight", "Home", "End", "Enter"].includes(event.key)) {
      close();
    }
  });

  // The list of words below the question can be searched.
  const below = document.getElementById("words");
  if (!below) return;
  const label = document.createElement("label");
  label.textContent = "Search ";
  const search = document.createElement("input");
  search.type = "search";
  label.append(search);
  below.querySelector("summary").after(label);
  const rows = [...below.querySelectorAll("dl.pairs > div")];
  search.addEventListener("input", () => {
    const wanted = search.value.toLowerCase();
    for (const row of rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
  });
})();
