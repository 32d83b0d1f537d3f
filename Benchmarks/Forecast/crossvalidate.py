#!/usr/bin/env python3
"""Cross-validates the forecaster's constants by source: chosen on all sources but one, scored on that one.

usage: crossvalidate.py BENCH_DIR SET_DIR TASKS_DIR [TSQ]

TASKS_DIR is what score.sh leaves in OUT_DIR/tasks. Needs Python 3 with numpy; TSQ is .build/release/tsq otherwise.
Every combination of a grid is run through the binary (`backtest --tasks --set NAME=VALUE`). A source's loss is the
mean over its series of what the grid is judged by; the choice is the combination of least loss over the series of
all other sources. Each grid prints the choice without each source, and the score put together from the left-out ones
beside that of the constants as shipped.
"""
import collections, csv, itertools, os, subprocess, sys, tempfile
import numpy as np

bench, data, tasks = sys.argv[1:4]
tsq = sys.argv[4] if len(sys.argv) > 4 else os.path.join(os.path.dirname(__file__), "../../.build/release/tsq")
sys.path.insert(0, bench)
import evaluate

meta, series, plan = evaluate.load_set(data)
prepared = evaluate.prepare(series, plan)
base = {(r["sid"], r["org"], r["win"]): r for r in evaluate.score(prepared, evaluate.snaive(prepared))}
sources = sorted({m["group"] for m in meta.values()})


def run(settings):
    """Per series and window: logs of relMAE and relWIS; per question: Brier score, time error, hit and kind."""
    with tempfile.TemporaryDirectory() as folder:
        command = [tsq, "backtest", "--tasks", tasks, "--level", "80", "--level", "95", "-o", "csv",
                   "--answers", folder + "/answers.csv"]
        for name, value in settings: command += ["--set", f"{name}={value}"]
        with open(folder + "/forecasts.csv", "w") as out:
            subprocess.run(command, stdout=out, stderr=subprocess.DEVNULL, check=True)
        logs = collections.defaultdict(list)
        for row in evaluate.score(prepared, evaluate.load_fc(folder + "/forecasts.csv")):
            other = base[row["sid"], row["org"], row["win"]]
            logs[row["sid"], row["win"]].append(
                [np.clip(np.log((row[k] + 1e-3) / (other[k] + 1e-3)), -np.log(100), np.log(100)) for k in ("mase", "wis")])
        errors = {key: np.mean(values, axis=0) for key, values in logs.items()}
        with open(folder + "/answers.csv") as file:
            said = {(r["series_id"], int(r["origin"]), r["window"], r["question"]): r for r in csv.DictReader(file)}
    questions = []
    for p in prepared:
        for window, steps in evaluate.windows(p):
            if not evaluate.enough(p, steps): continue
            actual = p["y"][:steps]
            for name, threshold in evaluate.questions(p, steps):
                crossed = evaluate.first_cross(np.where(np.isfinite(actual), actual, -np.inf), threshold)
                answer = said.get((p["sid"], p["org"], window, name))
                chance = float(answer["prob"]) if answer else 0
                step = float(answer["step"]) if answer and answer["step"] and chance >= 0.5 else steps + 1
                late = abs((crossed or steps + 1) - min(step, steps + 1)) / steps
                questions.append((p["sid"], window, name[0], (chance - (crossed is not None)) ** 2, late,
                                  crossed is not None, chance >= 0.5))
    return errors, questions


def accuracy(result, chosen):
    """Mean of the logs of relMAE and relWIS over the chosen sources' series and both windows."""
    found = [value for (sid, _), value in result[0].items() if meta[sid]["group"] in chosen]
    return np.mean(found) if found else 0


def crossing(kind):
    """Brier score plus time error of one kind of question."""
    def loss(result, chosen):
        found = [q[3] + q[4] for q in result[1] if meta[q[0]]["group"] in chosen and q[2] == kind]
        return np.mean(found) if found else 0
    return loss


def summary(results):
    """The measures of a mixture: every source with the result chosen for it."""
    words = []
    for column, name in enumerate(("relMAE", "relWIS")):
        both = []
        for window in ("short", "long"):
            logs = [v[column] for g, r in results.items() for (sid, w), v in r[0].items() if w == window and meta[sid]["group"] == g]
            both.append(f"{np.exp(np.mean(logs)):.3f}")
        words.append(f"{name} {' / '.join(both)}")
    for kind, name in (("A", "p95"), ("B", "growth")):
        f1, late, brier = [], [], []
        for window in ("short", "long"):
            asked = [q for g, r in results.items() for q in r[1] if q[1] == window and q[2] == kind and meta[q[0]]["group"] == g]
            hit, wrong = sum(q[5] and q[6] for q in asked), sum(q[5] != q[6] for q in asked)
            f1.append(f"{2 * hit / (2 * hit + wrong):.3f}")
            late.append(f"{np.mean([q[4] for q in asked]):.3f}")
            brier.append(f"{np.mean([q[3] for q in asked]):.3f}")
        words.append(f"{name} F1 {' / '.join(f1)}, time {' / '.join(late)}, Brier {' / '.join(brier)}")
    return "; ".join(words)


shipped = run([])
print("shipped:", summary({g: shipped for g in sources}))
grids = [
    ("weights", accuracy, {"weightPower": (6, 8, 10), "keepFactor": (1.25, 1.4, 1.6)}),
    ("decays", accuracy, {"nearFoldDecay": (0.80, 0.84, 0.87, 0.90, 0.93), "foldDecay": (0.96, 0.98, 0.99)}),
    ("pooled far errors", accuracy, {"farPooling": (0, 0.5, 1)}),
    ("jumps that stay", accuracy, {"shiftStaying": (0, 0.2, 0.4), "shiftSettled": (0.6, 0.8, 1)}),
    ("width for few errors", accuracy, {"inflation80": (0.6, 0.9, 1.2, 1.5), "inflation95": (2.5, 3, 3.5, 4)}),
    ("past windows", crossing("A"), {"windowShare": (0, 0.2, 0.3, 0.4, 0.5, 0.6)}),
    ("errors turned round", crossing("B"), {"pathMirror": (0, 0.1, 0.2, 0.3, 0.4, 0.5)}),
]
for title, loss, grid in grids:
    combinations = list(itertools.product(*([(name, value) for value in values] for name, values in grid.items())))
    results = [run(settings) for settings in combinations]
    chosen = {}
    for left in sources:
        rest = set(sources) - {left}
        chosen[left] = min(range(len(results)), key=lambda i: loss(results[i], rest))
    overall = min(range(len(results)), key=lambda i: loss(results[i], set(sources)))
    text = lambda i: " ".join(f"{name}={value}" for name, value in combinations[i])
    print(f"\n## {title}: {len(results)} combinations; on everything {text(overall)}")
    for left in sources: print(f"without {left}: {text(chosen[left])}")
    print("left out:", summary({g: results[chosen[g]] for g in sources}))
