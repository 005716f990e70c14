import {darkChartRules, families, variables} from './sizes-palette.ts';

/** The style sheet of the page. */
export const pageStyle = `
:root{color-scheme:light dark;${variables('light')}}
@media (prefers-color-scheme:dark){:root{${variables('dark')}}${darkChartRules}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Liberation Sans",sans-serif;font-variant-numeric:tabular-nums lining-nums}
main,footer{max-width:1008px;margin:0 auto;padding:0 24px}
header{padding:56px 0 0}
a{color:inherit;text-decoration-color:var(--muted);text-underline-offset:3px;text-decoration-thickness:1px}
a:hover{text-decoration-color:currentcolor}
a:focus-visible{outline:2px solid var(--family-0);outline-offset:3px}
h1{font-size:2.1rem;line-height:1.15;letter-spacing:-.02em;font-weight:650;margin:0 0 6px}
h2{font-size:1.3rem;line-height:1.25;letter-spacing:-.01em;font-weight:650;margin:72px 0 4px;padding-top:20px;border-top:1px solid var(--rule)}
header+section h2{margin-top:40px}
h2+.notes{margin-top:14px}
h3{font-size:1rem;font-weight:650;margin:36px 0 12px}
h4{font-size:.85rem;font-weight:600;color:var(--muted);margin:24px 0 8px}
p{margin:0 0 12px;max-width:68ch}
.muted,.lead{color:var(--muted)}
.lead{font-size:1rem}
code{font:.86em/1.5 ui-monospace,"SF Mono",Menlo,Consolas,"Liberation Mono",monospace;overflow-wrap:anywhere}
figure{margin:20px 0 28px}
svg{display:block;width:100%;height:auto;overflow:visible}
svg text{white-space:pre}
svg.narrow{display:none}
.headline{display:flex;flex-wrap:wrap;align-items:baseline;gap:0 20px}
.headline .figures{font-weight:650;font-size:1.15rem}
.change{white-space:nowrap}
.more{color:var(--more)}
.less{color:var(--less)}
.legend{display:flex;flex-wrap:wrap;gap:6px 20px;list-style:none;padding:0;margin:0 0 20px;font-size:.85rem;color:var(--muted)}
.legend li{display:flex;align-items:center;gap:7px}
.swatch{width:12px;height:12px;border-radius:2px;flex:none}
.swatch.base{background:var(--base)}
.swatch.beside{border:1.5px dashed var(--muted)}
${families.map((_, index) => `.swatch.f${index}{background:var(--family-${index})}`).join('')}
.scroll{overflow-x:auto;margin:0 0 16px}
.scroll:focus-visible{outline:2px solid var(--family-0);outline-offset:3px}
table{border-collapse:collapse;width:100%;font-size:.9rem;line-height:1.45}
th,td{text-align:left;padding:7px 16px 7px 0;border-bottom:1px solid var(--rule);vertical-align:baseline}
th:last-child,td:last-child{padding-right:0}
thead th{font-weight:500;font-size:.8rem;color:var(--muted);vertical-align:bottom}
tbody th{font-weight:500;min-width:9em}
.number{text-align:right;white-space:nowrap}
tr.dim th,tr.dim td{color:var(--muted)}
.tag{display:inline-block;font-size:.75rem;line-height:1.5;color:var(--muted);border:1px solid var(--rule);border-radius:3px;padding:0 6px;white-space:nowrap}
.wide-cell{min-width:260px}
.notes{margin:0 0 16px;padding:0;list-style:none;max-width:76ch}
.notes li{padding:6px 0 6px 14px;border-left:3px solid var(--rule);margin-bottom:6px}
.notes.cause li{border-left-color:var(--family-2)}
details{margin:8px 0 16px}
summary{cursor:pointer;font-size:.9rem;color:var(--muted);padding:8px 0}
summary:hover{color:var(--ink)}
summary:focus-visible{outline:2px solid var(--family-0);outline-offset:3px}
footer{padding-top:24px;padding-bottom:64px;margin-top:72px;font-size:.85rem;color:var(--muted)}
footer dl{display:grid;grid-template-columns:max-content 1fr;gap:4px 16px;margin:0 0 16px;max-width:80ch}
footer dt{font-weight:600}
footer dd{margin:0}
@media (max-width:720px){
main,footer{padding-left:16px;padding-right:16px}
header{padding-top:32px}
th,td{padding-right:12px}
tbody th{min-width:7.5em}
h1{font-size:1.7rem}
h2{margin-top:56px}
svg.wide{display:none}
svg.narrow{display:block}
table:has(td.wide-cell+td.wide-cell),table:has(td.wide-cell+td.wide-cell)>*{display:block}
tr:has(td.wide-cell+td.wide-cell){display:grid;grid-template-columns:5.5em minmax(0,1fr)}
tr:has(td.wide-cell+td.wide-cell) td.wide-cell{grid-column:2}
table:has(td.wide-cell+td.wide-cell) thead{display:none}
tr:has(td.wide-cell+td.wide-cell) td:not(:last-child){border-bottom:0;padding-bottom:0}
footer dl{grid-template-columns:1fr;gap:0}
footer dd{margin-bottom:8px}
}
@media print{details>*{display:block}svg{break-inside:avoid}}
`;
