#include "report/html_style.h"

namespace embark {

// Colours are tokens, so that the dark and the printed page only restate the tokens. The eight
// chart colours keep a contrast of 3:1 against both backgrounds and differ in lightness.
const std::string_view kReportStyle = R"css(
:root {
  color-scheme: light dark;
  --paper: #fdfdfb; --raised: #f3f4f0; --ink: #1d2529; --soft: #5a666c; --line: #d9ddd8;
  --accent: #0b6e6e; --good: #1d7a46; --bad: #b3361b; --good-wash: #e6f3ea; --bad-wash: #fbebe5;
  --on: #ffffff;
  --c0: #0b6e6e; --c1: #b4621d; --c2: #3c5aa6; --c3: #8a3f7d;
  --c4: #55761f; --c5: #a33b45; --c6: #2b7fa3; --c7: #6b5b4b;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14191b; --raised: #1d2427; --ink: #e6eae8; --soft: #9aa7a9; --line: #323c40;
    --accent: #4fc1b6; --good: #63c58c; --bad: #f08a6c; --good-wash: #17281e; --bad-wash: #33201a;
    --on: #0d1113;
    --c0: #4fc1b6; --c1: #e0a15e; --c2: #8ea8ec; --c3: #d294c8;
    --c4: #a6c46c; --c5: #ec929a; --c6: #74bfe0; --c7: #bda98f;
  }
}
@media print {
  :root {
    color-scheme: light;
    --paper: #ffffff; --raised: #f3f4f0; --ink: #000000; --soft: #444c50; --line: #c4c9c4;
    --accent: #0b6e6e; --good: #1d7a46; --bad: #b3361b; --good-wash: #ffffff; --bad-wash: #ffffff;
    --on: #ffffff;
    --c0: #0b6e6e; --c1: #b4621d; --c2: #3c5aa6; --c3: #8a3f7d;
    --c4: #55761f; --c5: #a33b45; --c6: #2b7fa3; --c7: #6b5b4b;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-behavior: smooth; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.6 "Source Sans 3", "Segoe UI", system-ui, -apple-system, Roboto, "Helvetica Neue",
    "Noto Sans", "DejaVu Sans", sans-serif;
  font-variant-numeric: tabular-nums;
}
main, header, footer { max-width: 62rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 3rem; }
h1 { font-size: clamp(1.6rem, 1.1rem + 2.4vw, 2.5rem); line-height: 1.15; margin: 0;
  letter-spacing: -0.015em; overflow-wrap: anywhere; text-wrap: balance; }
h2 { font-size: 1.4rem; line-height: 1.25; margin: 0 0 1rem; padding-top: 1.5rem;
  letter-spacing: -0.01em; }
h2 .n { color: var(--accent); margin-right: 0.6em; }
.subtitle, .dim { color: var(--soft); }
.subtitle { margin: 0.4rem 0 0; }
p { max-width: 44rem; margin: 0 0 1rem; overflow-wrap: anywhere; }
section { border-top: 1px solid var(--line); margin-top: 2.5rem; }
a { color: var(--accent); text-underline-offset: 0.15em; }
code { font: 0.875em/1.4 "JetBrains Mono", ui-monospace, "Cascadia Mono", Menlo, Consolas,
  "DejaVu Sans Mono", monospace; background: var(--raised); border-radius: 3px;
  padding: 0.1em 0.3em; overflow-wrap: anywhere; }
td code, dd code { background: none; padding: 0; }
table td code { overflow-wrap: normal; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(10.5rem, 1fr)); gap: 1px;
  margin: 2rem 0 0; border: 1px solid var(--line); border-radius: 6px; overflow: hidden; }
.tiles div { box-shadow: 0 0 0 1px var(--line); padding: 0.9rem 1rem; }
.tiles dt { color: var(--soft); font-size: 0.85rem; }
.tiles dd { margin: 0; }
.tiles .value { font-size: 1.45rem; line-height: 1.3; font-weight: 600; }
.tiles .value .kind { display: table; padding: 0 0.4em; margin: 0.15rem 0 0; }
.tiles .detail { color: var(--soft); font-size: 0.85rem; overflow-wrap: anywhere; }
.good .value { color: var(--good); } .bad .value { color: var(--bad); }
nav { margin: 2rem 0 0; font-size: 0.95rem; }
nav ol { margin: 0; padding-left: 1.4rem; columns: 19rem; column-gap: 2rem; }
nav li { break-inside: avoid; padding-left: 0.2rem; }
.note { border-left: 3px solid var(--line); padding: 0.15rem 0 0.15rem 0.9rem; color: var(--soft); }
p.good, p.bad { padding: 0.7rem 0.9rem; border-radius: 6px; max-width: none; }
p.good { background: var(--good-wash); } p.bad { background: var(--bad-wash); }
p.good::before, p.bad::before { font-weight: 700; margin-right: 0.5em; }
p.good::before { content: "✓"; color: var(--good); }
p.bad::before { content: "✗"; color: var(--bad); }
.kind { font-size: 0.7rem; line-height: 1.5; font-weight: 500; padding: 0.1em 0.4em; border: 1px solid currentColor; border-radius: 3px;
  color: var(--soft); vertical-align: 0.1em; white-space: nowrap; letter-spacing: 0; }
