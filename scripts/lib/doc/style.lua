--- How the reference looks in a browser: one sheet for light and dark, wide and narrow screens.
return [[
:root {
  color-scheme: light;
  --back: #ffffff; --panel: #f6f7f9; --line: #e1e5ea; --text: #1f2630; --soft: #5d6775;
  --accent: #2f55c0; --code: #f4f6f9; --mark: #fff1bf; --word: #8a3ea8; --string: #1f7a46;
  --number: #a3541a; --comment: #6b7583; --output: #0b6f82;
}
:root[data-theme=dark] {
  color-scheme: dark;
  --back: #14171c; --panel: #191d24; --line: #2a313b; --text: #d8dde6; --soft: #96a0ae;
  --accent: #8fb2ff; --code: #1b2029; --mark: #54491d; --word: #d6a2f0; --string: #8fd6a8;
  --number: #f0b285; --comment: #8791a0; --output: #79cfdf;
}
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body {
  margin: 0; background: var(--back); color: var(--text); line-height: 1.55;
  font-family: system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
  display: grid; grid-template-columns: 18rem minmax(0, 1fr);
}
a { color: var(--accent); text-decoration: none; }
a:hover { text-decoration: underline; }
code, pre {
  font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
  font-size: .875em;
}
:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; border-radius: 3px; }

/* The side: title, search, contents. */
aside {
  position: sticky; top: 0; height: 100vh; overflow-y: auto; padding: 1.1rem 1rem 2rem;
  background: var(--panel); border-right: 1px solid var(--line); font-size: .9375rem;
}
.title { display: flex; align-items: baseline; gap: .5rem; margin: 0 0 .8rem; }
.title a { color: var(--text); font-weight: 650; font-size: 1.0625rem; }
.title span { color: var(--soft); font-size: .8125rem; }
.title button {
  margin-left: auto; border: 1px solid var(--line); border-radius: 6px; background: var(--back);
  color: var(--soft); font: inherit; font-size: .8125rem; padding: .1rem .55rem; cursor: pointer;
}
#search {
  width: 100%; padding: .45rem .7rem; border: 1px solid var(--line); border-radius: 8px;
  background: var(--back); color: var(--text); font: inherit;
}
#found { list-style: none; margin: .6rem 0 0; padding: 0; }
#found a { display: block; padding: .3rem .5rem; border-radius: 6px; }
#found a:hover, #found a.first { background: var(--code); text-decoration: none; }
#found code { overflow-wrap: anywhere; }
#found span {
  color: var(--soft); font-size: .8125rem; line-height: 1.35; overflow: hidden;
  display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2;
}
#found p { margin: .5rem; color: var(--soft); }
#contents { margin-top: .9rem; }
#contents > summary { display: none; }
#contents details > summary {
  cursor: pointer; padding: .16rem 0; color: var(--text); font-weight: 550; list-style: none;
}
#contents details > summary::-webkit-details-marker { display: none; }
#contents summary::before {
  content: ""; display: inline-block; width: .42em; height: .42em; margin: 0 .6em .12em .15em;
  border: solid var(--soft); border-width: 0 1.5px 1.5px 0; transform: rotate(-45deg);
}
#contents[open] > summary::before, #contents details[open] > summary::before { transform: rotate(45deg); }
#contents summary small { color: var(--soft); font-weight: 400; margin-left: .3em; }
#contents ul { list-style: none; margin: 0 0 .5rem; padding: 0 0 0 1.1rem; }
#contents li a { display: block; padding: .04rem 0; overflow-wrap: anywhere; }
#contents li.class { font-size: .8125rem; }
#contents li.class:not(:first-child) { margin-top: .35rem; }

/* The text. */
main { padding: 1.6rem clamp(1.1rem, 4vw, 3.5rem) 6rem; max-width: 60rem; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .8rem; }
h2 {
  font-size: 1.6rem; line-height: 1.2; margin: 4.2rem 0 .8rem; padding-top: 1.6rem;
  border-top: 1px solid var(--line);
}
h3 { font-size: 1.15rem; margin: 3rem 0 .5rem; }
h2 a, h3 a { color: inherit; }
h4 { margin: 0; font-weight: 400; font-size: .9875rem; line-height: 1.5; }
p { margin: .65rem 0; }
pre code { font-size: 1em; }
main p code, ul.text code, dd > code, dd > a code {
  background: var(--code); padding: .06em .32em; border-radius: 4px;
}
.modules { width: 100%; border-collapse: collapse; margin: 1.4rem 0; }
.modules td { padding: .4rem .8rem .4rem 0; border-top: 1px solid var(--line); vertical-align: top; }
.modules td:first-child { white-space: nowrap; font-weight: 550; }
.names {
  columns: 11rem; column-gap: 1.4rem; list-style: none; margin: 1.1rem 0; padding: 0;
  font-size: .9375rem;
}
.names li { break-inside: avoid; overflow: hidden; text-overflow: ellipsis; }
article { margin: 2rem 0 0; padding-top: .2rem; }
article > h4 {
  padding: .45rem .8rem; background: var(--panel); border: 1px solid var(--line);
  border-left: 3px solid var(--accent); border-radius: 6px; text-indent: -1.5rem;
  padding-left: 2.3rem; overflow-wrap: break-word;
}
article:target > h4 { background: var(--mark); }
h4 b { color: var(--accent); font-weight: 650; }
h4 i { color: var(--soft); font-style: normal; }
article > :not(h4) { margin-left: .9rem; }
dl { display: grid; grid-template-columns: fit-content(11rem) 1fr; gap: .12rem .9rem; margin: .7rem 0;
  font-size: .9375rem; }
dt { color: var(--text); }
dd { margin: 0; color: var(--soft); }
dd.wide { grid-column: 1 / -1; }
dd dl { margin: 0 0 .3rem; font-size: 1em; }
ul.text { padding-left: 1.2rem; margin: .65rem 0; }
ul.text li { margin: .2rem 0; }
pre {
  background: var(--code); border-radius: 8px; padding: .7rem .9rem; margin: .7rem 0;
  overflow-x: auto; line-height: 1.45;
}
pre .k { color: var(--word); } pre .s { color: var(--string); } pre .n { color: var(--number); }
pre .c { color: var(--comment); } pre .o { color: var(--output); }
footer { margin-top: 5rem; color: var(--soft); font-size: .875rem; }

@media (max-width: 52rem) {
  body { display: block; }
  html { scroll-padding-top: 7rem; }
  aside {
    height: auto; max-height: 100vh; border-right: 0; border-bottom: 1px solid var(--line);
    padding: .6rem 1rem; z-index: 1;
  }
  .title { margin-bottom: .5rem; }
  #search { font-size: 1rem; }
  #contents { margin-top: .4rem; }
  #contents > summary { display: block; color: var(--soft); cursor: pointer; font-size: .875rem; }
  #contents[open] { padding-bottom: .6rem; }
  #contents li a, #contents details > summary, #found a { padding-top: .3rem; padding-bottom: .3rem; }
  h2 { margin-top: 3rem; }
  article > :not(h4) { margin-left: 0; }
  dl { grid-template-columns: 1fr; gap: 0; }
  dd { padding-left: 1rem; }
  dd.wide { padding-left: 0; }
}
@media print { aside { display: none; } body { display: block; } }
]]
