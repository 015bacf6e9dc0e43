/* What has just happened, as the browser's own notifications, while a page of the staff is open and whoever sits there
   has allowed it. One tab asks, for all of this browser; nothing is told twice. Without JavaScript there is the e-mail. */
const script = document.currentScript;
const { from, today, several, icon } = script.dataset;
const EVERY = (Number(script.dataset.every) || 30) * 1000;
const HEARD = "heard";
// Above so many at once they are one.
const MOST = 3;

const isAllowed = () => "Notification" in window && Notification.permission === "granted";
const pause = () => new Promise((go) => { setTimeout(go, EVERY); });

/* The numbers of what this browser has told already. */
function heard() {
  try {
    return JSON.parse(localStorage.getItem(HEARD)) || [];
  } catch {
    return [];
  }
}

function show(words, url, tag) {
  const notification = new Notification(words, { tag, icon });
  // Beside this page, on which something may be half written.
  notification.onclick = () => { notification.close(); window.open(url, "_blank", "noopener"); };
}

function tell(notices) {
  const before = heard();
  const fresh = notices.filter((each) => !before.includes(each.id));
  if (!fresh.length) return;
  localStorage.setItem(HEARD, JSON.stringify([...before, ...fresh.map((each) => each.id)].slice(-200)));
  if (fresh.length > MOST) show(several, today, "several");
  else for (const each of fresh) show(each.words, each.url, `notice-${each.id}`);
}

/* Asks once; false when there is nothing more to ask for, as the session has ended. */
async function ask() {
  const answer = await fetch(from, { headers: { Accept: "application/json" } }).catch(() => null);
  if (answer && (answer.redirected || answer.status === 401 || answer.status === 403)) return false;
  if (answer && answer.status === 200) tell((await answer.json()).notices);
  return true;
}

async function listen() {
  while (isAllowed() && await ask()) await pause();
}

/* The tab that holds the lock asks; when it is closed, the next one does. */
function start() {
  if (!isAllowed()) return;
  if (navigator.locks) navigator.locks.request(HEARD, listen);
  else listen();
}

/* The button by which somebody allows it, where that can be asked for. */
class HearPermission extends HTMLElement {
  connectedCallback() {
    this.button = this.querySelector("button");
    this.button.addEventListener("click", async () => {
      await Notification.requestPermission();
      this.say();
      start();
    });
    this.say();
  }

  say() {
    const permission = "Notification" in window ? Notification.permission : "missing";
    this.button.hidden = permission !== "default";
    this.querySelector("[role=status]").textContent = this.dataset[permission] || "";
  }
}

customElements.define("hear-permission", HearPermission);
start();
