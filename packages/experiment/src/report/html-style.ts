/** The style of the HTML report: light and dark, wide and narrow, screen and paper; no network. */
export const HTML_STYLE = `
:root{--text:#1c2024;--soft:#5b6570;--line:#d5dae0;--back:#fff;--card:#f6f7f9;--good:#1a7f37;--bad:#c62828;--open:#9a6700;
--s0:#1f5fbf;--s1:#c2410c;--s2:#15803d;--s3:#7e22ce;--s4:#0e7490;--s5:#a16207}
@media screen{:root{color-scheme:light dark}}
@media screen and (prefers-color-scheme:dark){:root{--text:#e6e9ec;--soft:#9aa5b1;--line:#3a424b;--back:#14181c;--card:#1d2328;--good:#4ac26b;--bad:#ff7b72;--open:#e3b341;
--s0:#7ab0ff;--s1:#ff9e64;--s2:#6fdd8b;--s3:#d2a8ff;--s4:#56d4dd;--s5:#e3c04f}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:76rem;padding:1.5rem;background:var(--back);color:var(--text);font:16px/1.5 system-ui,sans-serif}
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
figure{margin:0;background:var(--card);padding:.75rem;border-radius:.25rem;break-inside:avoid}
figcaption{font-weight:600;margin-bottom:.25rem}figure>svg{width:100%;height:auto;display:block}
svg text{fill:var(--soft);font:12px system-ui,sans-serif}.grid{stroke:var(--line)}
.point{stroke-width:6;stroke-linecap:round}
.line{fill:none;stroke-width:2;stroke-linecap:round;stroke-linejoin:round}
${[0, 1, 2, 3, 4, 5].map((index) => `.s${index}{stroke:var(--s${index})}`).join('')}
.legend{margin:.25rem 0 0;color:var(--soft);font-size:.9rem}.key{width:2rem;height:.5rem;margin:0 .4rem .1rem .6rem;stroke-width:2}
pre{background:var(--card);padding:.75rem;overflow-x:auto;border-radius:.25rem;font-size:.85rem;white-space:pre-wrap;overflow-wrap:anywhere}
@media (max-width:40rem){body{padding:1rem}table{font-size:.85rem}th,td{padding:.3rem}td,td.value{white-space:normal;overflow-wrap:anywhere}}
@media screen{figure{overflow-x:auto}figure>svg{min-width:34rem}}
@media print{body{max-width:none;padding:0;font-size:11pt}h2,h3{break-after:avoid}tr{break-inside:avoid}td.value{white-space:normal;overflow-wrap:anywhere}.charts{grid-template-columns:1fr}}
`;
