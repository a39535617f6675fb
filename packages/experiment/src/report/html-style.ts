/** The style of the HTML report: light and dark, wide and narrow, screen and paper; no network. */
export const HTML_STYLE = `
:root{--text:#1c2024;--soft:#5b6570;--line:#d5dae0;--back:#fff;--card:#f6f7f9;--good:#1a7f37;--bad:#c62828;--open:#9a6700;
--s0:#1f5fbf;--s1:#c2410c;--s2:#15803d;--s3:#7e22ce;--s4:#0e7490;--s5:#a16207}
@media screen{:root{color-scheme:light dark}}
@media screen and (prefers-color-scheme:dark){:root{--text:#e6e9ec;--soft:#9aa5b1;--line:#3a424b;--back:#14181c;--card:#1d2328;--good:#4ac26b;--bad:#ff7b72;--open:#e3b341;
--s0:#7ab0ff;--s1:#ff9e64;--s2:#6fdd8b;--s3:#d2a8ff;--s4:#56d4dd;--s5:#e3c04f}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:76rem;padding:1.5rem;background:var(--back);color:var(--text);font:16px/1.5 system-ui,sans-serif}
h1,h2,h3,p,li{overflow-wrap:anywhere}
h1{font-size:1.4rem;margin:0 0 .25rem}h2{font-size:1.1rem;margin:2rem 0 .5rem}h3{font-size:1rem;margin:1rem 0 .5rem}
.verdict{border-left:.4rem solid;padding:.75rem 1rem;background:var(--card);border-radius:.25rem}
.verdict p{margin:.25rem 0 0;color:var(--soft)}
.good{color:var(--good)}.bad{color:var(--bad)}.open{color:var(--open)}
.table{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{text-align:left;padding:.35rem .6rem;border-bottom:1px solid var(--line);vertical-align:top}
th{color:var(--soft);font-weight:600}td.value{white-space:nowrap}
td small{display:block;color:var(--soft);white-space:normal}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,30rem),1fr));gap:1rem}
figure{margin:0;min-width:0;background:var(--card);padding:.75rem;border-radius:.25rem;break-inside:avoid}
figcaption{font-weight:600;margin-bottom:.25rem;overflow-wrap:anywhere}
.axis,.note{margin:0;color:var(--soft);font-size:.8rem;overflow-wrap:anywhere}.axis.x{text-align:right;padding-right:1.5rem}.note{margin:.25rem 0 0}
.plot{min-width:0;outline-offset:2px;border-radius:.25rem}.plot:focus-visible{outline:2px solid var(--s0)}
.plot .u-over{touch-action:pan-y}.plot .u-cursor-x{border-color:var(--soft)}.plot .u-select{background:var(--s0);opacity:.15}
.readout{position:absolute;top:0;left:0;z-index:1;width:max-content;max-width:min(22rem,100%);padding:.3rem .5rem;background:var(--back);border:1px solid var(--line);border-radius:.25rem;font-size:.8rem;line-height:1.35;pointer-events:none;overflow-wrap:anywhere}
.readout p{margin:.1rem 0 0;padding-left:.4rem;border-left:.25rem solid var(--key)}
.legend{display:flex;flex-wrap:wrap;gap:.1rem .9rem;margin:.25rem 0 0;padding:0;list-style:none;color:var(--soft);font-size:.85rem}
.legend button{display:inline-flex;align-items:center;min-height:1.75rem;padding:0 .2rem;border:0;background:none;color:inherit;font:inherit;text-align:left;overflow-wrap:anywhere;cursor:pointer}
.legend button[aria-pressed=false]{text-decoration:line-through}.legend button[aria-pressed=false] .key{visibility:hidden}
.legend .limit{display:inline-flex;align-items:center}.limit .key{stroke:var(--text);stroke-dasharray:6 4}
.key{flex:none;width:2rem;height:.5rem;margin-right:.4rem;stroke:var(--key);stroke-width:2;fill:none}
${[0, 1, 2, 3, 4, 5].map((index) => `.s${index}{--key:var(--s${index})}`).join('')}
details{margin-top:.4rem;font-size:.8rem;color:var(--soft)}summary{cursor:pointer}
details .table{max-height:20rem;overflow:auto;color:var(--text)}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
pre{background:var(--card);padding:.75rem;overflow-x:auto;border-radius:.25rem;font-size:.85rem;white-space:pre-wrap;overflow-wrap:anywhere}
@media (max-width:40rem){body{padding:1rem}table{font-size:.85rem}th,td{padding:.3rem}td,td.value{white-space:normal;overflow-wrap:anywhere}}
@media print{body{max-width:none;padding:0;font-size:11pt}h2,h3{break-after:avoid}tr{break-inside:avoid}td.value{white-space:normal;overflow-wrap:anywhere}.charts{grid-template-columns:1fr}.plot .uplot,.plot .u-wrap{width:100%!important;height:auto!important}.plot canvas{height:auto}details,.plot .u-over{display:none}}
`;
