/* Passkeys: to sign in, to show once more who it is, and to set one up. Each form marked data-passkey holds one button
   and a hidden field for what the browser's dialog gives back. What can't be done here stays hidden, and without
   JavaScript the page's other ways are there. */
"use strict";
(() => {
  // The server takes an answer for ten minutes.
  const RENEW = 8 * 60 * 1000;
  let waiting = null;

  function start(form) {
    const button = form.querySelector("button");
    const isSignIn = form.dataset.passkey === "sign-in";
    if (!window.PublicKeyCredential) return;
    form.closest("[data-passkey-part]").hidden = false;
    document.querySelectorAll("[data-no-passkey]").forEach((words) => { words.hidden = true; });
    button.addEventListener("click", async (event) => {
      event.preventDefault();
      waiting?.abort();
      say(form, "");
      try {
        await (isSignIn ? signIn(form) : form.dataset.passkey === "new" ? create(form) : prove(form));
      } catch (error) {
        if (error.name !== "AbortError") say(form, form.dataset.failed);
        if (isSignIn) offer(form);
      }
    });
    if (isSignIn) offer(form);
  }

  function say(form, words) {
    form.querySelector("[role=alert]").textContent = words;
  }

  function given() {
    return JSON.parse(document.getElementById("js_data").textContent);
  }

  function send(form, credential) {
    form.elements.credential.value = JSON.stringify(credential);
    form.submit();
  }

  async function asked(form) {
    const answer = await fetch(form.action, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    const { request_options: options, state } = await answer.json();
    form.elements.state.value = state;
    return options;
  }

  async function signIn(form, how = {}) {
    send(form, await window.webauthnJSON.get({ ...(await asked(form)), ...how }));
  }

  async function prove(form) {
    send(form, await window.webauthnJSON.get(given().request_options));
  }

  async function create(form) {
    const options = given().creation_options;
    const isPasskey = form.elements.passwordless.checked;
    const wanted = options.publicKey.authenticatorSelection ||= {};
    wanted.residentKey = isPasskey ? "required" : "discouraged";
    wanted.requireResidentKey = isPasskey;
    if (isPasskey) wanted.userVerification = "required";
    send(form, await window.webauthnJSON.create(options));
  }

  // The browser offers its passkeys in the field of the name until the button is used or the page is left.
  async function offer(form) {
    if (!(await window.PublicKeyCredential.isConditionalMediationAvailable?.())) return;
    waiting = new AbortController();
    const { signal } = waiting;
    const renew = setTimeout(() => { waiting.abort(); offer(form); }, RENEW);
    try {
      await signIn(form, { mediation: "conditional", signal });
    } catch {
      // Turned down, or ended by the button; the page's other ways are there.
    } finally {
      clearTimeout(renew);
    }
  }

  document.querySelectorAll("form[data-passkey]").forEach(start);
})();
