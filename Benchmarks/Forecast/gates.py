#!/usr/bin/env python3
"""How often each gate of the shipped forecaster fires on the benchmark's series, and how often it was right.

usage: gates.py BENCH_DIR SET_DIR [TSQ]     needs Python 3 with numpy; TSQ is .build/release/tsq otherwise

The benchmark's histories are long and whole, so that hardly a gate fires on them. Each of the 260 tasks is therefore
also asked with a history cut to 1/4 ... 2 windows, with values left out, and with the newest ones missing. A gate was
*right* where the forecast it held back (`--ungated`) erred at least as much as the seasonal naive on what came, or
where its 80 % interval held less than half of it. The same share among the forecasts that passed all gates is beside it.
"""
import csv, os, random, subprocess, sys, tempfile
import numpy as np

bench, data = sys.argv[1:3]
tsq = sys.argv[3] if len(sys.argv) > 3 else os.path.join(os.path.dirname(__file__), "../../.build/release/tsq")
sys.path.insert(0, bench)
import evaluate


def variants(rows, steps, interval, season):
    """Names and shortened histories of one task."""
    yield "whole", rows
    for share in (0.25, 0.5, 1, 2):
        yield f"cut{share}", rows[-max(3, int(share * steps)):]
    for share in (0.3, 0.6, 0.8):
        chosen = random.Random(7)
        yield f"thin{share}", [row for row in rows if chosen.random() >= share]
    for late in sorted({4, steps // 4, steps // 2, season, 2 * season}):
        if 0 < late < len(rows) // 2: yield f"late{late}", rows[:-late]


_, series, tasks = evaluate.load_set(data)
prepared = evaluate.prepare(series, tasks)
truth = {}
folder = tempfile.TemporaryDirectory()
with open(folder.name + "/manifest.csv", "w") as manifest:
    manifest.write("file,series_id,origin,steps,interval_s\n")
    for task in prepared:
        sid, origin, steps, interval = task["sid"], task["org"], task["n"], task["iv"]
        with open(f"{data}/series/{sid}.csv") as file:
            rows = [line.strip() for line in file][1:]
        rows = [row for row in rows if int(row.split(",")[0]) <= origin]
        season = max(1, 86400 // interval) if interval < 86400 else 7 if interval == 86400 else 1
        for name, cut in variants(rows, steps, interval, season):
            key = f"{sid}~{name}"
            with open(f"{folder.name}/{key}@{origin}.csv", "w") as file:
                file.write("timestamp,value\n" + "\n".join(cut) + "\n")
            manifest.write(f"{key}@{origin}.csv,{key},{origin},{steps},{interval}\n")
            # The seasonal naive of what was known: each step takes the newest known value of its place.
            known = {int(t): float(v) for t, v in (row.split(",") for row in cut)}
            newest = float(cut[-1].split(",")[1])
            naive = np.full(steps, newest)
            for step in range(steps):
                at = origin + (step + 1) * interval
                for back in range(1, 60):
                    value = known.get(at - back * season * interval)
                    if value is not None:
                        naive[step] = value
                        break
            truth[key, origin] = (task["y"][:steps], naive)

run = [tsq, "backtest", "--tasks", folder.name, "--level", "80", "-o", "csv"]
print(f"{len(truth)} tasks", file=sys.stderr)
output = subprocess.run(run + ["--ungated", "--verdicts", folder.name + "/verdicts.csv"],
                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True).stdout
paths = {}
for row in csv.DictReader(output.splitlines()):
    paths.setdefault((row["series_id"], int(row["origin"])), []).append(
        (float(row["mean"]), float(row["lo80"] or row["mean"]), float(row["hi80"] or row["mean"])))

counts = {}
with open(folder.name + "/verdicts.csv") as file:
    for row in csv.DictReader(file):
        key = row["series_id"], int(row["origin"])
        actual, naive = truth[key]
        seen = np.isfinite(actual)
        path = np.array(paths.get(key, []))
        if not len(path) or not seen.any(): continue
        error = np.abs(path[seen, 0] - actual[seen]).mean()
        lost = error >= np.abs(naive[seen] - actual[seen]).mean()
        missed = ((path[seen, 1] <= actual[seen]) & (actual[seen] <= path[seen, 2])).mean() < 0.5
        whole = key[0].endswith("~whole")
        for gate in row["gates"].split("+") if row["gates"] else ["passed"]:
            counts.setdefault(gate, []).append((whole, lost, missed))
print("| gate | fires on the whole histories | fires on all | lost to the naive | interval held under half | right |")
print("| --- | ---: | ---: | ---: | ---: | ---: |")
for gate, found in sorted(counts.items(), key=lambda item: (item[0] == "passed", item[0])):
    whole, lost, missed = np.array(found).T
    print(f"| {gate} | {whole.sum()} | {len(found)} | {lost.mean():.2f} | {missed.mean():.2f} | {(lost | missed).mean():.2f} |")
