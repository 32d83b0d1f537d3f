#!/usr/bin/env python3
"""Bytes a sample on disk after compaction, everything in the store's folder counted.

usage: Benchmarks/size.py [--minute] [--encodings] INPUT...
       Benchmarks/size.py --smoke          a small set of `tsq sample`, a few seconds
environment: TSQ is the binary, .build/release/tsq otherwise

An INPUT is a file of line protocol (*.lp, timestamps in nanoseconds), a folder of such files, or a folder of
CSV files with the columns timestamp,value (seconds). Each file of lines, and each folder of CSV files as a
whole, is imported into a store of its own, compacted, and measured with `tsq stats`.

--minute      measures files of lines once more with their times stretched to one sample a minute.
--encodings   also prints which encoding won for how many samples, and what it costs.

"entropy" is the zero-order entropy of the differences of neighbouring values, averaged over series (every
fourth of a large input), in bytes: what no code that looks at one difference at a time can beat. "over" is
values and timestamps against it; "other" is everything else; "goal" is 2 % over the entropy plus 0.045.
"""
import argparse, glob, json, math, os, shutil, subprocess, sys, tempfile

TSQ = os.environ.get("TSQ", ".build/release/tsq")
PARTS = ["timestamps", "values", "labels", "index", "summaries", "segment_rest", "catalog"]
MINUTE = 60_000_000_000
SMALLEST_SHARE = 0.002


