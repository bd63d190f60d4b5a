#!/usr/bin/env python3
"""Draws the ratios of `./headgate bench structures --json`, one bar for each run.

    ./headgate bench structures --json 2>table.txt | tail -1 >src/docs/benchmarks/jdk-17.json
    python3 src/bench/charts.py src/docs/benchmarks/jdk-17.json src/docs/benchmarks/jdk-25.json

Needs matplotlib. Writes ratios.svg beside the first file.
"""

import json
import pathlib
import sys

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams["svg.hashsalt"] = "headgate"  # The same figures give the same file.

import matplotlib.pyplot as plt  # noqa: E402

# What was aimed at, as ratios: above it, the goal is met.
GOALS = {
    "limiter.keys1m.vs.hashmap_bucket4j_none": 3.0,
    "limiter.shared.t1.vs.best": 1.5,
    "limiter.shared.t2.vs.best": 1.5,
    "spsc.drain.vs.jctools": 1.0,
    "spsc.poll.vs.jctools": 0.9,
    "spsc.vs.agrona": 2.0,
    "spsc.vs.disruptor": 2.0,
    "spsc.vs.abq": 10.0,
    "pool.cross.vs.new_jctools": 2.5,
    "pool.cross.vs.recycler_jctools": 2.5,
    "pool.same.vs.arraydeque": 0.5,
    "lock.t1.vs.reentrant": 1 / 0.6,
    "lock.t2.vs.reentrant": 1.0,
    "lock.oversubscribed.vs.reentrant": 1 / 1.5,
}


def main(paths: list[pathlib.Path]) -> None:
    runs = {path.stem: json.loads(path.read_text()) for path in paths}
    names = [name for name in next(iter(runs.values())) if ".vs." in name]
    figure, axes = plt.subplots(figsize=(9, 0.42 * len(names) + 1.2), layout="constrained")
    height = 0.8 / len(runs)
    for i, (run, figures) in enumerate(runs.items()):
        places = [y + (i - (len(runs) - 1) / 2) * height for y in range(len(names))]
        bars = axes.barh(places, [figures[name] for name in names], height, label=run)
        axes.bar_label(bars, fmt="%.2f", padding=2, fontsize=7)
    goals = [(GOALS[name], y) for y, name in enumerate(names) if name in GOALS]
    axes.scatter(*zip(*goals), marker="|", s=220, color="black", label="goal", zorder=3)
    axes.axvline(1, color="grey", linewidth=0.8)
    axes.set_xscale("log")
    axes.set_xticks([0.5, 1, 2, 5, 10, 20, 50], ["0.5", "1", "2", "5", "10", "20", "50"])
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.set_xlabel("peer's time / ours; above 1 Headgate is ahead")
    axes.legend(loc="lower right")
    figure.savefig(paths[0].with_name("ratios.svg"), metadata={"Date": None})


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__.strip())
    main([pathlib.Path(argument) for argument in sys.argv[1:]])
