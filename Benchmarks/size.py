#!/usr/bin/env python3
"""Bytes a sample on disk after compaction, everything in the store's folder counted.

usage: Benchmarks/size.py INPUT...        environment: TSQ is the binary, .build/release/tsq otherwise

An INPUT is a file of line protocol (*.lp, timestamps in nanoseconds) or a folder of files with the
columns timestamp,value (seconds). Each is imported into a store of its own, compacted, and measured with
`tsq stats`. "entropy" is the zero-order entropy of the differences of neighbouring values, averaged over
series (every fourth of a large input), in bytes: what no code that looks at one difference at a time
can beat. "over" is values and timestamps against it.
"""
import glob, json, math, os, shutil, subprocess, sys, tempfile

TSQ = os.environ.get("TSQ", ".build/release/tsq")
PARTS = ["timestamps", "values", "labels", "index", "summaries", "segment_rest", "catalog"]


def run(*arguments):
    done = subprocess.run([TSQ, *arguments], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"size.py: tsq {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout


def entropy(differences):
    """Bits a symbol; for small alphabets with Miller and Madow's correction, else from spacings (Vasicek)."""
    count, seen = len(differences), {}
    if count < 2:
        return 0.0
    for difference in differences:
        seen[difference] = seen.get(difference, 0) + 1
    if len(seen) < max(2, count // 8):
        bits = -sum(n / count * math.log2(n / count) for n in seen.values())
        return bits + (len(seen) - 1) / (2 * count * math.log(2))
    differences.sort()
    width = int(count ** 0.5)
    gaps = (max(b - a, 1) for a, b in zip(differences, differences[2 * width:]))
    spacings = [math.log2(gap * count / (2 * width)) for gap in gaps]
    return sum(spacings) / max(1, len(spacings))


def line_columns(path):
    """Values by measurement, field and series, as integers of the field's decimals; every fourth series."""
    chosen, order, columns = {}, 0, {}
    with open(path) as lines:
        for line in lines:
            key, fields, _ = line.rsplit(" ", 2)
            if key not in chosen:
                chosen[key] = order % 4 == 0
                order += 1
            if not chosen[key]:
                continue
            measurement = key.split(",", 1)[0]
            for field in fields.split(","):
                name, text = field.split("=", 1)
                columns.setdefault((measurement + "_" + name, key), []).append(text.rstrip("i"))
    return columns


def folder_columns(path):
    columns = {}
    for name in sorted(glob.glob(os.path.join(path, "*.csv"))):
        with open(name) as lines:
            rows = [line.strip().split(",") for line in lines][1:]
        columns[("value", name)] = [row[1] for row in rows if row[1]]
    return columns


def entropies(columns):
    by_metric = {}
    for (metric, _), texts in columns.items():
        # All values of a series in its finest decimal place, exactly.
        digits = max((len(t.partition(".")[2]) for t in texts), default=0)
        if any("e" in t or "E" in t for t in texts):
            continue
        whole = [int(t.replace(".", "") + "0" * (digits - len(t.partition(".")[2]))) for t in texts]
        bits = entropy([b - a for a, b in zip(whole, whole[1:])])
        by_metric.setdefault(metric, []).append((bits / 8, len(whole)))
    return by_metric


def load(path, store):
    if os.path.isdir(path):
        for name in sorted(glob.glob(os.path.join(path, "*.csv"))):
            series = os.path.splitext(os.path.basename(name))[0]
            run("import", "--format", "csv", "--metric", "value", "--label", "series=" + series,
                "--data", store, name)
    else:
        run("import", "--data", store, path)
    run("compact", "--data", store)


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    rows = []
    for path in sys.argv[1:]:
        store = tempfile.mkdtemp(prefix="tsq-size-")
        try:
            load(path, store)
            stats = json.loads(run("stats", "-o", "json", "--data", store))
        finally:
            shutil.rmtree(store)
        by_metric = entropies(folder_columns(path) if os.path.isdir(path) else line_columns(path))
        shares = [share for metric in by_metric.values() for share in metric]
        limit = sum(b * n for b, n in shares) / max(1, sum(n for _, n in shares))
        samples = stats["segment_samples"]
        part = {name: stats["bytes_" + name] / samples for name in PARTS}
        frames = part["timestamps"] + part["values"]
        total = sum(part.values())
        rows.append([os.path.basename(path.rstrip("/")), f"{samples:.0f}", f"{total:.4f}", f"{limit:.4f}",
                     f"{(frames / limit - 1) * 100:+.1f} %" if limit else "-", f"{total - frames:.4f}"]
                    + [f"{part[name]:.4f}" for name in PARTS])
    head = ["input", "samples", "B/sample", "entropy", "over", "other", *PARTS]
    print("| " + " | ".join(head) + " |")
    print("|" + " --- |" * len(head))
    for row in rows:
        print("| " + " | ".join(row) + " |")


main()
