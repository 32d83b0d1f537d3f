#!/usr/bin/env python3
"""How often intervals and crossing chances hold where the process is known.

usage: Benchmarks/Forecast/simulated.py [--runs N] [--seed S]
environment: TSQ is the binary, .build/release/tsq otherwise; needs numpy

Each row is N histories of one process, each forecast once by `tsq predict --input`. "80 %" and "95 %" are the shares
of all later values inside the intervals. "said" is the mean chance told of going above the level that one value in
a hundred exceeds (of the history, for a process without one), "happened" how often the values then did.
"""
import argparse, csv, io, json, os, subprocess, sys, tempfile
import numpy as np

TSQ = os.environ.get("TSQ", ".build/release/tsq")
START = 1767225600
DAY, HOUR = 86400, 3600


def autoregressive(random, count, rho):
    values = np.empty(count)
    values[0] = random.normal() / np.sqrt(1 - rho * rho)
    for index in range(1, count):
        values[index] = rho * values[index - 1] + random.normal()
    return values


def wave(random, count):
    return 3 * np.sin(2 * np.pi * np.arange(count) / 24) + random.normal(size=count)


# Name, steps of history, steps ahead, seconds a step, how it is made.
PROCESSES = [
    ("white noise", 365, 30, DAY, lambda random, count: random.normal(size=count)),
    ("white noise", 672, 24, HOUR, lambda random, count: random.normal(size=count)),
    ("autoregression of 0.9", 365, 30, DAY, lambda random, count: autoregressive(random, count, 0.9)),
    ("random walk", 365, 30, DAY, lambda random, count: np.cumsum(random.normal(size=count))),
    ("random walk", 1000, 90, DAY, lambda random, count: np.cumsum(random.normal(size=count))),
    ("daily wave and noise", 672, 24, HOUR, wave),
]


def forecast(history, ahead, step, threshold):
    rows = io.StringIO()
    csv.writer(rows).writerows([("timestamp", "value"), *((START + index * step, value) for index, value in enumerate(history))])
    with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
        file.write(rows.getvalue())
        file.flush()
        command = [TSQ, "predict", "--input", file.name, "--horizon", f"{ahead * step}s", "--step", f"{step}s", "-o", "json"]
        found = subprocess.run([*command, "--threshold", repr(float(threshold))], capture_output=True, text=True)
    if found.returncode != 0:
        sys.exit(f"simulated.py: {found.stderr.strip()}")
    return json.loads(found.stdout)["forecasts"][0]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=150)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print("| process | history | ahead | 80 % | 95 % | said | happened |\n| --- | --- | --- | --- | --- | --- | --- |")
    for name, count, ahead, step, make in PROCESSES:
        random = np.random.default_rng(options.seed)
        inside, said, happened = {0.8: [], 0.95: []}, [], []
        for _ in range(options.runs):
            values = 100 + make(random, count + ahead)
            history, future = values[:count], values[count:]
            threshold = np.quantile(history, 0.99)
            found = forecast(history, ahead, step, threshold)
            for place, point in enumerate(found["points"]):
                for interval in point["intervals"]:
                    inside[round(interval["level"], 2)].append(interval["low"] <= future[place] <= interval["high"])
            crossing = found["crossings"][0]
            if not crossing["already_crossed"]:
                said.append(crossing["probability"])
                happened.append(bool((future > threshold).any()))
        unit = "d" if step == DAY else "h"
        print(f"| {name} | {count} {unit} | {ahead} {unit} | {np.mean(inside[0.8]):.2f} | {np.mean(inside[0.95]):.2f} "
              f"| {np.mean(said):.2f} | {np.mean(happened):.2f} |", flush=True)


if __name__ == "__main__":
    main()
