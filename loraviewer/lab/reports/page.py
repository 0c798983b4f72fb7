"""One self-contained page: no file beside it, nothing fetched; light, dark and on paper."""

import base64
import hashlib

from loraviewer.lab.reports.html_text import safe

_STYLE = """
:root { color-scheme: light dark; --paper: #fff; --ink: #1b1b1b; --quiet: #5c5c5c; --line: #d5d5d5;
  --blue: #0072b2; --alike: #0072b2; --against: #d55e00; --warn: #8a4b00; }
@media (prefers-color-scheme: dark) { :root { --paper: #16181b; --ink: #e9e9e9; --quiet: #a9adb3;
  --line: #3b3f45; --blue: #56b4e9; --against: #c85400; --warn: #e6a94d; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 1.5rem 1.25rem 4rem; background: var(--paper);
  color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; line-height: 1.2; } h2 { font-size: 1.2rem; margin: 2.2rem 0 .4rem; }
h3 { font-size: 1rem; margin: 1.2rem 0 .2rem; } p { margin: .4rem 0; max-width: 46rem; }
.quiet, caption, figcaption { color: var(--quiet); font-size: .9rem; }
.warn { color: var(--warn); } .summary { font-size: 1.1rem; }
.wide { overflow-x: auto; }
.tall { max-height: 34rem; overflow: auto; border: 1px solid var(--line); }
table { border-collapse: collapse; font-size: .875rem; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .6rem; text-align: right; border-bottom: 1px solid var(--line);
  vertical-align: top; white-space: nowrap; }
th { font-weight: 600; } td.text, th.text { text-align: left; } td.words { text-align: left;
  white-space: normal; min-width: 16rem; }
.tall thead th { position: sticky; top: 0; background: var(--paper); }
th button { font: inherit; color: inherit; background: none; border: 0; padding: 0;
  cursor: pointer; }
th button:focus-visible { outline: 2px solid var(--blue); outline-offset: 2px; }
th button::after { content: " ↕"; color: var(--quiet); }
th[aria-sort=ascending] button::after { content: " ↑"; color: var(--ink); }
th[aria-sort=descending] button::after { content: " ↓"; color: var(--ink); }
code { font-size: .85em; overflow-wrap: anywhere; }
figure { margin: .6rem 0; } svg { max-width: 100%; height: auto; font: 12px system-ui, sans-serif; }
svg text { fill: var(--ink); } svg .quiet { fill: var(--quiet); font-size: 11px; }
p, li, figcaption { overflow-wrap: anywhere; } .wide svg { max-width: none; }
img { max-width: 100%; height: auto; } details { display: inline; margin-left: .5rem; }
summary { display: inline-block; cursor: pointer; }
.key { display: inline-block; margin-right: 1rem; }
.plots { display: grid; grid-template-columns: repeat(auto-fill, minmax(21rem, 1fr)); gap: 1rem; }
@media print { :root { color-scheme: light; --paper: #fff; --ink: #000; --quiet: #444;
  --line: #bbb; --blue: #0072b2; --against: #d55e00; --warn: #8a4b00; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  body { max-width: none; padding: 0; font-size: 11px; }
  table { font-size: 8.5px; } th, td { padding: .12rem .3rem; }
  .wide, .tall { overflow: visible; max-height: none; border: 0; } th button::after { content: ""; }
  .tall tbody tr:nth-child(n+121) { display: none; } figure, tr { break-inside: avoid; }
  h2, h3 { break-after: avoid; } }
"""

_SORT = """
for (const button of document.querySelectorAll("th button")) {
  button.addEventListener("click", () => {
    const head = button.closest("th"), body = head.closest("table").tBodies[0];
    const cell = (row) => row.cells[head.cellIndex], was = head.getAttribute("aria-sort");
    const isText = cell(body.rows[0]).dataset.n === undefined;
    const isUp = isText ? was !== "ascending" : was === "descending";
    for (const other of head.parentNode.cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", isUp ? "ascending" : "descending");
    const isKnown = (row) => isText || cell(row).dataset.n !== "";
    const order = (a, b) => isText
      ? cell(a).textContent.localeCompare(cell(b).textContent)
      : cell(a).dataset.n - cell(b).dataset.n;
    const rows = [...body.rows], known = rows.filter(isKnown);
    known.sort((a, b) => isUp ? order(a, b) : order(b, a));
    body.append(...known, ...rows.filter((row) => !isKnown(row)));
  });
}
"""
"""What is not known comes last, either way."""


def page(title: str, body: str, has_pictures: bool = False) -> str:
    """title: plain text. body: safe HTML. Whatever slipped into it, only the page's own script runs
    and nothing is fetched. has_pictures: they lie in the page itself, as data."""
    allowed = base64.b64encode(hashlib.sha256(_SORT.encode()).digest()).decode()
    pictures = "img-src data:; " if has_pictures else ""
    policy = (
        f"default-src 'none'; {pictures}style-src 'unsafe-inline'; script-src 'sha256-{allowed}'; "
        "base-uri 'none'; form-action 'none'"
    )
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{safe(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f"{body}\n<script>{_SORT}</script>\n</body>\n</html>\n"
    )