.kind.measured { color: var(--good); }
.kind.modelled { color: var(--c2); }
.kind.predicted { color: var(--c1); }
.kind.published { color: var(--c3); }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(27rem, 100%), 1fr));
  column-gap: 2.5rem; margin: 0 0 1.5rem; }
.facts div { display: flex; justify-content: space-between; gap: 1rem; padding: 0.3rem 0;
  border-bottom: 1px solid var(--line); }
.facts dt { color: var(--soft); }
.facts dd { margin: 0; text-align: right; overflow-wrap: break-word; }
figure { margin: 1.75rem 0; }
figcaption { font-weight: 600; margin-bottom: 0.5rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 0.9rem; line-height: 1.4; }
th, td { padding: 0.3rem 1rem 0.3rem 0; text-align: left; vertical-align: top; }
th:last-child, td:last-child { padding-right: 0.15rem; }
thead th { color: var(--soft); font-weight: 500; border-bottom: 1px solid var(--ink);
  white-space: nowrap; vertical-align: bottom; }
tbody td { border-bottom: 1px solid var(--line); }
td:not(.num) { min-width: 6.5rem; }
td.num, th.num { text-align: right; white-space: nowrap; }
.bars { font-size: 0.85rem; }
.bars th, .bars td { padding: 0.08rem 0.8rem 0.08rem 0; vertical-align: middle; border: 0; }
.bars th { font-weight: 400; width: 1%; white-space: nowrap; max-width: 45vw; overflow: hidden;
  text-overflow: ellipsis; }
.bars .bar { min-width: 0; }
.bars .num { width: 1%; padding-right: 0.15rem; }
.bars svg { display: block; fill: var(--c0); }
svg text { font-size: 11px; fill: var(--soft); }
svg text.on { fill: var(--on); } svg text.ink { fill: var(--ink); }
svg.map { display: block; overflow: visible; }
.track { fill: var(--raised); } .limit { stroke: var(--ink); stroke-width: 3; }
.cell { stroke: var(--paper); stroke-width: 1.5; }
.right { fill: var(--c0); } .wrong { fill: var(--c1); }
.c0 { fill: var(--c0); } .c1 { fill: var(--c1); } .c2 { fill: var(--c2); } .c3 { fill: var(--c3); }
.c4 { fill: var(--c4); } .c5 { fill: var(--c5); } .c6 { fill: var(--c6); } .c7 { fill: var(--c7); }
.l0 line { stroke: var(--c0); } .l1 line { stroke: var(--c1); } .l2 line { stroke: var(--c2); } .l3 line { stroke: var(--c3); }
.l4 line { stroke: var(--c4); } .l5 line { stroke: var(--c5); } .l6 line { stroke: var(--c6); } .l7 line { stroke: var(--c7); }
.grid { stroke: var(--line); } .chart-title { font-size: 0.75rem; margin: 0; max-width: none; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: 0.1rem 1.5rem; margin: 0.5rem 0 0;
  padding: 0; font-size: 0.9rem; }
.swatch { margin-right: 0.4em; vertical-align: -0.05em; }
.arena { display: flex; gap: 0.6rem; }
.arena .scroll { flex: 1; min-width: 0; }
.axis { display: flex; flex-direction: column; justify-content: space-between; height: 320px;
  font-size: 0.75rem; color: var(--soft); text-align: right; white-space: nowrap; }
.axis-title { font-size: 0.75rem; text-align: right; max-width: none; margin: 0; }
.pictures { display: grid; grid-template-columns: repeat(auto-fill, minmax(7rem, 1fr));
  gap: 1.25rem 1rem; }
.pictures figure { margin: 0; font-size: 0.85rem; line-height: 1.35; }
.pictures img { width: 100%; max-width: 8rem; image-rendering: pixelated; border-radius: 4px;
  display: block; margin-bottom: 0.35rem; }
.pictures .hit { color: var(--good); } .pictures .miss { color: var(--bad); }
ul.bullets { max-width: 46rem; padding-left: 1.2rem; margin: 0 0 1.25rem; }
ul.bullets li { margin-bottom: 0.35rem; overflow-wrap: anywhere; }
.lead { margin-bottom: 0.35rem; }
footer { border-top: 1px solid var(--line); margin-top: 3rem; padding-top: 1.25rem;
  padding-bottom: 3rem; font-size: 0.9rem; }
footer h2 { font-size: 1rem; padding: 0; margin: 0 0 0.5rem; }
footer dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.3rem 1rem; margin: 0; }
footer dd { margin: 0; color: var(--soft); }
footer .kind { margin: 0; }
@media (max-width: 34rem) {
  header { padding-top: 1.75rem; }
  .tiles { grid-template-columns: 1fr 1fr; }
  .tiles .value { font-size: 1.2rem; }
  .facts div { gap: 0.75rem; }
}
@media print {
  body { font-size: 10pt; }
  main, header, footer { max-width: none; padding-left: 0; padding-right: 0; }
  figure, tr, .tiles, .facts div, p { break-inside: avoid; }
  h2 { break-after: avoid; }
  .scroll { overflow: visible; }
  table { font-size: 8pt; }
  svg, .kind, .tiles { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
)css";

}  // namespace embark
