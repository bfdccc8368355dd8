// Only what makes pages quicker to use. Every page works without this file.

const POLL_MILLISECONDS = 15_000;
const RESEND_MILLISECONDS = 8_000;

const find = (selector, root = document) => root.querySelector(selector);
const findAll = (selector, root = document) => [...root.querySelectorAll(selector)];

/** Says something to screen readers. The live region is made beforehand, or they would not notice the words. */
const liveRegion = document.createElement("p");
liveRegion.className = "vh";
liveRegion.setAttribute("role", "status");
find("main")?.append(liveRegion);
const announce = (words) => { liveRegion.textContent = words; };

/** Focus goes to the error summary, and its links bring the whole field into view, label included. */
function startAtTheErrors() {
  find("[data-focus]")?.focus();
  for (const link of findAll(".errors a")) {
    link.addEventListener("click", (event) => {
      const input = document.getElementById(link.hash.slice(1));
      if (!input) return;
      event.preventDefault();
      (input.closest("fieldset, .field") ?? input).scrollIntoView({ block: "start" });
      input.focus({ preventScroll: true });
    });
  }
}

/** The account menu closes on Escape and on a click elsewhere. */
function closeMenus() {
  for (const menu of findAll("[data-menu]")) {
    menu.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !menu.open) return;
      menu.open = false;
      find("summary", menu).focus();
    });
    document.addEventListener("click", (event) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  }
}

/** A second press of a button sends nothing, until the page has had time to answer or is shown again. */
function sendFormsOnce() {
  for (const form of findAll("form[data-once]")) {
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) {
        event.preventDefault();
        return;
      }
      form.dataset.sent = "yes";
      setTimeout(() => delete form.dataset.sent, RESEND_MILLISECONDS);
    });
    window.addEventListener("pageshow", () => delete form.dataset.sent);
  }
}

/** Says how the hour stands. Screen readers hear of it only when that changes. */
function sayState(box, usage, write) {
  const gauge = find("[data-gauge]", box);
  const hasChanged = gauge.dataset.kind !== usage.state.kind;
  gauge.dataset.kind = usage.state.kind;
  const tag = find("[data-state] .tag", box);
  tag.dataset.kind = usage.state.kind;
  tag.textContent = usage.state.tag;
  write("[data-sentence]", usage.state.sentence);
  if (usage.used > 0) find("[data-nothing-used]", box)?.remove();
  if (hasChanged) announce(`${usage.state.tag}. ${usage.state.sentence}`);
}

/** Draws what /usage.json says. */
function drawUsage(box, usage) {
  const number = (value) => value.toLocaleString("en-GB");
  const write = (selector, text) => { const element = find(selector, box); if (element) element.textContent = text; };
  const isLimited = usage.state.kind !== "unlimited";
  const filled = usage.limit > 0 ? Math.min(100, (100 * usage.used) / usage.limit) : 100;

  const gauge = find("[data-gauge]", box);
  gauge.setAttribute("aria-valuenow", usage.used);
  gauge.setAttribute("aria-valuemax", Math.max(usage.limit, usage.used));
  gauge.setAttribute("aria-valuetext", isLimited ? usage.value_text : `${number(usage.used)} used, not limited`);
  const arch = find(".fill", gauge);
  arch.setAttribute("stroke-dasharray", `${filled.toFixed(2)} 200`);
  arch.setAttribute("visibility", filled > 0 && isLimited ? "visible" : "hidden");
  write("[data-number]", number(isLimited ? usage.left : usage.used));
  write("[data-limit]", number(usage.limit));
  write("[data-resets-at]", usage.resets_at_text);

  // Where opening this very page is all that was counted, the page has said so, and nothing has happened since.
  if (!("ownView" in box.dataset && usage.used <= 1)) sayState(box, usage, write);

  const burst = find("[data-burst] [role=meter]", box);
  burst.setAttribute("aria-valuenow", usage.burst_used);
  burst.setAttribute("aria-valuemax", Math.max(usage.burst_limit, usage.burst_used));
  burst.setAttribute("aria-valuetext", `${number(usage.burst_used)} of ${number(usage.burst_limit)}`);
  find("rect", burst).setAttribute("width", Math.min(100, (100 * usage.burst_used) / usage.burst_limit).toFixed(2));
  write("[data-burst-used]", number(usage.burst_used));
  write("[data-burst-limit]", number(usage.burst_limit));

  const updated = find("[data-updated]");
  if (updated) updated.textContent = `Updated at ${usage.updated_at_text}`;
}

/** Asks for the usage while the page is looked at. Without an answer the last good figures stay, with their time. */
function followUsage() {
  const box = find("[data-usage]");
  if (!box) return;
  const poll = async () => {
    if (document.hidden) return;
    try {
      const response = await fetch(box.dataset.usage, { headers: { accept: "application/json" } });
      const usage = response.ok ? await response.json() : null;
      if (usage && usage.available !== false) drawUsage(box, usage);
    } catch (error) {
      if (!(error instanceof TypeError || error instanceof SyntaxError)) throw error; // not the network, but our own bug
    }
  };
  setInterval(poll, POLL_MILLISECONDS);
  document.addEventListener("visibilitychange", poll);
}

/** Counts down to when a refused request may be sent again, and speaks once, at the end. */
function countDown() {
  const place = find("[data-countdown]");
  if (!place) return;
  const end = Date.now() + 1000 * Number(place.dataset.countdown);
  const timer = setInterval(() => {
    const seconds = Math.ceil((end - Date.now()) / 1000);
    if (seconds <= 0) {
      clearInterval(timer);
      place.textContent = "now";
      announce("You can carry on now.");
    } else if (seconds > 90) {
      place.textContent = `in ${Math.ceil(seconds / 60)} minutes`;
    } else {
      place.textContent = `in ${seconds} ${seconds === 1 ? "second" : "seconds"}`;
    }
  }, 1000);
}

startAtTheErrors();
closeMenus();
sendFormsOnce();
followUsage();
countDown();
