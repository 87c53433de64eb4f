# SPDX-License-Identifier: BSD-3-Clause
"""The table that compares both sides: medians, ratios, their spread, and what was asked for."""

from statistics import median

HEADINGS = ("", "ours", "theirs", "ratio", "spread", "target", "")
# The very same package on both sides differs by as much, median against median.
NOISE = 0.05


def summary(entry):
    """Return the medians, the ratios and the verdict of one `rounds.Entry`.

    A ratio compares two runs that followed each other. The verdict is ``hit``, ``near`` when the
    target was missed by less than the noise or lies within the spread, or ``miss``; None when a
    side has no number.

    Returns
    -------
    dict
        With ``ours``, ``theirs``, ``ratio``, ``low``, ``high`` and ``verdict``; what cannot be
        told is None.
    """
    ratios = _ratios(entry)
    told = {
        "ours": median(entry.ours) if entry.ours else None,
        "theirs": median(entry.theirs) if entry.theirs else None,
        "ratio": median(ratios) if ratios else None,
        "low": min(ratios, default=None),
        "high": max(ratios, default=None),
    }
    told["verdict"] = _verdict(entry, told)
    return told


def lay_out(entries):
    """Return the table of several entries as text."""
    rows = [_row(entry, summary(entry)) for entry in entries]
    widths = [max(len(row[column]) for row in [HEADINGS, *rows]) for column in range(len(HEADINGS))]
    lines = [_line(HEADINGS, widths)]
    lines += [_line(row, widths) for row in rows]
    lines.insert(1, "-" * max(map(len, lines)))
    return "\n".join(lines)


def _ratios(entry):
    if entry.limit is not None:  # such numbers count by themselves, and may be zero
        return []
    return [theirs / ours for ours, theirs in zip(entry.ours, entry.theirs) if ours > 0]


def _verdict(entry, told):
    if told["ours"] is None:
        return None
    if entry.limit is not None:
        return "hit" if told["ours"] <= entry.limit else "miss"
    if told["ratio"] is None:
        return None
    if told["ratio"] >= entry.target:
        return "hit"
    reached = max(told["high"], told["ratio"] * (1 + NOISE))
    return "near" if reached >= entry.target else "miss"


def _row(entry, told):
    target = ""
    if entry.limit is not None:
        target = f"<= {_amount(entry.limit, entry.unit)}"
    elif entry.target is not None:
        target = f"{entry.target:.1f}x"
    ratio = spread = ""
    if told["ratio"] is not None:
        ratio = f"{told['ratio']:.2f}x"
        spread = f"{told['low']:.2f}-{told['high']:.2f}"
    ours, theirs = (_amount(told[side], entry.unit) for side in ("ours", "theirs"))
    return entry.name, ours, theirs, ratio, spread, target, told["verdict"] or "-"


def _amount(value, unit):
    if value is None:
        return "-"
    if unit == "ns":
        for larger, factor in (("ms", 1e6), ("us", 1e3)):
            if value >= 10 * factor:
                return f"{value / factor:.1f} {larger}"
        return f"{value:.0f} ns"
    return f"{value:.2f} {unit}"


def _line(cells, widths):
    name, *numbers, verdict = cells
    middle = "  ".join(cell.rjust(width) for cell, width in zip(numbers, widths[1:]))
    return f"{name.ljust(widths[0])}  {middle}  {verdict}".rstrip()