def run(*arguments, feed=None):
    """Runs tsq and returns its output; `feed` is an iterable of lines for its input."""
    process = subprocess.Popen([TSQ, *arguments], stdin=subprocess.PIPE if feed else subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if feed:
        process.stdin.writelines(feed)
    output, errors = process.communicate()
    if process.returncode != 0:
        sys.exit(f"size.py: tsq {' '.join(arguments)}: {errors.strip()}")
    return output


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
    """Texts of the values by measurement, field and series; every fourth series."""
    chosen, order, columns = {}, 0, {}
    with open(path) as lines:
        for line in lines:
            key, fields, _ = line.rsplit(" ", 2)
            if key not in chosen:
                chosen[key] = order % 4 == 0
                order += 1
            if not chosen[key]:
                continue
            for field in fields.split(","):
                name, text = field.split("=", 1)
                columns.setdefault((name, key), []).append(text.rstrip("i"))
    return columns


def folder_columns(path):
    columns = {}
    for name in sorted(glob.glob(os.path.join(path, "*.csv"))):
        with open(name) as lines:
            rows = [line.strip().split(",") for line in lines][1:]
        columns[("value", name)] = [row[1] for row in rows if row[1]]
    return columns


def mean_entropy(columns):
    """Bytes a sample over all series that are decimals."""
    total = count = 0
    for texts in columns.values():
        # All values of a series in its finest decimal place, exactly.
        if any("e" in t or "E" in t for t in texts):
            continue
        digits = max((len(t.partition(".")[2]) for t in texts), default=0)
        whole = [int(t.replace(".", "") + "0" * (digits - len(t.partition(".")[2]))) for t in texts]
        total += entropy([b - a for a, b in zip(whole, whole[1:])]) / 8 * len(whole)
        count += len(whole)
    return total / max(1, count)


def stretched(path):
    """The lines of a file with their times stretched so that the first series has a sample a minute."""
    with open(path) as lines:
        first_key = start = step = None
        held = []
        for line in lines:
            key, fields, time = line.rsplit(" ", 2)
            time = int(time)
            if first_key is None:
                first_key, start = key, time
            elif step is None and key == first_key and time > start:
                step = time - start
                for earlier in held:
                    yield stretched_line(earlier, start, step)
                held = []
            if step is None:
                held.append((key, fields, time))
            else:
                yield stretched_line((key, fields, time), start, step)
        for earlier in held:
            yield stretched_line(earlier, start, MINUTE)


def stretched_line(parts, start, step):
    key, fields, time = parts
    return f"{key} {fields} {start + (time - start) * MINUTE // step}\n"


def load(path, store, minute):
    if os.path.isdir(path):
        for name in sorted(glob.glob(os.path.join(path, "*.csv"))):
            series = os.path.splitext(os.path.basename(name))[0]
            run("import", "--format", "csv", "--metric", "value", "--label", "series=" + series,
                "--data", store, name)
    elif minute:
        run("import", "--data", store, "-", feed=stretched(path))
    else:
        run("import", "--data", store, path)
    run("compact", "--data", store)


def measure(path, minute, limit, wants_encodings):
    """A row of the table, and the encodings if they are wanted."""
    store = tempfile.mkdtemp(prefix="tsq-size-")
    try:
        load(path, store, minute)
        stats = json.loads(run("stats", "-o", "json", "--data", store))
        encodings = []
        if wants_encodings:
            encodings = json.loads(run("stats", "--encodings", "-o", "json", "--data", store))
    finally:
        shutil.rmtree(store)
    samples = stats["segment_samples"]
    part = {name: stats["bytes_" + name] / samples for name in PARTS}
    frames = part["timestamps"] + part["values"]
    total = sum(part.values())
    name = os.path.basename(path.rstrip("/")) + (" (a minute)" if minute else "")
    row = [name, f"{samples:.0f}", f"{total:.4f}", f"{limit * 1.02 + 0.045:.4f}", f"{limit:.4f}",
           f"{(frames / limit - 1) * 100:+.1f} %" if limit else "-", f"{total - frames:.4f}"]
    return row + [f"{part[name]:.4f}" for name in PARTS], [(name, samples, encodings)]


def print_table(head, rows):
    print("| " + " | ".join(head) + " |")
    print("|" + " --- |" * len(head))
    for row in rows:
        print("| " + " | ".join(row) + " |")


def encoding_rows(shares):
    """One row an encoding that holds a noticeable part of the samples; the rest in one row."""
    rows = []
    for name, samples, encodings in shares:
        rest = [0, 0, 0]
        for share in encodings:
            of_values = share["samples"] / samples
            if share["column"] == "values" and of_values < SMALLEST_SHARE:
                rest = [rest[0] + share["frames"], rest[1] + share["samples"], rest[2] + share["bytes"]]
                continue
            rows.append([name, share["column"], share["encoding"], "yes" if share["lz4"] else "no",
                         f"{share['frames']}", f"{of_values * 100:.1f} %",
                         f"{share['bytes'] / share['samples']:.4f}"])
        if rest[1]:
            rows.append([name, "values", "others", "-", f"{rest[0]}", f"{rest[1] / samples * 100:.1f} %",
                         f"{rest[2] / rest[1]:.4f}"])
    return rows


def inputs(paths):
    """Files of lines, and folders of CSV files."""
    found = []
    for path in paths:
        lines = sorted(glob.glob(os.path.join(path, "*.lp"))) if os.path.isdir(path) else []
        found += lines or [path]
        if not os.path.exists(path):
            sys.exit(f"size.py: there is no {path}")
    return found


def smoke():
    """Two weeks of `tsq sample` with times in nanoseconds, in a folder of its own."""
    folder = tempfile.mkdtemp(prefix="tsq-size-smoke-")
    path = os.path.join(folder, "sample.lp")
    with open(path, "w") as file:
        for line in run("sample", "--days", "14").splitlines():
            key, fields, time = line.rsplit(" ", 2)
            file.write(f"{key} {fields} {int(time) * 1_000_000_000}\n")
    return folder


def main():
    parser = argparse.ArgumentParser(usage=__doc__.replace("%", "%%"))
    parser.add_argument("--minute", action="store_true")
    parser.add_argument("--encodings", action="store_true")
    parser.add_argument("--smoke", action="store_true")
    parser.add_argument("inputs", nargs="*")
    options = parser.parse_args()
    if options.smoke == bool(options.inputs):
        parser.error("name inputs, or --smoke")
    folder = smoke() if options.smoke else None
    try:
        rows, shares = [], []
        for path in inputs([folder] if folder else options.inputs):
            columns = folder_columns(path) if os.path.isdir(path) else line_columns(path)
            limit = mean_entropy(columns)
            for minute in [False, True]:
                if minute and (os.path.isdir(path) or not (options.minute or options.smoke)):
                    continue
                row, share = measure(path, minute, limit, options.encodings or options.smoke)
                rows.append(row)
                shares += share
    finally:
        if folder:
            shutil.rmtree(folder)
    print_table(["input", "samples", "B/sample", "goal", "entropy", "over", "other", *PARTS], rows)
    if any(share[2] for share in shares):
        print()
        head = ["input", "column", "encoding", "LZ4", "frames", "samples", "B/sample"]
        print_table(head, encoding_rows(shares))


main()
