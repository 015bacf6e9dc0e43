/* Dragging a booked visit onto a free time opens the page that moves it, with that time picked: nothing is moved
   before somebody has seen the message there. The link 'Move' of each visit leads to the same page. */
class DragPlan extends HTMLElement {
  connectedCallback() {
    // Draggable only under a mouse, so that text elsewhere can be selected as ever.
    this.addEventListener("pointerdown", (event) => {
      const visit = event.target.closest("[data-move]");
      if (visit) visit.draggable = event.pointerType === "mouse" && !event.target.closest("a, button");
    });
    this.addEventListener("dragstart", (event) => {
      const visit = event.target.closest?.("[data-move]");
      if (!visit) return;
      this.visit = visit;
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", visit.querySelector(".part-time").textContent);
      this.classList.add("dragging");
    });
    this.addEventListener("dragover", (event) => {
      const slot = this.slotAt(event);
      this.mark(slot);
      if (slot) event.preventDefault();
    });
    this.addEventListener("drop", (event) => {
      const slot = this.slotAt(event);
      if (!slot) return;
      event.preventDefault();
      const { start, practitioner } = slot.dataset;
      location.assign(`${this.visit.dataset.move}?${new URLSearchParams({ start, practitioner })}`);
    });
    this.addEventListener("dragend", () => {
      this.visit = null;
      this.mark(null);
      this.classList.remove("dragging");
    });
  }

  slotAt(event) {
    return this.visit ? event.target.closest("[data-start]") : null;
  }

  mark(slot) {
    if (slot === this.marked) return;
    this.marked?.classList.remove("target");
    slot?.classList.add("target");
    this.marked = slot;
  }
}

customElements.define("drag-plan", DragPlan);
