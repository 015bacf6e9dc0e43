/* Keys for the desk: `/` searches, `j` and `k` walk the list, Enter opens, `p` takes the page's next step, `?` lists them.
   Nothing happens while somebody types, or with Ctrl, Alt or Cmd held. Without JavaScript nothing is missing but the keys. */
class DeskKeys extends HTMLElement {
  connectedCallback() {
    this.onkey = (event) => this.press(event);
    document.addEventListener("keydown", this.onkey);
  }

  disconnectedCallback() {
    document.removeEventListener("keydown", this.onkey);
  }

  press(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.target.closest("input, select, textarea, [contenteditable], dialog[open]")) return;
    const steps = { "/": () => this.search(), j: () => this.walk(1), k: () => this.walk(-1), p: () => this.step(), "?": () => this.list() };
    if (steps[event.key] && steps[event.key]() !== false) event.preventDefault();
  }

  search() {
    const box = document.querySelector("#searchbar, input[type=search]");
    if (!box) return false;
    box.focus();
    box.select();
    return true;
  }

  walk(by) {
    const lines = [...document.querySelectorAll("#result_list tbody th a, .today tbody th a")].filter((link) => link.getClientRects().length);
    if (!lines.length) return false;
    const here = lines.indexOf(document.activeElement);
    lines[Math.min(Math.max(here + by, 0), lines.length - 1)].focus();
    return true;
  }

  step() {
    const next = document.querySelector("[data-next-step]");
    if (!next) return false;
    next.focus();
    next.click();
    return true;
  }

  list() {
    const dialog = this.querySelector("dialog");
    if (dialog.open) dialog.close(); else dialog.showModal();
    return true;
  }
}

customElements.define("desk-keys", DeskKeys);
