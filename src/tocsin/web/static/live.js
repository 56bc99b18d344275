// Says when alerts came that the queue does not show yet; nothing on the page moves.
// One short question every few seconds, while the page is seen: it holds under any number of tabs,
// and a server that stops has nobody to wait for.
"use strict";

(() => {
  const news = document.getElementById("news");
  if (!news) return;
  const { question, show } = news.dataset;
  const link = document.createElement("a");
  const title = document.title;
  const usual = 5_000;
  const slowest = 60_000;
  let pause = usual;
  let timer = 0;
  let told = 0;

  link.href = show;

  function tell(count) {
    if (count === told) return;
    told = count;
    const few = count === 1 ? "1 new alert" : `${count.toLocaleString("en")} new alerts`;
    link.textContent = `Show ${few}`;
    news.replaceChildren(link);
    document.title = `(${count.toLocaleString("en")}) ${title}`;
  }

  async function ask() {
    timer = 0;
    if (document.hidden) return; // asked again as soon as somebody looks
    try {
      const answer = await fetch(question, { headers: { accept: "application/json" } });
      if (answer.status === 401 || answer.status === 403) {
        link.textContent = "Nobody is logged in any more: load the page again";
        link.href = location.href;
        news.replaceChildren(link);
        return;
      }
      if (!answer.ok) throw new Error(String(answer.status));
      const found = await answer.json();
      pause = usual;
      if (found.new > 0) tell(found.new);
    } catch {
      pause = Math.min(2 * pause, slowest);
    }
    wait();
  }

  function wait() {
    if (!timer) timer = setTimeout(ask, pause);
  }

  document.addEventListener("visibilitychange", () => {
    if (document.hidden || !timer) {
      clearTimeout(timer);
      timer = 0;
      if (!document.hidden) ask();
    }
  });
  wait();
})();
