/** What a report has beside the common style of pages. */
export const reportStyle = `
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(12rem, 1fr)); gap: .75rem; max-width: none; margin: 1rem 0; }
.card { background: var(--card); border-radius: 8px; padding: .75rem 1rem; }
.card dt { color: var(--soft); font-size: .875rem; font-weight: 400; }
.card strong { display: block; font-size: 1.8rem; line-height: 1.2; color: var(--ink); font-variant-numeric: tabular-nums; }
.card small { display: block; }
.alert, .good { border-left: 4px solid var(--soft); background: var(--card); padding: .5rem .9rem; max-width: 60rem; overflow-wrap: anywhere; }
.alert.bad { border-color: var(--worse); }
.good { border-color: var(--better); }
.plots { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 27rem), 1fr)); gap: 1rem 2rem; margin: 1rem 0; }
.plot { margin: 0; max-width: 36rem; }
.plot > svg { width: 100%; height: auto; display: block; }
.plot figcaption { font-weight: 600; font-size: .9rem; }
.legend { display: flex; flex-wrap: wrap; gap: 0 1rem; font-weight: 400; color: var(--soft); font-size: .8rem; }
.entry svg { vertical-align: middle; margin-right: .3em; }
.plot text { fill: var(--ink); } .plot text.soft { fill: var(--soft); font-size: 12px; }
.plot .grid { stroke: var(--line); } .plot .tick { stroke: var(--soft); }
.plot .event { stroke: var(--soft); stroke-width: 1.5; stroke-dasharray: 2 3; }
.plot .outlier { stroke: var(--worse); stroke-width: 2.5; fill: none; }
:root { --s0: #0072b2; --s1: #c2571a; --s2: #00805c; --s3: #0072b2; --s4: #c2571a; --s5: #00805c; }
@media (prefers-color-scheme: dark) { :root { --s0: #56b4e9; --s1: #f0a060; --s2: #5bc896; --s3: #56b4e9; --s4: #f0a060; --s5: #5bc896; } }
.line polyline { fill: none; stroke-width: 2; stroke: var(--c); stroke-linejoin: round; }
.line circle { fill: var(--c); } .line circle.hidden { fill: transparent; } .line .band { fill: var(--c); opacity: .18; }
.line.dashed polyline { stroke-dasharray: 6 4; stroke-width: 1.5; } .line.dashed circle { fill: transparent; }
.s0 { --c: var(--s0); } .s1 { --c: var(--s1); } .s2 { --c: var(--s2); } .s3 { --c: var(--s3); } .s4 { --c: var(--s4); } .s5 { --c: var(--s5); }
.tables { display: flex; flex-wrap: wrap; gap: 0 2.5rem; align-items: start; } .tables > .wide { max-width: 100%; }
.stack { position: relative; display: block; overflow: hidden; border-radius: 4px; background: #000; }
.stack img { display: block; width: 100%; height: 100%; }
.stack img + img { position: absolute; inset: 0; }
.panels td img, .panels td .stack { width: min(14rem, 19vw); height: auto; min-width: 6rem; } .panels td .stack img { width: 100%; min-width: 0; }
.panels th small { display: block; font-weight: 400; color: var(--soft); }
img.dim { opacity: .35; }
.gallery, .crops { list-style: none; padding: 0; margin: 1rem 0; display: grid; gap: 1rem; }
.gallery { grid-template-columns: repeat(auto-fill, minmax(10.5rem, 1fr)); }
.gallery li[hidden] { display: none; }
.gallery button { display: block; width: 100%; padding: 0; border: 0; background: none; cursor: zoom-in; border-radius: 4px; }
.gallery p, .crops p { margin: .3rem 0 0; font-size: .8rem; line-height: 1.35; overflow-wrap: anywhere; }
.gallery small, .crops small { display: block; color: var(--soft); }
.stack.pixels img, .crops img, .panels img { image-rendering: pixelated; }
.layer { opacity: var(--strength, 1); display: none; }
.layer.outlines { display: block; }
[data-layer] .layer { display: none; }
[data-layer="outlines"] .outlines, [data-layer="errors"] .errors, [data-layer="probability"] .probability { display: block; }
.tag { background: var(--mark); border-radius: 4px; padding: 0 .3em; }
.controls { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; background: var(--card); border-radius: 8px; padding: .75rem 1rem; font-size: .875rem; }
.controls[hidden] { display: none; }
.controls fieldset { border: 0; padding: 0; margin: 0; display: flex; gap: .75rem; } .controls legend { float: left; margin-right: .75rem; padding: 0; }
.controls input[type="number"] { width: 5.5rem; } .controls input, .controls select, dialog button { font: inherit; color: var(--ink); background: var(--ground); border: 1px solid var(--soft); border-radius: 4px; padding: .15rem .4rem; }
.controls input[type="range"] { padding: 0; accent-color: var(--accent); } .controls input[type="checkbox"], .controls input[type="radio"] { accent-color: var(--accent); }
.crops { grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); }
.pair { display: flex; gap: 4px; } .pair > * { width: 50%; aspect-ratio: 1; border-radius: 4px; object-fit: contain; background: #000; } .pair .stack img { object-fit: contain; }
pre { background: var(--card); border-radius: 8px; padding: .75rem 1rem; overflow-x: auto; font-size: .85rem; }
dialog { width: 96vw; height: 94vh; max-width: none; max-height: none; padding: 0; border: 1px solid var(--line); border-radius: 8px; background: var(--ground); color: var(--ink); }
dialog[open] { display: flex; flex-direction: column; } dialog::backdrop { background: rgb(0 0 0 / .6); }
.bar { display: flex; gap: .5rem; align-items: center; padding: .5rem; } .bar .name { flex: 1; min-width: 0; overflow-wrap: anywhere; font-size: .875rem; } .bar button { min-width: 2.25rem; min-height: 2.25rem; }
.scroll { flex: 1; overflow: auto; display: flex; } .scroll .stack { margin: auto; flex: none; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.card dd { margin: 0; }
@media print {
  .controls, dialog { display: none !important; }
  section { break-before: auto; } h2, h3 { break-after: avoid; } .plot, .gallery li, .crops li, tr { break-inside: avoid; }
  .gallery { grid-template-columns: repeat(5, 1fr); } .crops { grid-template-columns: repeat(4, 1fr); } .plots { grid-template-columns: 1fr 1fr; }
  body { font-size: 12px; } img, .stack, .card { print-color-adjust: exact; }
}
`;
