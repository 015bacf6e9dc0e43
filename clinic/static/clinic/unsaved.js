/* Asks before a page is left on which something was typed and not saved. The words are the browser's own. */
for (const form of document.querySelectorAll("#words-form, #content-main > form[method=post]")) {
  let unsaved = "unsaved" in form.dataset; // shown again after a refusal or a look beforehand
  const note = () => { unsaved = true; };
  form.addEventListener("input", note);
  form.addEventListener("change", note);
  // What the editor puts in by itself, such as a link or what was pasted, is no input of the form's.
  document.addEventListener("prose-editor:ready", ({ detail: { editor } }) => editor.on("update", note));
  form.addEventListener("submit", ({ submitter }) => { if (submitter?.formTarget !== "_blank") unsaved = false; });
  addEventListener("beforeunload", (event) => { if (unsaved) event.preventDefault(); });
}
