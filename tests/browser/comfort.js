// With text of twice the size: what reaches beyond the screen, and each word that stands on two lines. Drawings
// and e-mail addresses aside; a word with a hyphen may break there.
() => {
  const LONGEST = 14; // letters: 'onabotulinumtoxinA' and 'aminoglycosides' fit no narrow phone
  const ASIDE =
    "svg, script, option, .elsewhere, .hidden, .visually-hidden, .skip, [aria-current='true'][lang], [aria-hidden='true']";
  const html = document.documentElement;
  html.style.fontSize = "200%";
  const complaints = [];
  if (html.scrollWidth > html.clientWidth) complaints.push(`scrolls to ${html.scrollWidth}`);
  const shown = (element) => element.checkVisibility({ visibilityProperty: true }) && !element.closest(ASIDE);
  for (const element of document.body.querySelectorAll("*")) {
    if (!shown(element)) continue;
    const { width, left, right } = element.getBoundingClientRect();
    if (width && (right > html.clientWidth + 1 || left < -1))
      complaints.push(`<${element.tagName.toLowerCase()} class="${element.className}"> reaches ${Math.round(right)}`);
  }
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  while (texts.nextNode()) {
    const { data, parentElement } = texts.currentNode;
    if (!data.trim() || !shown(parentElement)) continue;
    for (const { 0: word, index } of data.matchAll(/[\p{L}\p{M}\d]+/gu)) {
      const around = data.slice(0, index).match(/\S*$/)[0] + data.slice(index).match(/^\S*/)[0];
      if (word.length > LONGEST || around.includes("@")) continue;
      range.setStart(texts.currentNode, index);
      range.setEnd(texts.currentNode, index + word.length);
      const lines = new Set([...range.getClientRects()].map((box) => Math.round(box.top)));
      if (lines.size > 1) complaints.push(`'${word}' is cut in <${parentElement.tagName.toLowerCase()} class="${parentElement.className}">`);
    }
  }
  return [...new Set(complaints)];
}
