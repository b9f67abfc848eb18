// How the page looks: one column that a phone can hold, light and dark as the reader's system has it.

export const style = `
:root {
  color-scheme: light dark;
  --paper: #fbfaf7; --text: #1d2129; --faint: #5c6470; --grid: #e2e0d9; --card: #ffffff;
  --own: #0b7285; --peer: #adb5bd; --loses: #d9480f;
  --line1: #0b7285; --line2: #d9480f; --line3: #5f3dc4; --line4: #2b8a3e; --line5: #a61e4d; --line6: #868e96;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171c; --text: #e6e8eb; --faint: #9aa3ad; --grid: #2b3038; --card: #1b1f26;
    --own: #3bc9db; --peer: #5c6470; --loses: #ff922b;
    --line1: #3bc9db; --line2: #ff922b; --line3: #b197fc; --line4: #69db7c; --line5: #faa2c1; --line6: #adb5bd;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--text); font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
main { max-width: 60rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 1rem 0 .5rem; }
h2 { font-size: 1.25rem; margin: 2.5rem 0 .5rem; border-top: 1px solid var(--grid); padding-top: 1.25rem; }
h3 { font-size: 1rem; margin: 0 0 .25rem; }
h3.later { margin-top: 1.25rem; }
p, ul { margin: .5rem 0; }
.faint { color: var(--faint); font-size: .875rem; }
.card { background: var(--card); border: 1px solid var(--grid); border-radius: 8px; padding: .75rem; margin: .75rem 0; }
.grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 26rem), 1fr)); gap: .75rem; }
.grid .card { margin: 0; }
[data-chart] { position: relative; width: 100%; min-height: 4rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: .875rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .25rem .6rem; border-bottom: 1px solid var(--grid); vertical-align: top; overflow-wrap: normal; }
th { color: var(--faint); font-weight: 600; }
code { font: .875em ui-monospace, monospace; background: var(--card); border: 1px solid var(--grid); border-radius: 4px; padding: 0 .25em; }
.loses { color: var(--loses); }
`
