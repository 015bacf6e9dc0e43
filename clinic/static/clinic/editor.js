/* The rich text editor: the name of its textarea's label, what is pasted as the server would keep it, and
   links to the site's own pages. Loaded before the editor, which says when it is ready. */
const { pasted } = document.currentScript.dataset;

const nameOf = (editor, textarea) => {
  const label = document.querySelector(`label[for="${textarea.id}"]`);
  if (!label) return;
  label.id ||= `${textarea.id}_label`;
  editor.view.dom.setAttribute("aria-labelledby", label.id);
};

const kept = async (html) => {
  const csrfmiddlewaretoken = document.querySelector("[name=csrfmiddlewaretoken]").value;
  try {
    const answer = await fetch(pasted, { method: "POST", body: new URLSearchParams({ html, csrfmiddlewaretoken }) });
    return answer.ok && !answer.redirected ? await answer.text() : null;
  } catch {
    return null; // no connection: the plain text is pasted, and nothing is lost
  }
};

const takePasted = (editor) => {
  const take = async (event) => {
    const html = event.clipboardData?.getData("text/html") ?? "";
    if (!html || html.includes("data-pm-slice")) return;
    const plain = event.clipboardData.getData("text/plain");
    event.preventDefault();
    event.stopPropagation();
    const clean = await kept(html);
    if (clean) editor.view.pasteHTML(clean);
    else if (plain) editor.view.pasteText(plain);
  };
  editor.view.dom.parentElement.addEventListener("paste", take, { capture: true });
};

/* The marked words become the link; without any the page's title is put in as one. */
const linkTo = (editor, { dataset: { href }, textContent: text }) => {
  const here = editor.chain().focus();
  if (!editor.state.selection.empty || editor.isActive("link")) here.extendMarkRange("link").setLink({ href }).run();
  else here.insertContent([{ type: "text", text, marks: [{ type: "link", attrs: { href } }] }, { type: "text", text: " " }]).run();
};

document.addEventListener("prose-editor:ready", ({ detail: { editor, textarea } }) => {
  nameOf(editor, textarea);
  takePasted(editor);
  for (const button of document.querySelectorAll(".own-pages button")) {
    button.addEventListener("click", () => linkTo(editor, button));
  }
});
