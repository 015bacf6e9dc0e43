/* A part of a page that looks itself up again every few seconds, unless somebody is typing in it or looks elsewhere.
   Without JavaScript the page is as it was when it was loaded. */
class LivePart extends HTMLElement {
  connectedCallback() {
    const seconds = Number(this.getAttribute("every")) || 60;
    this.timer = setInterval(() => this.refresh(), seconds * 1000);
    this.onshow = () => { if (!document.hidden && this.missed) this.refresh(); };
    document.addEventListener("visibilitychange", this.onshow);
  }

  disconnectedCallback() {
    clearInterval(this.timer);
    document.removeEventListener("visibilitychange", this.onshow);
  }

  get isBusy() {
    const focused = this.contains(document.activeElement) ? document.activeElement : null;
    return Boolean(focused && focused.matches("input, select, textarea, [contenteditable]")) ||
      [...this.querySelectorAll("input, textarea")].some((field) => field.value !== field.defaultValue);
  }

  async refresh() {
    this.missed = document.hidden;
    if (this.missed || this.isBusy) return;
    const answer = await fetch(this.getAttribute("src"), { headers: { Accept: "text/html" } }).catch(() => null);
    // The session has ended: say nothing new; the next click leads to the sign-in.
    if (!answer || !answer.ok || answer.redirected) return;
    const html = await answer.text();
    if (this.isBusy) return;
    const focused = this.contains(document.activeElement) ? document.activeElement : null;
    const place = focused && (focused.id ? `#${CSS.escape(focused.id)}` : `a[href="${CSS.escape(focused.getAttribute("href") || "")}"]`);
    this.innerHTML = html;
    if (place) this.querySelector(place)?.focus({ preventScroll: true });
    // Nothing changes there any more.
    if (this.querySelector("[data-is-over]")) this.disconnectedCallback();
  }
}

customElements.define("live-part", LivePart);
