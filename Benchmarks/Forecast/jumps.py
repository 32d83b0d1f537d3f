#!/usr/bin/env python3
"""Looks at what became of fresh level shifts in the series of the forecast benchmark, and at what was said of them.

usage: jumps.py SET_DIR OUT_DIR [BINARY ...]
  SET_DIR  holds series.csv and series/
  OUT_DIR  receives a task per jump and age, and a forecast of each binary
  BINARY   a tsq to judge; several are compared with the first

A jump is what the level shift guard calls one (docs/methods/forecasting.md), written here a second time and simply: values at the end
that all lie more than five usual deviations on one side of the median of their place in the five seasons before. Each jump counts
once, whatever its age. Needs Python 3 with numpy.
"""
import collections, csv, os, subprocess, sys
import numpy as np

AGES = (1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32, 40, 48, 64, 72, 96, 128, 192)


def regular(path, interval):
    """Times, values on a regular grid (gaps are NaN), and the same with gaps filled."""
    with open(path) as f:
        rows = [(int(r[0]), float(r[1]) if r[1] else np.nan) for r in list(csv.reader(f))[1:]]
    start = rows[0][0]
    values = np.full((rows[-1][0] - start) // interval + 1, np.nan)
    for time, value in rows:
        values[(time - start) // interval] = value
    filled, season = values.copy(), 86400 // interval
    for i in np.flatnonzero(np.isnan(filled)):
        back = filled[i - season] if i >= season else np.nan
        filled[i] = filled[i - 1] if np.isnan(back) else back
    return start, values, filled


def usual(series, place, before, season):
    """The median of a place's values in up to five seasons before an index."""
    last = place - ((place - before) // season + 1) * season
    return np.median([series[last - back * season] for back in range(5) if last - back * season >= 0])


def jumps(series, season):
    """Yields (end, age, size in limits, share of the jump left at each later step)."""
    count = len(series)
    off = np.zeros(count)
    for i in range(season, count):
        off[i] = series[i] - np.median(series[i - season * np.arange(1, min(5, i // season) + 1)])
    for end in range(4 * season, count - season // 4):
        known = off[season:end]
        centre = np.median(known)
        sizes = np.abs(known - centre)
        limit = 5 * max(1.4826 * np.median(sizes), 0.25 * sizes.mean(), 1e-9)
        side = np.where(known - centre > limit, 1, np.where(known - centre < -limit, -1, 0))
        if side[-1] == 0:
            continue
        age = 1
        while age < len(side) and side[-1 - age] == side[-1]:
            age += 1
        if age > 3 * season:
            continue
        ended = lasted = i = 0
        while i < len(side) - age:
            stop = i
            while stop < len(side) - age and side[stop] == side[-1]:
                stop += 1
            if stop - i >= age:
                lasted, ended = (lasted + 1, ended) if stop - i >= age + season else (lasted, ended + 1)
            i = max(stop, i + 1)
        if lasted < ended:
            continue
        size = np.median(known[-age:]) - centre
        left = [(series[p] - usual(series, p, end - age, season) - centre) / size for p in range(end, count)]
        yield end, age, abs(size) / limit * 5, np.array(left)


def main(set_dir, out, binaries):
    os.makedirs(os.path.join(out, "tasks"), exist_ok=True)
    found, truth, manifest = [], {}, []
    with open(os.path.join(set_dir, "series.csv")) as f:
        series = list(csv.DictReader(f))
    for row in series:
        interval, name = int(row["interval_s"]), row["series_id"]
        if interval > 3600:
            continue
        start, values, filled = regular(os.path.join(set_dir, "series", name + ".csv"), interval)
        season = 86400 // interval
        for end, age, size, left in jumps(filled, season):
            found.append((name, end - age, age, size, left))
            steps = min(season, len(left))
            if age not in AGES or np.isnan(values[end - 1]):
                continue
            origin = start + (end - 1) * interval
            file = f"{name}@{origin}.csv"
            with open(os.path.join(out, "tasks", file), "w") as f:
                f.write("timestamp,value\n")
                f.writelines(f"{start + i * interval},{float(values[i])!r}\n" for i in range(end) if not np.isnan(values[i]))
            manifest.append((file, name, origin, steps, interval))
            truth[name, origin] = (end - age, age, age * interval / 3600, values[end:end + steps])
    with open(os.path.join(out, "tasks", "manifest.csv"), "w", newline="") as f:
        w = csv.writer(f)
        w.writerow("file series_id origin steps interval_s".split())
        w.writerows(manifest)
    persistence([j for j in found if j[2] >= 3], "jumps of three values and more")
    persistence([j for j in found if j[2] < 3], "one or two values")
    first = None
    for binary in binaries:
        scores = judge(binary, out, truth)
        table(binary, scores, truth, first)
        first = first or scores


def persistence(found, title):
    """How much of the jumps is left after multiples of their age."""
    times = collections.Counter((name, at) for name, at, *_ in found)
    print(f"{title}: {len(times)} jumps at {len(found)} ages")
    for ages in (0.25, 0.5, 1, 2, 4, 8, 16, 32):
        kept = [(left[round(ages * age) - 1] > 0.5, 1 / times[name, at]) for name, at, age, _, left in found
                if 0 < round(ages * age) <= len(left)]
        weight = sum(w for _, w in kept)
        if not kept:
            continue
        print(f"  {ages:5} ages on: {sum(w for k, w in kept if k) / weight:.2f} have more than half left ({weight:.0f} jumps)")


def judge(binary, out, truth):
    """Per task: inside the 80 % and the 95 % interval, absolute error, weighted interval score."""
    text = subprocess.run(
        [binary, "backtest", "--tasks", os.path.join(out, "tasks"), "--level", "80", "--level", "95", "-o", "csv"],
        check=True, stdout=subprocess.PIPE, text=True).stdout
    rows = collections.defaultdict(list)
    for r in csv.DictReader(text.splitlines()):
        key = r["series_id"], int(r["origin"])
        y = truth[key][3][int(r["step"]) - 1]
        if np.isnan(y):
            continue
        mean, lo80, hi80, lo95, hi95 = (float(r[c]) for c in ("mean", "lo80", "hi80", "lo95", "hi95"))
        wis = 0.5 * abs(y - mean)
        for low, high, alpha in ((lo80, hi80, 0.2), (lo95, hi95, 0.05)):
            wis += alpha / 2 * (high - low) + max(low - y, 0) + max(y - high, 0)
        rows[key].append((lo80 <= y <= hi80, lo95 <= y <= hi95, abs(y - mean), wis / 2.5))
    return {key: np.mean(np.array(v, float), axis=0) for key, v in rows.items()}


def table(binary, scores, truth, first):
    times = collections.Counter((k[0], truth[k][0]) for k in scores)
    groups = collections.defaultdict(list)
    for key in scores:
        _, age, hours, _ = truth[key]
        name = ("1 or 2 values" if age < 3 else "to 3 hours" if hours <= 3 else "4-6 hours" if hours <= 6
                else "7-12 hours" if hours <= 12 else "13-24 hours" if hours <= 24 else "over a day")
        groups[name].append(key)
        if age >= 3:
            groups["all of three values and more"].append(key)
    print(binary)
    for name, keys in sorted(groups.items(), key=lambda g: min(truth[k][2] for k in g[1])):
        weight = np.array([1 / times[k[0], truth[k][0]] for k in keys])
        mean = lambda column: (np.array([column(k) for k in keys]) * weight).sum() / weight.sum()
        line = f"  {name}: {len(keys)} tasks, 80 % held {mean(lambda k: scores[k][0]):.2f}, 95 % {mean(lambda k: scores[k][1]):.2f}"
        if first:
            for column, what in ((2, "MAE"), (3, "WIS")):
                ratio = mean(lambda k: np.log((scores[k][column] + 1e-9) / (first[k][column] + 1e-9)))
                line += f", {what} {np.exp(ratio):.2f} of the first's"
        print(line)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__.strip().split("\n\n")[1])
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
