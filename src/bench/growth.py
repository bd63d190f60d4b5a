#!/usr/bin/env python3
"""Draws how the cost of a record grows, from the table of `./headgate bench e2e --growth`.

    ./headgate bench e2e --growth --quick >src/docs/benchmarks/e2e-growth.txt
    python3 src/bench/growth.py src/docs/benchmarks/e2e-growth.txt

Needs matplotlib. Writes e2e-growth.svg beside the table.
"""

import pathlib
import re
import sys

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams["svg.hashsalt"] = "headgate"  # The same figures give the same file.

import matplotlib.pyplot as plt  # noqa: E402

GROUP = re.compile(r"^(keys|partitions|threads|buckets)-(\d+): ")
LINE = re.compile(r"^  (pass-through|headgate) +([\d,]+) +([\d.]+) +([\d.]+) \.\. ([\d.]+) +([\d,]+)")

# What the comparisons have where they do not say otherwise, so that each line has its beginning.
BASE = {"partitions": ("keys", 10_000, 1), "buckets": ("keys", 10_000, 60)}


def read(text: str) -> dict[str, dict[int, dict[str, tuple[float, float]]]]:
    """Nanoseconds of the stream thread, and the ratio of throughput, by what grows and how much."""
    found: dict[str, dict[int, dict[str, tuple[float, float]]]] = {}
    into = None
    for line in text.splitlines():
        if group := GROUP.match(line):
            into = found.setdefault(group[1], {}).setdefault(int(group[2]), {})
        elif (row := LINE.match(line)) and into is not None:
            into[row[1]] = (float(row[6].replace(",", "")), float(row[3]))
    for what, (of, at, means) in BASE.items():
        if what in found and at in found.get(of, {}):
            found[what][means] = found[of][at]
    return found


def main(path: pathlib.Path) -> None:
    found = {what: at for what, at in read(path.read_text()).items() if len(at) > 1}
    figure, all_axes = plt.subplots(1, len(found), figsize=(4 * len(found), 3.4), layout="constrained")
    for axes, (what, at) in zip(all_axes, found.items()):
        sizes = sorted(at)
        for variant, colour in (("pass-through", "grey"), ("headgate", "tab:blue")):
            axes.plot(sizes, [at[size][variant][0] for size in sizes], "o-", color=colour, label=variant)
        for size in sizes:
            axes.annotate(
                f"{at[size]['headgate'][1]:.2f}", (size, at[size]["headgate"][0]),
                textcoords="offset points", xytext=(0, 6), fontsize=7, ha="center")
        axes.set_xscale("log")
        axes.set_ylim(bottom=0)
        axes.set_xlabel(what)
    all_axes[0].set_ylabel("ns of the stream thread a record")
    all_axes[0].legend(loc="upper left")
    figure.suptitle("Cost of a record; by the points, throughput as a share of pass-through's", fontsize=9)
    figure.savefig(path.with_suffix(".svg"), metadata={"Date": None})


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
