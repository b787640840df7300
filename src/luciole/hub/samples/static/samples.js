// Comfort for the hand-in form: files can be dropped, show how far they are, and go on where they broke off.
// Without this script the form is sent as it is.
"use strict";

(() => {
  const form = document.getElementById("hand-in");
  const input = form && form.querySelector('input[type="file"]');
  if (!form || !input || !window.fetch || !window.DataTransfer) return;

  const drop = document.getElementById("drop");
  const progress = document.getElementById("progress");
  const button = form.querySelector("button");
  const token = form.querySelector('[name="csrfmiddlewaretoken"]').value;
  const piece = Number(form.dataset.piece);
  const longestPause = 30000;
  const tries = 12;

  drop.textContent = form.dataset.drop;
  drop.hidden = false;
  for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
    drop.addEventListener(kind, (event) => {
      event.preventDefault();
      drop.classList.toggle("over", kind === "dragenter" || kind === "dragover");
    });
  }
  drop.addEventListener("drop", (event) => {
    const all = new DataTransfer();
    for (const file of [...input.files, ...event.dataTransfer.files]) all.items.add(file);
    input.files = all.files;
    drop.textContent = [...input.files].map((file) => file.name).join(", ");
  });

  class Refused extends Error {}

  async function ask(address, options) {
    const response = await fetch(address, { ...options, headers: { "X-CSRFToken": token }, credentials: "same-origin" });
    if (response.redirected) throw new Refused(form.dataset.failed);
    const body = await response.json().catch(() => ({}));
    if (response.status === 409 && "at" in body) return body;
    if (response.status >= 500 && response.status !== 507) throw new Error(String(response.status));
    if (!response.ok) throw new Refused(body.problem || String(response.status));
    return body;
  }

  const pause = (time) => new Promise((done) => setTimeout(done, time));

  // Asks again, later and later, while only the connection is missing.
  async function patiently(what, say) {
    for (let number = 0; ; number += 1) {
      try {
        return await what();
      } catch (error) {
        if (error instanceof Refused || number >= tries) throw error;
        say(form.dataset.broken);
        await pause(Math.min(longestPause, 500 * 2 ** number));
      }
    }
  }

  async function send(file, line) {
    const about = new FormData(form);
    about.delete(input.name);
    about.set("file_name", file.name);
    about.set("size", String(file.size));
    const made = await patiently(() => ask(form.dataset.begin, { method: "POST", body: about }), line.say);
    const upload = `${form.dataset.begin}/${made.upload}`;
    let at = 0;
    while (at < file.size) {
      const next = await patiently(
        () => ask(`${upload}?at=${at}`, { method: "POST", body: file.slice(at, at + piece) }), line.say);
      at = next.at;
      line.show(at);
    }
    return patiently(() => ask(`${upload}/finish`, { method: "POST" }), line.say);
  }

  function lineFor(file) {
    const box = document.createElement("div");
    const text = document.createElement("p");
    const bar = document.createElement("progress");
    const name = document.createElement("bdi");
    const state = document.createElement("span");
    box.className = "file";
    name.textContent = file.name;
    state.textContent = ` – ${form.dataset.waiting}`;
    bar.max = Math.max(1, file.size);
    bar.value = 0;
    bar.setAttribute("aria-label", file.name);
    text.append(name, state);
    box.append(text, bar);
    progress.append(box);
    return {
      say: (what) => { state.textContent = ` – ${what}`; },
      show: (value) => { bar.value = value; state.textContent = ` – ${Math.floor((100 * value) / bar.max)} %`; },
      end: (what) => { bar.value = bar.max; state.textContent = ` – ${what}`; },
    };
  }

  form.addEventListener("submit", async (event) => {
    if (!input.files.length) return;
    event.preventDefault();
    button.disabled = true;
    progress.replaceChildren();
    const lines = [...input.files].map((file) => [file, lineFor(file)]);
    let failed = 0;
    for (const [file, line] of lines) {
      try {
        await send(file, line);
        line.end(form.dataset.done);
      } catch (error) {
        failed += 1;
        line.say(`${form.dataset.failed}: ${error.message}`);
      }
    }
    button.disabled = false;
    if (!failed) window.location.assign(form.dataset.own);
  });
})();
