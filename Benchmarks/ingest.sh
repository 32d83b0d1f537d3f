#!/usr/bin/env bash
# End-to-end ingest: line protocol over TCP from `tsq push` until every sample is acknowledged as durable.
#
# usage: Benchmarks/ingest.sh [DAYS]      days of the sample fleet, 400 by default (about 384,000 samples)
# environment: TSQ is the binary; .build/release/tsq otherwise
set -euo pipefail
cd "$(dirname "$0")/.."
tsq=${TSQ:-.build/release/tsq}
[ -x "$tsq" ] || { echo "ingest.sh: no binary at $tsq (swift build -c release, or set TSQ)" >&2; exit 2; }
days=${1:-400}
folder=$(mktemp -d)
server=
cleanup() { [ -z "$server" ] || kill "$server" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$folder"; }
trap cleanup EXIT
"$tsq" sample --days "$days" >"$folder/lines.lp"
"$tsq" serve --data "$folder/store" --line-protocol 127.0.0.1:0 --http 127.0.0.1:0 --log-level warning >"$folder/out" &
server=$!
until grep -q '^line protocol on ' "$folder/out" && grep -q '^http on ' "$folder/out"; do sleep 0.05; done
address=$(sed -n 's/^line protocol on //p' "$folder/out")
lines=$(wc -l <"$folder/lines.lp")
bytes=$(wc -c <"$folder/lines.lp")
ticks() { awk '{ print $14 + $15 }' "/proc/$server/stat"; }
before=$(ticks)
start=$(date +%s.%N)
"$tsq" push --to "$address" --precision s "$folder/lines.lp"
end=$(date +%s.%N)
after=$(ticks)
awk -v a="$start" -v b="$end" -v n="$lines" -v m="$bytes" -v c="$((after - before))" -v hz="$(getconf CLK_TCK)" 'BEGIN {
  printf "%d samples, %.1f MB in %.3f s: %.0f samples/s, %.1f MB/s; server CPU %.2f s per million\n",
    n, m / 1e6, b - a, n / (b - a), m / 1e6 / (b - a), c / hz / n * 1e6 }'
http=$(sed -n 's/^http on //p' "$folder/out")
"$tsq" compact --server "http://$http" >/dev/null
"$tsq" stats --server "http://$http" | grep -E 'segment_samples|segment_bytes'
