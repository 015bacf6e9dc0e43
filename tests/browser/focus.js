// What has the focus and is wholly covered by something that stays in place, or lies outside the window.
() => {
  const element = document.activeElement;
  if (!element || element === document.body) return "";
  const { left, right, top, bottom } = element.getBoundingClientRect();
  const seen = [0.1, 0.5, 0.9].some((down) =>
    [0.1, 0.5, 0.9].some((along) => {
      const at = document.elementFromPoint(left + (right - left) * along, top + (bottom - top) * down);
      return at && (element.contains(at) || at.contains(element) && !at.matches(".bar, .header__inner"));
    }),
  );
  const ring = getComputedStyle(element);
  const name = `<${element.tagName.toLowerCase()}> ${(element.textContent || element.name || element.id).trim().slice(0, 40)}`;
  if (!seen) return `${name} is covered`;
  return ring.outlineStyle === "none" || parseFloat(ring.outlineWidth) < 2 ? `${name} has no ring` : "";
}
