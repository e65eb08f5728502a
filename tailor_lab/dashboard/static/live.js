// Asks for the page again while it is in sight, and changes it only where the log has changed.
const EVERY_MS = 2000;
const status = document.getElementById("status");
let seen = null;
let lost = false;

function say(text) {
  if (status.textContent !== text) status.textContent = text;
}

function replace(text) {
  const fresh = new DOMParser().parseFromString(text, "text/html").getElementById("view");
  const view = document.getElementById("view");
  if (!fresh || fresh.innerHTML === view.innerHTML) return false;
  const focused = view.contains(document.activeElement) ? document.activeElement.id : "";
  view.replaceChildren(...fresh.childNodes);
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  return true;
}

async function refresh() {
  try {
    const headers = seen ? { "if-none-match": seen } : {};
    const answer = await fetch(location.href, { headers, cache: "no-store" });
    if (answer.status === 200) {
      seen = answer.headers.get("etag");
      const changed = replace(await answer.text());
      if (changed) say(`Updated at ${new Date().toLocaleTimeString()}`);
    } else if (answer.status !== 304) {
      say("The dashboard was started anew: open the address that it printed.");
      return;
    }
    if (lost) say("Live again");
    lost = false;
  } catch {
    lost = true;
    say("The dashboard does not answer: is it still running?");
  }
}

async function follow() {
  if (document.visibilityState === "visible") await refresh();
  setTimeout(follow, EVERY_MS);
}

say("Live");
setTimeout(follow, EVERY_MS);
