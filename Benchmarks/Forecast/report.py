#!/usr/bin/env python3
"""Breaks a scored run of score.sh down by group and by distance, coverage and crossings included.

usage: report.py BENCH_DIR SET_DIR OUT_DIR     needs Python 3 with numpy; OUT_DIR holds tsq.csv and answers.csv
"""
import csv, os, sys
import numpy as np

bench, data, out = sys.argv[1:4]
sys.path.insert(0, bench)
import evaluate

meta, series, tasks = evaluate.load_set(data)
prepared = evaluate.prepare(series, tasks)
paths = evaluate.load_fc(out + "/tsq.csv")
naive = evaluate.snaive(prepared)
rows, base = evaluate.score(prepared, paths), evaluate.score(prepared, naive)
group_of = {sid: row["group"] for sid, row in meta.items()}
answers = {}
with open(out + "/answers.csv") as file:
    for row in csv.DictReader(file):
        key = row["series_id"], int(row["origin"]), row["window"], row["question"]
        answers[key] = float(row["prob"]), float(row["step"] or "nan")

crossings = []
for task in prepared:
    for window, steps in evaluate.windows(task):
        if not evaluate.enough(task, steps): continue
        for question, threshold in evaluate.questions(task, steps):
            actual = task["y"][:steps]
            crossed = evaluate.first_cross(np.where(np.isfinite(actual), actual, -np.inf), threshold)
            chance, step = answers.get((task["sid"], task["org"], window, question), (0.0, float("nan")))
            step = min(step, steps + 1) if chance >= 0.5 and np.isfinite(step) else steps + 1
            crossings.append((window, question[0], group_of[task["sid"]], crossed is not None, chance,
                              abs((crossed or steps + 1) - step) / steps))


def f1(found):
    hits = sum(crossed and chance >= 0.5 for _, _, _, crossed, chance, _ in found)
    wrong = sum(crossed != (chance >= 0.5) for _, _, _, crossed, chance, _ in found)
    return f"{2 * hits / (2 * hits + wrong):.2f}" if hits + wrong else "-"


for window in ("short", "long"):
    print(f"\n| {window} | series | relMAE | relWIS | 80 % | 95 % | p95 F1 | time error | growth F1 |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    below = [row for row in base if row["win"] == window]
    for group in [None] + sorted(set(group_of.values())):
        mine = [row for row in rows if row["win"] == window and group in (None, group_of[row["sid"]])]
        if not mine: continue
        total = evaluate.summarise(mine, below)
        level, growth = ([c for c in crossings if c[0] == window and c[1] == kind and group in (None, c[2])]
                         for kind in "AB")
        late = f"{np.mean([c[5] for c in level]):.2f}" if level else "-"
        print(f"| {group or 'all'} | {len({row['sid'] for row in mine})} | {total['rel_mae']:.2f} | {total['rel_wis']:.2f} "
              f"| {total['cov80']:.2f} | {total['cov95']:.2f} | {f1(level)} | {late} | {f1(growth)} |")

print("\n| steps ahead, in days (steps under a day) | relMAE | 80 % | 95 % |\n| --- | ---: | ---: | ---: |")
for first, last in ((0, 1 / 8), (1 / 8, 1 / 2), (1 / 2, 1), (1, 3), (3, 7)):
    ratios, held = {}, {}
    for task in prepared:
        if task["iv"] >= 86400: continue
        day = 86400 // task["iv"]
        low, high = int(first * day), min(int(last * day), task["n"])
        if low >= high: continue
        key = task["sid"], task["org"]
        mine = np.array([paths[key][step + 1] for step in range(low, high)])
        other = np.array([naive[key][step + 1] for step in range(low, high)])
        actual = task["y"][low:high]
        seen = np.isfinite(actual)
        if not seen.any(): continue
        # A thousandth of the scale keeps a ratio of two tiny errors in bounds.
        errors = [np.abs(path[seen, 0] - actual[seen]).mean() / task["scale"] + 1e-3 for path in (mine, other)]
        ratios.setdefault(task["sid"], []).append(np.clip(np.log(errors[0] / errors[1]), -4.6, 4.6))
        held.setdefault(task["sid"], []).append(
            [((mine[:, i] <= actual) & (actual <= mine[:, i + 1]))[seen].mean() for i in (1, 3)])
    narrow, wide = np.mean([np.mean(values, axis=0) for values in held.values()], axis=0)
    print(f"| {first:g} - {last:g} | {np.exp(np.mean([np.mean(v) for v in ratios.values()])):.2f} | {narrow:.2f} | {wide:.2f} |")

print("\n| said, a day, p95 | questions | mean said | crossed |\n| --- | ---: | ---: | ---: |")
for low, high in ((0, 0.05), (0.05, 0.2), (0.2, 0.4), (0.4, 0.6), (0.6, 0.8), (0.8, 0.95), (0.95, 1.01)):
    found = [c for c in crossings if c[0] == "short" and c[1] == "A" and low <= c[4] < high]
    if found:
        print(f"| {low} - {min(high, 1)} | {len(found)} | {np.mean([c[4] for c in found]):.2f} | {np.mean([c[3] for c in found]):.2f} |")
