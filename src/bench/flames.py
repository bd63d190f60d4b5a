#!/usr/bin/env python3
"""Folds the samples of a flight recording's stream threads, one line for each stack.

    ./headgate bench e2e --quick --only alos.1pct --profile recordings
    python3 src/bench/flames.py recordings/alos.1pct-headgate.jfr 0.5 | flamegraph.pl >headgate.svg

The number is the share of the samples that are left out at the beginning, while the JVM is cold.
flamegraph.pl is Brendan Gregg's (github.com/brendangregg/FlameGraph); jfr comes with the JDK.
"""

import collections
import re
import subprocess
import sys

FRAME = re.compile(r"\s+([\w.$<>]+)\(.*")


def samples(recording):
    """Yields each sample's thread, and its frames from the innermost on."""
    command = ["jfr", "print", "--events", "jdk.ExecutionSample", "--stack-depth", "64", recording]
    thread, frames = None, None
    for line in subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines():
        if line.startswith("jdk.ExecutionSample"):
            thread, frames = "", []
        elif frames is None:
            continue
        elif line.startswith("}"):
            yield thread, frames
            frames = None
        elif "sampledThread" in line:
            thread = line.split('"')[1]
        elif match := FRAME.match(line):
            frames.append(match[1])


def short(frame):
    """Without the packages of Kafka and the JDK, which all know."""
    return re.sub(r"^(org\.apache\.kafka|java|sun|jdk)\.([a-z0-9]+\.)*", "", frame)


recording, cold = sys.argv[1], float(sys.argv[2]) if len(sys.argv) > 2 else 0.0
stacks = [frames for thread, frames in samples(recording) if re.search(r"^(?!kafka).*StreamThread-\d+$", thread)]
counts = collections.Counter(";".join(map(short, reversed(frames))) for frames in stacks[int(len(stacks) * cold):])
for stack, count in sorted(counts.items()):
    print(stack, count)
