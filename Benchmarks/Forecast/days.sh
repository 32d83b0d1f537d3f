#!/bin/bash
# What block summaries save a forecast of days from minutes.
#
# usage: days.sh [DAYS] [SERIES]     a year of minutes of 4 series otherwise
#
# Writes a store, then forecasts 30 days from it twice: in steps of a day, which are asked of the store and answered
# by summaries where blocks lie whole in a day, and in steps of a day less a second, for which the samples are read.
# environment: TSQ, the binary to measure; .build/release/tsq otherwise
set -euo pipefail

days=${1:-365}
series=${2:-4}
root=$(cd "$(dirname "$0")/../.." && pwd)
tsq=${TSQ:-$root/.build/release/tsq}
store=$(mktemp -d)
trap 'rm -rf "$store"' EXIT

start=1735689600
awk -v days="$days" -v series="$series" -v start="$start" 'BEGIN {
  for (s = 0; s < series; s++) for (m = 0; m < days * 1440; m++) {
    hour = m / 60 % 24
    printf "m,host=h%d value=%.2f %d\n", s, 50 + 10 * (hour > 8 && hour < 18) + (m * 7919 + s * 31) % 997 / 100, start + 60 * m
  }
}' | "$tsq" import --data "$store/data" --precision s - > "$store/log" 2>&1
"$tsq" flush --data "$store/data" > "$store/log" 2>&1

seconds() {
  local began ended
  began=$(date +%s.%N)
  "$tsq" predict m --data "$store/data" --at $((start + days * 86400 - 60)) --since "${days}d" --days 30 --step "$1" \
    -o csv > "$store/out.csv"
  ended=$(date +%s.%N)
  awk -v a="$began" -v b="$ended" 'BEGIN { printf "%.3f", b - a }'
}
# Once each to warm the page cache, then the better of three.
best() { for _ in 1 2 3 4; do seconds "$1"; echo; done | tail -3 | sort -g | head -1; }
summaries=$(best 1d)
samples=$(best 86399s)
"$tsq" predict 'm{host="h0"}' --data "$store/data" --at $((start + days * 86400 - 60)) --since "${days}d" --days 30 \
  --step 1d --explain | grep '^read:' || true
awk -v a="$summaries" -v b="$samples" -v n="$series" \
  'BEGIN { printf "%d series: from summaries %.3f s, from samples %.3f s, %.1f times\n", n, a, b, b / a }'
