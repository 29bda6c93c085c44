// What Habilis adds where scripts run; the package comment in static.go says
// which attributes it knows. Every page works without it.
(() => {
  "use strict";

  const pageWindow = () => document.getElementById("window");
  const isField = (el) => el.closest("input, textarea, select, [contenteditable]");
  let opener = null;
  let typed = false; // in the window, and not saved

  // Windows.

  function openWindow(link) {
    opener = link;
    typed = false;
    link.setAttribute("aria-busy", "true");
    htmx
      .ajax("GET", link.href, { source: link, target: pageWindow(), swap: "innerHTML" })
      .finally(() => link.removeAttribute("aria-busy"));
  }

  function showWindow() {
    const dialog = pageWindow();
    if (!dialog.open) dialog.showModal();
    fetchScript(dialog.querySelector("[data-script]")?.dataset);
    const first = dialog.querySelector(
      ".error-summary, [aria-invalid=true]:not(fieldset), fieldset[aria-invalid=true] input:enabled, [autofocus]",
    );
    (first || dialog.querySelector("h1"))?.focus();
  }

  // The script of a window, which the page beneath it may do without.
  function fetchScript(of) {
    if (!of || document.querySelector(`script[src="${of.script}"]`)) return;
    const script = document.head.appendChild(document.createElement("script"));
    Object.assign(script.dataset, of);
    script.src = of.script;
  }

  // What was typed is not thrown away unasked.
  function closeWindow() {
    if (!typed) return pageWindow().close();
    const question = document.getElementById("unsaved");
    if (!question.open) question.showModal();
  }

  function forgetWindow() {
    typed = false;
    htmx.trigger(pageWindow(), "htmx:abort");
    pageWindow().replaceChildren();
    if (opener && opener.isConnected) opener.focus();
    opener = null;
  }

  // A user name that was proposed gives way to what is typed, and takes the place of none.
  const stillProposed = (field) => field.value === document.getElementById("f-proposed")?.value;
  document.addEventListener("mousedown", ({ target: field }) => {
    if (field.id !== "f-username" || field === document.activeElement) return;
    field.addEventListener("click", () => stillProposed(field) && field.select(), { once: true });
  });

  // A window shows refusals, if need be only the content of the page that says
  // one; other parts of a page keep what they have. A whole page that isn't one
  // takes the place of this one.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, target } = event.detail;
    const refused = xhr.status >= 400;
    event.detail.ignoreTitle = true;
    const wholePage = /^\s*<!doctype/i.test(xhr.responseText);
    if (target.id === "username" && !stillProposed(document.getElementById("f-username"))) {
      event.detail.shouldSwap = false;
    } else if (wholePage && target.id === "content") {
      event.detail.shouldSwap = true;
      event.detail.ignoreTitle = false;
    } else if (refused && target === pageWindow()) {
      if (wholePage) event.detail.selectOverride = "#content > .card";
    } else if (refused) {
      event.detail.shouldSwap = false;
      if (xhr.status >= 500) showTrouble(true);
    } else if (wholePage) {
      event.detail.shouldSwap = false;
      location.assign(xhr.responseURL);
    }
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target !== pageWindow()) return;
    if (event.detail.requestConfig.verb === "get") typed = false;
    showWindow();
  });

  // A form's next step takes the place of the content.
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target.id !== "content") return;
    const content = document.getElementById("content");
    (content.querySelector(".error-summary") || content.querySelector("[autofocus]") || content.querySelector("h1"))?.focus();
  });

  // Empty filters stay out of the address.
  document.addEventListener("htmx:configRequest", (event) => {
    if (!event.target.matches("form.filters")) return;
    for (const [name, value] of Object.entries(event.detail.parameters)) {
      if (value === "") delete event.detail.parameters[name];
    }
  });

  function showTrouble(shown) {
    const line = document.getElementById("trouble");
    if (line) line.hidden = !shown;
  }
  document.addEventListener("htmx:beforeRequest", () => showTrouble(false));

  // A form that is on its way asks for nothing more: the session that its fields
  // would ask with may be another by then, and the answer would lead to the sign-in.
  const sent = new Set();
  document.addEventListener("submit", (event) => {
    if (event.defaultPrevented || event.target.method !== "post") return;
    sent.add(event.target);
    for (const asking of event.target.querySelectorAll("[hx-get], [hx-post]")) htmx.trigger(asking, "htmx:abort");
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (sent.has(event.target.closest("form"))) event.preventDefault();
  });
  window.addEventListener("pageshow", () => sent.clear());
  document.addEventListener("htmx:sendError", () => showTrouble(true));
  document.addEventListener("htmx:timeout", () => showTrouble(true));

  // Clicks.

  function say(button, what) {
    const said = button.querySelector("[role=status]");
    said.textContent = what;
    setTimeout(() => (said.textContent = ""), 2000);
  }

  const acts = {
    window(link, event) {
      const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey;
      if (!plain || !window.htmx || !pageWindow()) return;
      event.preventDefault();
      openWindow(link);
    },
    close(button, event) {
      const dialog = button.closest("dialog");
      if (!dialog) return;
      event.preventDefault();
      if (dialog === pageWindow()) closeWindow();
      else dialog.close();
    },
    discard(button) {
      button.closest("dialog").close();
      pageWindow().close();
    },
    undo: putBack,
    print: () => window.print(),
    dialog(button) {
      document.getElementById(button.dataset.dialog).showModal();
    },
    reveal(button) {
      const input = document.getElementById(button.dataset.reveal);
      const shown = input.type === "password";
      input.type = shown ? "text" : "password";
      button.setAttribute("aria-pressed", shown);
    },
    async copy(button) {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).innerText);
      say(button, button.dataset.copied);
    },
    // The text of an element, as a file of the person's own.
    save(button) {
      const text = document.getElementById(button.dataset.save).innerText.replace(/\n+/g, "\r\n") + "\r\n";
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
      link.download = button.dataset.file;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
      say(button, button.dataset.saved);
    },
  };

  // In the capture phase, before htmx takes the links that a window boosts.
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
    for (const [name, act] of Object.entries(acts)) {
      const source = event.target.closest(`[data-${name}]`);
      if (!source || (name === "window" && source.closest("dialog"))) continue;
      if (name === "close" && source.closest("dialog")) event.stopPropagation();
      act(source, event);
      return;
    }
  }, true);

  document.addEventListener("input", (event) => {
    const text = event.target.matches("textarea, input:not([type=radio], [type=checkbox])");
    if (text && pageWindow()?.contains(event.target)) typed = true;
  });

  document.addEventListener("cancel", (event) => {
    if (event.target !== pageWindow() || !typed) return;
    event.preventDefault();
    closeWindow();
  }, true);

  document.addEventListener("close", (event) => {
    if (event.target === pageWindow()) forgetWindow();
  }, true);

  // Grids of permissions.

  const chosen = (set) => set.querySelector(":checked");
  const reach = (input) => Number(input.dataset.reach);

  function own(set) {
    const kept = set.querySelector("[type=hidden]");
    return kept ? set.querySelector(`[type=radio][value="${kept.value}"]`) : chosen(set);
  }

  function keep(set, choice) {
    set.querySelector("[type=hidden]")?.remove();
    if (choice === chosen(set)) return;
    const kept = document.createElement("input");
    set.append(Object.assign(kept, { type: "hidden", name: `own.${choice.name}`, value: choice.value }));
  }

  function giveWay(set, fits, best) {
    const first = own(set);
    const others = [...set.querySelectorAll("[data-reach]")].filter(fits);
    const [next] = fits(first) ? [first] : others.sort((a, b) => best * (reach(a) - reach(b)));
    if (!next || next === chosen(set)) return;
    next.checked = true;
    keep(set, first);
    set.classList.remove("moved");
    void set.offsetWidth;
    set.classList.add("moved");
  }

  function linkCells(set) {
    const [view, edit] = set.closest("tr").querySelectorAll(".scopes");
    const limit = reach(chosen(set));
    if (set === edit) giveWay(view, (input) => !(reach(input) < limit), 1);
    else giveWay(edit, (input) => !(reach(input) > limit), -1);
  }

  document.addEventListener("click", (event) => {
    if (event.target.matches(".scopes [type=radio]")) keep(event.target.closest(".scopes"), event.target);
  });

  document.addEventListener("change", (event) => {
    const set = event.target.closest(".scopes");
    const table = event.target.closest("[data-grid]");
    if (set) linkCells(set);
    if (table) htmx.trigger(table, "settled");
  });

  // A page that is gone back to may have its choices again.
  window.addEventListener("pageshow", () => {
    for (const table of document.querySelectorAll("[data-grid]")) {
      if (table.querySelector(".scopes :checked:not([data-was])")) htmx.trigger(table, "settled");
    }
  });

  // Roles that are ticked: beside one that stands alone no other stays. What gives
  // way is named, and can be put back. Before htmx hears of it, which asks what the
  // ticks mean.

  let asBefore = []; // boxes that were ticked before the last one

  function sayGaveWay(set, text, back) {
    const line = set.querySelector(".gave-way");
    line.querySelector("p").textContent = text;
    line.querySelector("button").hidden = !back;
  }

  function standAlone(set, box) {
    const others = [...set.querySelectorAll(":checked")].filter((other) => other !== box);
    const gone = others.filter((other) => "alone" in box.dataset || "alone" in other.dataset);
    asBefore = box.checked ? others : [];
    if (!box.checked || !gone.length) return sayGaveWay(set, "", false);
    for (const other of gone) {
      other.checked = false;
      const card = other.closest(".radio-card");
      card.classList.remove("moved");
      void card.offsetWidth;
      card.classList.add("moved");
    }
    const names = gone.map((other) => other.closest("label").querySelector("b").textContent.trim());
    const said = gone.length === 1 ? set.dataset.one : set.dataset.other;
    sayGaveWay(set, said.replace("{n}", gone.length).replace("{names}", names.join(", ")), true);
  }

  function putBack(button) {
    const set = button.closest(".ticks");
    for (const box of set.querySelectorAll("input[type=checkbox]:enabled")) box.checked = asBefore.includes(box);
    sayGaveWay(set, set.dataset.undone, false);
    asBefore[0]?.focus();
    htmx.trigger(set, "change");
  }

  document.addEventListener("change", (event) => {
    const set = event.target.closest(".ticks");
    if (set && event.target.type === "checkbox") standAlone(set, event.target);
  }, true);

  // Lists whose rows can be ticked. The head's box ticks all; how many are is
  // written, so that it is said, too.

  const boxes = (list) => [...list.querySelectorAll("tbody .pick input")];

  function countTicked(list) {
    const all = boxes(list);
    const ticked = all.filter((box) => box.checked).length;
    const head = list.querySelector("[data-tick-all]");
    if (!head) return;
    head.checked = ticked > 0 && ticked === all.length;
    head.indeterminate = ticked > 0 && ticked < all.length;
    document.querySelector("#bulk .ticked").textContent = ticked || "";
  }

  document.addEventListener("change", (event) => {
    const list = event.target.closest(".pick") && event.target.closest(".list");
    if (!list) return;
    if (event.target.matches("[data-tick-all]")) for (const box of boxes(list)) box.checked = event.target.checked;
    countTicked(list);
  });

  // Choices that can be ticked say how many are, and what was wrong is over.
  document.addEventListener("change", (event) => {
    const choices = event.target.closest(".choices.ticked");
    if (!choices) return;
    choices.querySelector("legend .ticked").textContent = choices.querySelectorAll(":checked").length;
    for (const error of choices.closest("form").querySelectorAll(".error-summary, .error")) error.remove();
  });

  // A page that is gone back to may have its ticks again.
  window.addEventListener("pageshow", () => document.querySelectorAll(".list").forEach(countTicked));

  // Keys.

  const keysOff = () => localStorage.getItem("habilis.keys") === "off";

  const keys = {
    "/": () => document.getElementById("search"),
    "?": () => document.getElementById("keys"),
  };

  function pressKey(event) {
    const target = keys[event.key]?.();
    if (!target || keysOff() || isField(event.target) || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    if (target.localName === "dialog") target.showModal();
    else target.focus();
  }

  // Up and down go to the same control of the next row.
  function moveRow(event) {
    const row = event.target.closest("table tbody tr");
    if (!row || (isField(event.target) && event.target.type !== "checkbox")) return;
    const column = event.target.closest("td, th").cellIndex;
    const controls = (r) => [...(r.cells[column]?.querySelectorAll("a[href], button, input") ?? [])];
    const at = controls(row).indexOf(event.target);
    const rows = [...row.closest("table").querySelectorAll("tbody tr")].filter((r) => controls(r).length);
    const next = rows[rows.indexOf(row) + (event.key === "ArrowDown" ? 1 : -1)];
    if (!next || at < 0) return;
    event.preventDefault();
    const list = controls(next);
    list[Math.min(at, list.length - 1)].focus();
  }

  function closeMenu() {
    const menu = document.querySelector("details.menu[open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  }

  // Browsers let the event "cancel" be prevented once only, and may close two
  // dialogs at one stroke; the key can always be prevented.
  function escape(event) {
    closeMenu();
    if (!typed || event.isComposing) return;
    event.preventDefault();
    const question = document.getElementById("unsaved");
    if (question.open) question.close();
    else closeWindow();
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") escape(event);
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") moveRow(event);
    else pressKey(event);
  });

  const keysBox = document.getElementById("keys-on");
  if (keysBox) {
    keysBox.checked = !keysOff();
    keysBox.addEventListener("change", () => {
      localStorage.setItem("habilis.keys", keysBox.checked ? "on" : "off");
    });
  }
})();
