#!/usr/bin/env bash
# A fleet's forecasts: builds a store of many hourly series and forecasts each of them by one `tsq predict`.
#
# usage: Benchmarks/fleet.sh [SERIES [DAYS [STORE]]]   10000 series of 60 days by default
#   STORE  keeps the store there and uses it again; a temporary folder otherwise
# environment: TSQ is the binary; .build/release/tsq otherwise
#
# Prints wall time, processor time, the largest resident memory and how soon the first forecast was there.
set -euo pipefail
cd "$(dirname "$0")/.."
tsq=${TSQ:-.build/release/tsq}
[ -x "$tsq" ] || { echo "fleet.sh: no binary at $tsq (swift build -c release, or set TSQ)" >&2; exit 2; }
series=${1:-10000}
days=${2:-60}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
store=${3:-$folder/store}
end=1767225600

if [ ! -d "$store" ]; then
  # A daily and a weekly wave, growth, a level and noise of its own for each series.
  awk -v n="$series" -v hours="$((days * 24))" -v end="$end" 'BEGIN {
    srand(7)
    for (i = 0; i < n; i++) { level[i] = 20 + 60 * rand(); swing[i] = 20 * rand(); grow[i] = 0.01 * rand(); at[i] = int(24 * rand()) }
    for (k = 0; k < 24; k++) shape[k] = sin(6.2831853 * k / 24)
    for (h = 1; h <= hours; h++) {
      t = end - (hours - h) * 3600
      week = int(t / 86400 + 3) % 7 < 5 ? 1 : 0.6
      for (i = 0; i < n; i++)
        printf "load,host=h%05d value=%.3f %d\n", i, level[i] + swing[i] * week * shape[(h + at[i]) % 24] + grow[i] * h + 4 * rand(), t
    }
  }' | "$tsq" import --data "$store" --precision s - >"$folder/import"
  tail -1 "$folder/import"
fi

/usr/bin/time -v -o "$folder/time" \
  "$tsq" predict load --data "$store" --at "$end" --since "${days}d" --days 7 --step 1h -o csv |
  awk -v a="$(date +%s.%N)" -v out="$folder/first" 'NR == 2 { "date +%s.%N" | getline b; printf "%.2f", b - a > out; close(out) } END { print NR - 1 }' >"$folder/rows"
awk -v series="$series" -v rows="$(cat "$folder/rows")" -v first="$(cat "$folder/first")" '
  /Elapsed/ { split($NF, part, ":"); wall = part[1] * 60 + part[2] }
  /User time/ { cpu += $NF } /System time/ { cpu += $NF } /Maximum resident/ { memory = $NF / 1024 }
  END {
    printf "%d series, %d rows in %.1f s: %.2f ms each, %.2f ms of processor time; first after %.1f s; %.0f MB resident\n",
      series, rows, wall, 1000 * wall / series, 1000 * cpu / series, first, memory
    if (rows != series * 168) { print "fleet.sh: rows are missing" > "/dev/stderr"; exit 1 }
  }' "$folder/time"
