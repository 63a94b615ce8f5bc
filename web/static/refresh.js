// Every half minute, or as often as the page says, take what has changed on this page, unless somebody is at work in
// it. Reading needs no script.
"use strict";
const EVERY = 1000 * (document.documentElement.dataset.refresh || 30);

function isAtWork(main) {
  const active = document.activeElement;
  return (active && active !== main && main.contains(active)) || main.querySelector("details[open], form[data-typed]");
}

async function refresh() {
  const main = document.getElementById("main");
  if (document.hidden || isAtWork(main)) return;
  try {
    const reply = await fetch(location.href, { credentials: "same-origin", redirect: "error" });
    if (!reply.ok) return;
    const fresh = new DOMParser().parseFromString(await reply.text(), "text/html").getElementById("main");
    if (fresh && !isAtWork(main)) main.replaceChildren(...fresh.childNodes);
  } catch {
    // the server is away: what is shown keeps its age, and the next try comes
  }
}

document.addEventListener("input", (event) => event.target.form && (event.target.form.dataset.typed = ""));
if (document.documentElement.dataset.refresh !== undefined) setInterval(refresh, EVERY);
