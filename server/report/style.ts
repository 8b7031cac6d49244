/** The page's own style: light, dark and high contrast by the reader's settings, nothing from outside. */
export const style = `
:root { color-scheme: light dark; --ground: #ffffff; --text: #1f2328; --quiet: #59636e; --line: #d1d9e0; --good: #1a7f37; --bad: #cf222e; --s0: #0550ae; --s1: #bc4c00; --s2: #8250df; }
@media (prefers-color-scheme: dark) { :root { --ground: #1f1f1f; --text: #e6e6e6; --quiet: #a8a8a8; --line: #454545; --good: #4ac26b; --bad: #ff7b72; --s0: #79c0ff; --s1: #ffa657; --s2: #d2a8ff; } }
@media (prefers-contrast: more) { :root { --quiet: var(--text); --line: var(--text); } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1120px; padding: 24px 20px 64px; background: var(--ground); color: var(--text); font: 15px/1.5 system-ui, "Segoe UI", Roboto, sans-serif; }
h1 { font-size: 24px; margin: 0 0 4px; } h2 { font-size: 18px; margin: 36px 0 8px; padding-top: 16px; border-top: 1px solid var(--line); }
h3 { font-size: 15px; margin: 20px 0 8px; } p { margin: 4px 0; } .quiet { color: var(--quiet); }
.headline { display: flex; flex-wrap: wrap; gap: 12px; margin: 16px 0; padding: 0; list-style: none; }
.headline li { border: 1px solid var(--line); border-radius: 6px; padding: 10px 16px; min-width: 130px; }
.headline strong { display: block; font-size: 24px; font-variant-numeric: tabular-nums; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; } th, td { text-align: left; padding: 4px 16px 4px 0; border-bottom: 1px solid var(--line); } td.figure, th.figure { text-align: right; }
.columns { display: flex; flex-wrap: wrap; gap: 24px 40px; align-items: flex-start; }
.chart { width: 360px; max-width: 100%; } .grid { stroke: var(--line); stroke-width: 1; } .tick, .axis, .legend { fill: var(--quiet); font-size: 11px; } .axis { font-size: 12px; }
.series { fill: none; stroke-width: 2; } .series-0 { stroke: var(--s0); } .series-1 { stroke: var(--s1); stroke-dasharray: 6 3; } .series-2 { stroke: var(--s2); stroke-dasharray: 2 3; }
.legend { font-size: 12px; } .series-text-0 { fill: var(--s0); } .series-text-1 { fill: var(--s1); } .series-text-2 { fill: var(--s2); }
.pictures { display: grid; grid-template-columns: repeat(auto-fill, minmax(250px, 1fr)); gap: 16px; margin: 8px 0; padding: 0; list-style: none; }
figure { margin: 0; border: 3px solid; border-radius: 4px; padding: 6px; } figure.defective { border-color: var(--bad); } figure.ok { border-color: var(--good); border-style: double; }
figure .pair { display: flex; gap: 4px; position: relative; } figure .pair { align-items: flex-start; } figure img { min-width: 0; flex: 1 1 0; height: auto; }
figure .score { position: absolute; top: 4px; left: 4px; background: #000; color: #fff; padding: 0 6px; border-radius: 3px; font-variant-numeric: tabular-nums; }
figcaption { overflow-wrap: anywhere; font-size: 13px; margin-top: 4px; }
`;
