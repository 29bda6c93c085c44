// Passkeys, where the browser has them. A form with data-passkey is shown then; when
// it is sent, the browser is asked first, with what data-passkey-options answers, and
// its own answer is sent along, in the field with data-passkey-answer. One with
// data-passkey-autofill asks at once, too, so that passkeys stand among what the
// browser proposes for the user name.
(() => {
  "use strict";

  if (!window.PublicKeyCredential || location.origin !== document.currentScript.dataset.passkeys) return;
  document.documentElement.classList.add("passkeys");

  const minute = 60_000;
  const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  const text = (buffer) =>
    btoa(Array.from(new Uint8Array(buffer), (b) => String.fromCharCode(b)).join(""))
      .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

  // What the server asks, as browsers take it: those of before 2025 read no JSON.
  function read(options) {
    options.challenge = bytes(options.challenge);
    if (options.user) options.user.id = bytes(options.user.id);
    for (const one of [...(options.allowCredentials ?? []), ...(options.excludeCredentials ?? [])]) one.id = bytes(one.id);
    return options;
  }

  // What the browser answers, as the server takes it.
  function write({ id, rawId, type, response }) {
    const said = {};
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (response[name]) said[name] = text(response[name]);
    }
    if (response.getTransports) said.transports = response.getTransports();
    return JSON.stringify({ id, rawId: text(rawId), type, response: said });
  }

  let asking = null; // what the browser is asked now: it is asked one thing at a time

  async function ask(form, mediation) {
    asking?.abort();
    const { signal } = (asking = new AbortController());
    const answer = await fetch(form.dataset.passkeyOptions, { method: "POST", headers: { Accept: "application/json" }, signal });
    const json = answer.headers.get("Content-Type") === "application/json";
    if (!json) return location.reload(); // a page: the session is over, or must know who is there
    const options = await answer.json();
    if (options.refused) throw new Error(options.refused, { cause: "server" });
    const publicKey = read(options);
    const make = form.dataset.passkey === "make";
    const credential = await navigator.credentials[make ? "create" : "get"]({ publicKey, mediation, signal });
    form.querySelector("[data-passkey-answer]").value = write(credential);
    form.submit();
  }

  // Browsers say neither who cancelled nor why, so that no site learns what there is.
  const troubles = {
    InvalidStateError: "known",
    SecurityError: "elsewhere",
    NotSupportedError: "unable",
    ConstraintError: "unable",
    NotAllowedError: "cancelled",
  };

  function explain(form, error, took) {
    if (error.name === "AbortError") return;
    const trouble = error.name === "NotAllowedError" && took >= 5 * minute ? "late" : troubles[error.name] ?? "failed";
    const said = form.querySelector(".passkey-said");
    said.textContent = error.cause === "server" ? error.message : said.dataset[trouble];
  }

  document.addEventListener("submit", async (event) => {
    const form = event.target.closest("form[data-passkey]");
    if (!form) return;
    event.preventDefault();
    event.stopPropagation(); // htmx would send it as it is
    form.querySelector(".passkey-said").textContent = "";
    form.setAttribute("aria-busy", "true");
    const began = Date.now();
    try {
      await ask(form);
    } catch (error) {
      explain(form, error, Date.now() - began);
      propose();
    } finally {
      form.removeAttribute("aria-busy");
    }
  }, true);

  // What is proposed is asked anew before it is too old to be answered.
  let proposed = 0;

  async function propose() {
    const form = document.querySelector("form[data-passkey-autofill]");
    if (!form || !(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
    proposed = Date.now();
    await ask(form, "conditional").catch(() => {}); // nobody asked for it: nothing is said
  }

  setInterval(() => {
    if (proposed && !document.hidden && Date.now() - proposed > 4 * minute) propose();
  }, minute / 2);
  propose();
})();
