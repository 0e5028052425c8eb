"""Draws grouped bars as SVG, for light and dark backgrounds. Each group has a scale of its own: what is compared is within it."""

WIDTH, LABEL, BAR, GAP, HEAD = 720, 24, 16, 14, 66
LONGEST = WIDTH - 190
STYLE = """<style>
text { font: 12px sans-serif; fill: #24292f } .title { font-size: 14px; font-weight: bold } .bar0 { fill: #8c959f }
.bar1 { fill: #2f81f7 } .bar2 { fill: #d29922 }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } 
.bar0 { fill: #6e7681 } .bar1 { fill: #58a6ff } .bar2 { fill: #e3b341 } }
</style>"""


def legend(series):
    x, out = 10, []
    for i, name in enumerate(series):
        out.append(f'<rect class="bar{i}" x="{x}" y="34" width="12" height="12"/><text x="{x + 18}" y="44">{name}</text>')
        x += 40 + 7 * len(name)
    return out


def group(y, title, values):
    out = [f'<text x="10" y="{y + 14}">{title}</text>']
    for i, value in enumerate(values):
        top, length = y + LABEL + i * BAR, value / max(values) * LONGEST
        out.append(f'<rect class="bar{i}" x="10" y="{top}" width="{length:.1f}" height="{BAR - 3}"/>'
                   f'<text x="{length + 16:.1f}" y="{top + 11}">{value:.1f} ({value / values[0]:.2f})</text>')
    return out


def draw(title, series, groups):
    """`groups`: (title, a value for each of `series`); ratios are to the first."""
    step = LABEL + len(series) * BAR + GAP
    height = HEAD + len(groups) * step
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}">',
           f"<title>{title}</title>", STYLE, f'<text class="title" x="10" y="20">{title}</text>', *legend(series)]
    for i, (name, values) in enumerate(groups):
        out += group(HEAD + i * step, name, values)
    return "\n".join(out) + "\n</svg>\n"
