/* Gives the rich text editor, which replaces the textarea, the name of the textarea's label. */
const nameEditors = () => {
  for (const box of document.querySelectorAll(".prose-editor")) {
    const text = box.querySelector("[contenteditable]");
    const label = document.getElementById(`${box.querySelector("textarea")?.id}_label`);
    if (text && label && !text.hasAttribute("aria-labelledby")) text.setAttribute("aria-labelledby", label.id);
  }
};
new MutationObserver(nameEditors).observe(document.body, { childList: true, subtree: true });
nameEditors();
