--- The page of the console: HTML, style and script in one, without anything from elsewhere.
-- Text of the sandbox goes into the page as text, never as HTML.

local page = {}

local HTML = [==[
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>SpherePay sandbox</title>
<link rel="icon" href="data:,">
<style nonce="${nonce}">
:root { color-scheme: light dark; --line: #8884; --soft: #8882; --good: #18794e; --bad: #c62828;
  --wait: #9a6700; }
@media (prefers-color-scheme: dark) { :root { --good: #5fd08f; --bad: #ff8a80; --wait: #f0b84a; } }
* { box-sizing: border-box; }
body { font: 15px/1.45 system-ui, sans-serif; margin: 0 auto; max-width: 72rem; padding: 1rem; }
h1 { font-size: 1.3rem; margin: 0; } h2 { font-size: 1.05rem; margin: 1.5rem 0 .5rem; }
h3 { font: 600 .95rem ui-monospace, monospace; margin: 0; overflow-wrap: anywhere; }
header { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: baseline;
  justify-content: space-between; }
article { border: 1px solid var(--line); border-radius: .5rem; margin: 0 0 .75rem;
  padding: .75rem; }
article p { margin: .15rem 0; overflow-wrap: anywhere; }
.profile { border-top: 1px solid var(--line); margin-top: .6rem; padding-top: .6rem; }
ul { list-style: none; margin: .3rem 0; padding: 0; columns: 16rem; }
li { break-inside: avoid; overflow-wrap: anywhere; padding-left: 2.4rem; text-indent: -2.4rem; }
li::before { display: inline-block; font-family: ui-monospace, monospace; text-indent: 0;
  width: 2.4rem; }
.complete::before { content: "[x]"; color: var(--good); }
.pending::before { content: "[~]"; color: var(--wait); }
.required::before { content: "[ ]"; }
.error::before { content: "[!]"; color: var(--bad); }
.approved { color: var(--good); } .rejected { color: var(--bad); }
.pending-status, .resubmission_required { color: var(--wait); }
.row { display: flex; flex-wrap: wrap; gap: .4rem; margin-top: .5rem; }
button, select { background: var(--soft); border: 1px solid var(--line); border-radius: .35rem;
  color: inherit; font: inherit; max-width: 100%; min-height: 2.1rem; padding: .2rem .7rem; }
button { cursor: pointer; }
button:hover { border-color: currentColor; }
button[aria-pressed=true] { background: var(--bad); color: #fff; }
@media (prefers-color-scheme: dark) { button[aria-pressed=true] { color: #000; } }
:focus-visible { outline: 3px solid #4c8dff; outline-offset: 1px; }
table { border-collapse: collapse; font: .85rem ui-monospace, monospace; width: 100%; }
td, th { border-bottom: 1px solid var(--line); padding: .2rem .5rem .2rem 0; text-align: left;
  overflow-wrap: anywhere; vertical-align: top; }
#said { min-height: 1.45em; } .bad { color: var(--bad); }
.sr { clip-path: inset(50%); height: 1px; overflow: hidden; position: absolute; width: 1px; }
@media (max-width: 30rem) { .wide { display: none; } }
</style>
</head>
<body>
<header><h1>SpherePay sandbox <span id="generation"></span></h1>
<button id="reset" type="button">Forget everything</button></header>
<p id="said" role="status"></p>
<main>
<h2 id="faults-title">Faults</h2>
<div class="row" id="faults" role="group" aria-labelledby="faults-title"></div>
<h2>Customers</h2>
<div id="subjects"></div>
<h2>Requests</h2>
<table><thead><tr><th>status</th><th>method</th><th>path</th><th class="wide">bytes</th>
<th class="wide">time</th></tr></thead><tbody id="requests"></tbody></table>
</main>
<script nonce="${nonce}">
"use strict";
const FAULTS = { "429": "429, Retry-After 1 s", "500": "500", "503": "503",
  slow: "2 s slow", cut: "cut off" };
const STATES = ["complete", "pending", "required", "error", "absent"];
const POLL = 700;
const shown = {};
let chosen = {};

function make(tag, props, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props || {})) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== null) node.setAttribute(name, value);
  }
  for (const child of children) if (child !== null && child !== undefined) node.append(child);
  return node;
}

function say(text, bad) {
  const place = document.getElementById("said");
  place.textContent = text;
  place.className = bad ? "bad" : "";
}

async function act(name, given, done) {
  try {
    const response = await fetch(name, { method: "POST", body: JSON.stringify(given),
      headers: { "content-type": "application/json" } });
    const value = await response.json();
    say(response.ok ? done : value.error, !response.ok);
  } catch (failure) {
    say("The sandbox does not answer.", true);
  }
  await look();
}

function button(id, text, click, label) {
  return make("button", { id, type: "button", onclick: click, "aria-label": label }, text);
}

function review(subject, profile, status, text) {
  const id = subject.id + "/" + profile.name + "/" + status;
  const order = { id: subject.id, status, profile: profile.name };
  return button(id, text, () => act("review", order, profile.name + ": " + status),
    text + " " + profile.name + " of " + subject.id);
}

function pick(id, label, options) {
  const select = make("select", { id, "aria-label": label },
    ...options.map(name => make("option", { value: name }, name)));
  if (options.includes(chosen[id])) select.value = chosen[id];
  select.addEventListener("change", () => { chosen[id] = select.value; });
  return select;
}

function setter(subject, profile, all) {
  const base = subject.id + "/" + profile.name;
  const own = [...profile.errors.map(e => e.name), ...profile.required, ...profile.pending,
    ...profile.complete].filter((name, i, list) => list.indexOf(name) === i);
  const names = own.concat(all.filter(name => !own.includes(name)));
  const what = pick(base + "/criterion", "Criterion of " + profile.name, names);
  const state = pick(base + "/state", "State", STATES);
  const send = () => act("set", { id: subject.id, criterion: what.value, state: state.value,
    profile: profile.name }, what.value + ": " + state.value);
  return make("div", { class: "row" }, what, state, button(base + "/set", "Set", send,
    "Set the criterion of " + subject.id));
}

function items(profile) {
  const wrong = new Set(profile.errors.map(e => e.name));
  const list = make("ul");
  const add = (state, text) => list.append(make("li", { class: state },
    make("span", { class: "sr" }, state + ": "), text));
  for (const e of profile.errors) add("error", e.name + (e.detail ? ": " + e.detail : ""));
  for (const state of ["required", "pending", "complete"])
    for (const name of profile[state]) if (!wrong.has(name)) add(state, name);
  return list;
}

function profileNode(subject, profile, all) {
  const kind = profile.status === "pending" ? "pending-status" : profile.status;
  const buttons = [review(subject, profile, "approved", "Approve"),
    review(subject, profile, "rejected", "Reject")];
  if (!subject.old) buttons.push(review(subject, profile, "resubmission_required", "Ask again"));
  return make("section", { class: "profile" },
    make("p", {}, profile.name + ": ", make("strong", { class: kind }, profile.status)),
    items(profile), make("div", { class: "row" }, ...buttons),
    subject.old ? null : setter(subject, profile, all));
}

function subjectNode(subject, all) {
  return make("article", { "data-id": subject.id }, make("h3", {}, subject.id),
    make("p", {}, [subject.kind, subject.type, subject.email].filter(Boolean).join(", ")),
    ...subject.profiles.map(profile => profileNode(subject, profile, all)));
}

// Draws a part anew when it has changed; whoever has the keyboard keeps it.
function redraw(id, value, nodes) {
  const text = JSON.stringify(value);
  if (shown[id] === text) return;
  shown[id] = text;
  const focused = document.activeElement && document.activeElement.id;
  document.getElementById(id).replaceChildren(...nodes());
  const again = focused && document.getElementById(focused);
  if (again && again !== document.activeElement) again.focus();
}

function draw(state) {
  document.getElementById("generation").textContent = "(" + state.generation + ")";
  redraw("faults", [state.fault, state.faults], () => state.faults.map(name => {
    const on = state.fault === name;
    const node = button("fault-" + name, FAULTS[name] || name, () => act("fault",
      on ? {} : { name }, on ? "Faults are off." : "Every answer: " + (FAULTS[name] || name)));
    node.setAttribute("aria-pressed", on);
    return node;
  }));
  for (const subject of state.subjects) subject.old = state.generation === "v1";
  redraw("subjects", [state.subjects], () => state.subjects.length
    ? state.subjects.map(subject => subjectNode(subject, state.criteria))
    : [make("p", {}, "Nobody yet: create a customer with a client of this sandbox.")]);
  redraw("requests", state.requests, () => state.requests.map(each => make("tr", {},
    make("td", {}, String(each.status || "")), make("td", {}, each.method),
    make("td", {}, each.path), make("td", { class: "wide" }, String(each.bytes)),
    make("td", { class: "wide" }, each.at.slice(11, 19)))));
}

async function look() {
  try {
    draw(await (await fetch("state")).json());
    if (document.body.dataset.lost) say("");
    delete document.body.dataset.lost;
  } catch (failure) {
    document.body.dataset.lost = "yes";
    say("The sandbox does not answer.", true);
  }
}

document.getElementById("reset").addEventListener("click",
  () => act("reset", {}, "Everything is forgotten."));
(async () => {
  for (;;) {
    if (!document.hidden) await look();
    await new Promise(done => setTimeout(done, POLL));
  }
})();
</script>
</body>
</html>
]==]

--- The page.
---@param nonce string that its own style and script carry
---@return string
function page.html(nonce)
  return (HTML:gsub("%${nonce}", nonce))
end

return page
