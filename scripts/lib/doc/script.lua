--- What the reference does in a browser: search, the theme, the contents. Without it the page can
-- be read all the same.
return [[
"use strict";
const root = document.documentElement;
const search = document.getElementById("search");
const found = document.getElementById("found");
const contents = document.getElementById("contents");
const narrow = matchMedia("(max-width: 52rem)");

// The theme: as the system has it until the button says otherwise.
function show_theme(dark) {
  root.dataset.theme = dark ? "dark" : "light";
  document.getElementById("theme").textContent = dark ? "light" : "dark";
}
const system_dark = matchMedia("(prefers-color-scheme: dark)");
let chosen = null;
try { chosen = localStorage.getItem("moonlet-theme"); } catch { /* a file may have no storage */ }
show_theme(chosen ? chosen === "dark" : system_dark.matches);
system_dark.addEventListener("change", (event) => { if (!chosen) show_theme(event.matches); });
document.getElementById("theme").addEventListener("click", () => {
  chosen = root.dataset.theme === "dark" ? "light" : "dark";
  show_theme(chosen === "dark");
  try { localStorage.setItem("moonlet-theme", chosen); } catch { /* then it lasts for this page */ }
});

// The search, as help() has it: what holds most of the words first, then names before texts.
const entries = Array.from(document.querySelectorAll("article"), (article) => ({
  id: article.id,
  name: article.id.toLowerCase(),
  last: article.id.toLowerCase().replace(/^.*[.:]/, ""),
  text: article.textContent.toLowerCase(),
  first: article.dataset.first,
}));
function word_worth(entry, word) {
  if (entry.last === word || entry.name === word) return 100;
  if (entry.last.startsWith(word)) return 40;
  if (entry.name.includes(word)) return 20;
  if (entry.first.toLowerCase().includes(word)) return 8;
  return entry.text.includes(word) ? 2 : 0;
}
function worth(entry, words) {
  let sum = 0;
  for (const word of words) {
    const points = word_worth(entry, word);
    if (points > 0) sum += 1000 + points;
  }
  return sum > 0 ? sum - entry.last.length / 100 : 0;
}
function show_found() {
  const words = search.value.toLowerCase().split(/\s+/).filter((word) => word);
  contents.hidden = words.length > 0;
  found.replaceChildren();
  if (!words.length) return;
  const hits = entries.map((entry) => [worth(entry, words), entry]).filter((hit) => hit[0] > 0);
  hits.sort((a, b) => b[0] - a[0]);
  for (const [, entry] of hits.slice(0, 40)) {
    const link = document.createElement("a");
    link.href = "#" + entry.id;
    const code = document.createElement("code");
    code.textContent = entry.id;
    const text = document.createElement("span");
    text.textContent = entry.first;
    link.append(code, text);
    if (!found.childElementCount) link.className = "first";
    const item = document.createElement("li");
    item.append(link);
    found.append(item);
  }
  if (!hits.length) {
    found.append(Object.assign(document.createElement("p"), {textContent: "Nothing is found."}));
  }
}
search.addEventListener("input", show_found);
search.addEventListener("keydown", (event) => {
  const first = found.querySelector("a");
  if (event.key === "Enter" && first) { location.hash = first.hash; clear_if_narrow(); }
  if (event.key === "Escape") { search.value = ""; show_found(); search.blur(); }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (document.activeElement === search) return;
  event.preventDefault();
  search.focus();
});

// On a narrow screen lists are in the way once something is chosen.
function clear_if_narrow() {
  if (!narrow.matches) return;
  search.value = "";
  show_found();
  search.blur();
  contents.open = false;
}
found.addEventListener("click", clear_if_narrow);
contents.addEventListener("click", (event) => {
  if (event.target.closest("a")) clear_if_narrow();
});
if (narrow.matches) contents.open = false;

// The contents show the module one reads.
function open_module() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const section = target && target.closest("section");
  if (!section) return;
  const list = contents.querySelector(`details[data-module="${section.dataset.module}"]`);
  if (list) list.open = true;
}
addEventListener("hashchange", open_module);
open_module();
]]
