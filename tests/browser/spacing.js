// With the spacing of WCAG 1.4.12: what reaches beyond the screen, and whose content is cut.
() => {
  const ASIDE =
    "svg, script, option, progress, .elsewhere, .hidden, .visually-hidden, .skip, [aria-current='true'][lang], [aria-hidden='true']";
  const wide = new CSSStyleSheet();
  wide.replaceSync(
    "* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important }" +
      "p { margin-bottom: 2em !important }",
  );
  document.adoptedStyleSheets = [wide];
  const html = document.documentElement;
  const complaints = html.scrollWidth > html.clientWidth ? [`scrolls to ${html.scrollWidth}`] : [];
  for (const element of document.body.querySelectorAll("*")) {
    if (!element.checkVisibility({ visibilityProperty: true }) || element.closest(ASIDE)) continue;
    const { overflowX, overflowY } = getComputedStyle(element);
    const cuts = (overflow) => overflow === "hidden" || overflow === "clip";
    const name = `<${element.tagName.toLowerCase()} class="${element.className}">`;
    if (element.getBoundingClientRect().right > html.clientWidth + 1) complaints.push(`${name} reaches beyond`);
    if (cuts(overflowX) && element.scrollWidth > element.clientWidth + 1) complaints.push(`${name} is cut`);
    if (cuts(overflowY) && element.scrollHeight > element.clientHeight + 1) complaints.push(`${name} is cut`);
  }
  return complaints;
}
