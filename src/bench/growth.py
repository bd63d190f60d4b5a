#!/usr/bin/env python3
"""Draws how the cost of a record grows, from what `./headgate bench e2e --growth` says on its way.

    ./headgate bench e2e --growth --quick >table.txt 2>src/docs/benchmarks/e2e-growth.txt
    python3 src/bench/growth.py src/docs/benchmarks/e2e-growth.txt

Needs matplotlib. Writes e2e-growth.svg beside the log, and prints the table.
"""

import pathlib
import re
import statistics
import sys

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams["svg.hashsalt"] = "headgate"  # The same figures give the same file.

import matplotlib.pyplot as plt  # noqa: E402

ROUND = re.compile(
    r"^(keys|partitions|threads|buckets)-(\d+): round (\d+) of \d+, (pass-through|headgate): "
    r"([\d,]+) records/s, ([\d,]+) ns of the stream thread"
)

# What the comparisons have where they do not say otherwise, so that each line has its beginning.
BASE = {"partitions": 1, "buckets": 60, "threads": 1}


def read(text: str) -> dict[str, dict[int, dict[str, float]]]:
    """Medians by what grows and how much: nanoseconds of both, records a second, and the ratio."""
    rounds: dict[tuple[str, int], dict[str, dict[str, tuple[float, float]]]] = {}
    for line in text.splitlines():
        if found := ROUND.match(line):
            what, size, number, variant, speed, nanos = found.groups()
            of = rounds.setdefault((what, int(size)), {}).setdefault(number, {})
            of[variant] = (float(speed.replace(",", "")), float(nanos.replace(",", "")))
    result: dict[str, dict[int, dict[str, float]]] = {}
    for (what, size), by_round in rounds.items():
        both = [each for each in by_round.values() if len(each) == 2]
        if both:
            result.setdefault(what, {})[size] = {
                "pass-through": statistics.median(each["pass-through"][1] for each in both),
                "headgate": statistics.median(each["headgate"][1] for each in both),
                "speed": statistics.median(each["headgate"][0] for each in both),
                "ratio": statistics.median(each["headgate"][0] / each["pass-through"][0] for each in both),
            }
    for what, size in BASE.items():
        if what in result and 10_000 in result.get("keys", {}):
            # Two threads are with as many partitions as their group has; near enough for a line.
            result[what].setdefault(size, result["keys"][10_000])
    return result


def main(path: pathlib.Path) -> None:
    found = read(path.read_text())
    for what, at in found.items():
        for size in sorted(at):
            row = at[size]
            print(
                f"| {what} {size:,} | {row['pass-through']:,.0f} | {row['headgate']:,.0f} "
                f"| {row['ratio']:.2f} | {row['speed']:,.0f} |"
            )
    figure, all_axes = plt.subplots(1, len(found), figsize=(4 * len(found), 3.4), layout="constrained")
    for axes, (what, at) in zip(all_axes, found.items()):
        sizes = sorted(at)
        for variant, colour in (("pass-through", "grey"), ("headgate", "tab:blue")):
            axes.plot(sizes, [at[size][variant] for size in sizes], "o-", color=colour, label=variant)
        for size in sizes:
            axes.annotate(
                f"{at[size]['ratio']:.2f}", (size, at[size]["headgate"]),
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
