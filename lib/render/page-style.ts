/** The page's style: follows the reader's choice of light or dark. */
export const style = `
:root { color-scheme: light dark; --ink: #1c2330; --soft: #566074; --ground: #ffffff; --card: #f5f7fa; --line: #d7dde6;
  --accent: #1f6feb; --better: #0f7b4d; --worse: #b3401f; --mark: #fff4d6; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e5e9f0; --soft: #a3adbd; --ground: #14181f; --card: #1c222c; --line: #333c4a; --accent: #6ea8fe;
    --better: #5bc896; --worse: #f0916f; --mark: #3a3115; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; }
main, header, footer { max-width: 74rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 2rem; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .5rem; }
h2 { font-size: 1.25rem; margin: 2.5rem 0 .5rem; }
h3 { font-size: 1rem; margin: 1.5rem 0 .25rem; }
p { max-width: 48rem; margin: .5rem 0; }
.soft, caption, footer { color: var(--soft); font-size: .875rem; }
nav { display: flex; flex-wrap: wrap; gap: .25rem 1rem; margin: 1rem 0; }
a { color: var(--accent); }
.wide { overflow-x: auto; margin: .75rem 0; }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; padding-bottom: .4rem; }
th, td { padding: .35rem .7rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
thead th { color: var(--soft); font-weight: 600; vertical-align: bottom; }
tbody th { font-weight: 600; }
tbody th small { display: block; font-weight: 400; color: var(--soft); max-width: 22rem; }
td.number, th.number { text-align: right; white-space: nowrap; }
thead th.number { white-space: normal; min-width: 5rem; }
tbody th { min-width: 11rem; }
td small { display: block; color: var(--soft); }
td.paper, th.paper { background: var(--mark); }
td.better { color: var(--better); font-weight: 600; }
td.worse { color: var(--worse); font-weight: 600; }
.chart { overflow-x: auto; }
.chart svg { display: block; }
.chart .zero { stroke: var(--soft); stroke-dasharray: 3 3; }
.chart .bar { stroke-width: 3; }
.real { stroke: var(--accent); fill: var(--accent); }
.undecided { stroke: var(--soft); fill: var(--ground); }
.pictures { overflow-x: auto; }
.pictures table { font-size: .8rem; }
.pictures td, .pictures thead th { border: 0; padding: .25rem; text-align: center; white-space: nowrap; }
.pictures tbody th { border: 0; min-width: 6rem; max-width: 11rem; vertical-align: middle; }
.pictures img { display: block; width: 144px; height: 144px; image-rendering: pixelated; border-radius: 4px; }
.key { display: inline-block; width: .9em; height: .9em; border-radius: 2px; vertical-align: -.1em; border: 1px solid var(--line); margin-right: .3em; }
.failed { border-left: 4px solid var(--worse); background: var(--card); padding: .75rem 1rem; margin: 1rem 0; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; max-width: 60rem; }
dt { font-weight: 600; } dd { margin: 0; color: var(--soft); overflow-wrap: anywhere; }
footer { padding-bottom: 3rem; margin-top: 3rem; }
@media (max-width: 40rem) { dl { grid-template-columns: 1fr; } dd { margin-bottom: .5rem; } h1 { font-size: 1.35rem; } }
@media print { nav { display: none; } .wide, .chart, .pictures { overflow: visible; } }
`;
