/** The style sheet of reports: light and dark by the reader's setting, and print. */
export const STYLE = `
:root{color-scheme:light dark;--bg:#fff;--fg:#1b1d22;--soft:#5a606b;--line:#d9dce2;--panel:#f4f5f8;--link:#0b57b7;
--faster:#12805c;--slower:#b3261e;--same:#5a606b;--c1:#2f6fb5;--c2:#d0732c;--c3:#8a8f99;--c4:#7d4fb3;--c5:#12805c}
@media (prefers-color-scheme:dark){:root{--bg:#15171c;--fg:#e6e8ec;--soft:#a3aab6;--line:#363b45;--panel:#1f232b;--link:#82b4ff;
--faster:#4cc79a;--slower:#ff8a80;--same:#a3aab6;--c1:#6ea8e8;--c2:#f0a060;--c3:#8f97a5;--c4:#b890ec;--c5:#4cc79a}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1.5rem 1.25rem 4rem;max-width:60rem;background:var(--bg);color:var(--fg);font:16px/1.5 system-ui,sans-serif}
a{color:var(--link)}
:focus-visible{outline:2px solid var(--link);outline-offset:2px}
.skip{position:absolute;left:-100rem}.skip:focus{left:1rem;top:.5rem;background:var(--bg);padding:.25rem .5rem}
h1{font-size:1.5rem;line-height:1.25;margin:.5rem 0 1rem;overflow-wrap:anywhere}
h2{font-size:1.2rem;margin:2.5rem 0 .75rem;padding-top:.75rem;border-top:1px solid var(--line)}
h3{font-size:1rem;margin:1.5rem 0 .5rem;overflow-wrap:anywhere}
.verdict{font-size:1.15rem;padding:1rem 1.1rem;background:var(--panel);border-left:5px solid var(--same);margin:0 0 1rem}
.verdict.faster{border-color:var(--faster)}.verdict.slower{border-color:var(--slower)}
nav ol{columns:2;padding-left:2rem;margin:1rem 0}
nav li{break-inside:avoid}
figure{margin:1rem 0}
figcaption,.note,.legend{color:var(--soft);font-size:.9rem}
figure .scroll{margin:0}
.key{margin-right:1.1rem;display:inline-block}.key i{display:inline-block;width:.8em;height:.8em;margin-right:.4em;border-radius:2px;-webkit-print-color-adjust:exact;print-color-adjust:exact}
svg.plot{display:block;width:100%;height:auto;max-width:760px;color:var(--fg)}
svg.plot text{white-space:pre}
.scroll{overflow-x:auto;margin:.75rem 0}
table{border-collapse:collapse;font-size:.9rem;width:100%}
caption{text-align:left;color:var(--soft);padding:.25rem 0;font-size:.9rem}
th,td{padding:.25rem .9rem .25rem 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--line)}
thead th{color:var(--soft);font-weight:600;white-space:nowrap}
tbody th{font-weight:500}
.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.p{overflow-wrap:anywhere;min-width:14rem;font-family:ui-monospace,monospace;font-size:.85rem}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1.2rem;font-size:.95rem}
dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
pre{background:var(--panel);padding:.75rem 1rem;overflow-x:auto;white-space:pre-wrap;overflow-wrap:anywhere}
.faster{color:var(--faster)}.slower{color:var(--slower)}
.verdict.faster,.verdict.slower{color:inherit}
.warning{border-left:4px solid var(--c2);padding-left:.9rem;margin:.75rem 0}
footer{margin-top:3rem;color:var(--soft);font-size:.85rem}
@media (max-width:40rem){nav ol{columns:1}dl{grid-template-columns:1fr}dd{margin-bottom:.4rem}h1{font-size:1.3rem}.verdict{font-size:1rem}
svg.plot{min-width:30rem}.t{min-width:16rem}th:first-child{position:sticky;left:0;background:var(--bg)}}
@media print{:root{--bg:#fff;--fg:#000;--soft:#444;--line:#ccc;--panel:#f4f4f4;--link:#000;--c1:#2f6fb5;--c2:#d0732c;--c3:#8a8f99;--c4:#7d4fb3;--c5:#12805c;--faster:#12805c;--slower:#b3261e;--same:#444}
body{max-width:none;font-size:11pt;padding:0}nav,.skip{display:none}figure,tr{break-inside:avoid}svg.plot{min-width:0}th:first-child{position:static}.scroll{overflow:visible}h2{break-after:avoid}}
`;
