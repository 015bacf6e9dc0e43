/* Puts what the field holds on the clipboard. Without this the field is there to be marked and copied by hand. */
customElements.define("copy-text", class extends HTMLElement {
  connectedCallback() {
    const [field, button] = [this.querySelector("input"), this.querySelector("button")];
    if (!navigator.clipboard) return; // only over HTTPS, and on one's own computer
    button.hidden = false;
    button.addEventListener("click", async () => {
      field.select();
      await navigator.clipboard.writeText(field.value);
      button.textContent = button.dataset.copied;
      button.setAttribute("aria-live", "polite");
    });
  }
});
