// Passkeys: the one thing that a browser does not do without a script. Everything else works without this file.
"use strict";

(() => {
  const toBytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
  const toText = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  const decoded = (options) => {
    const made = { ...options.publicKey, challenge: toBytes(options.publicKey.challenge) };
    if (made.user) made.user = { ...made.user, id: toBytes(made.user.id) };
    for (const name of ["excludeCredentials", "allowCredentials"]) {
      if (made[name]) made[name] = made[name].map((one) => ({ ...one, id: toBytes(one.id) }));
    }
    return made;
  };

  const encoded = (credential) => {
    const response = {};
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (credential.response[name]) response[name] = toText(credential.response[name]);
    }
    return {
      id: credential.id,
      rawId: toText(credential.rawId),
      type: credential.type,
      authenticatorAttachment: credential.authenticatorAttachment,
      clientExtensionResults: credential.getClientExtensionResults(),
      response,
    };
  };

  const optionsOf = async (form) => {
    if (form.dataset.options) return JSON.parse(form.dataset.options);
    const answer = await fetch(form.dataset.ask, { headers: { Accept: "application/json" } });
    return (await answer.json()).request_options;
  };

  const use = async (form) => {
    const publicKey = decoded(await optionsOf(form));
    if (form.dataset.passkey === "make") {
      const alone = form.elements.passwordless && form.elements.passwordless.checked;
      publicKey.authenticatorSelection = {
        ...publicKey.authenticatorSelection,
        residentKey: alone ? "required" : "discouraged",
        requireResidentKey: Boolean(alone),
        userVerification: alone ? "required" : "preferred",
      };
      return navigator.credentials.create({ publicKey });
    }
    return navigator.credentials.get({ publicKey });
  };

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    if (!window.PublicKeyCredential) continue;
    form.hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const wrong = form.querySelector("[role=alert]");
      wrong.hidden = true;
      try {
        form.elements.credential.value = JSON.stringify(encoded(await use(form)));
        form.submit();
      } catch (error) {
        wrong.hidden = false;
      }
    });
  }
})();
