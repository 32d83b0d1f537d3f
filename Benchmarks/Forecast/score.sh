#!/bin/bash
# Scores the shipped forecaster on the forecast benchmark with the benchmark's own evaluator.
#
# usage: score.sh BENCH_DIR SET_DIR [OUT_DIR]
#   BENCH_DIR  holds make_tasks.py and evaluate.py (Python 3 with numpy)
#   SET_DIR    holds series.csv, tasks.csv and series/
#   OUT_DIR    receives tasks, forecasts and scores; a temporary folder otherwise
# environment:
#   TSQ        the binary to score; .build/release/tsq otherwise
#   SINGLE=1   also forecast each task by a `tsq predict` of its own and compare the two outputs
set -euo pipefail

if [ $# -lt 2 ]; then
  sed -n '2,11p' "$0" | cut -c3-
  exit 2
fi
bench=$1
set_dir=$2
out=${3:-$(mktemp -d)}
root=$(cd "$(dirname "$0")/../.." && pwd)
tsq=${TSQ:-$root/.build/release/tsq}
[ -x "$tsq" ] || { echo "score.sh: no binary at $tsq (swift build -c release, or set TSQ)" >&2; exit 2; }

mkdir -p "$out"
rm -rf "$out/tasks"
python3 "$bench/make_tasks.py" "$set_dir" "$out/tasks"

start=$(date +%s.%N)
"$tsq" backtest --tasks "$out/tasks" --level 80 --level 95 -o csv \
  --answers "$out/answers.csv" --verdicts "$out/verdicts.csv" > "$out/tsq.csv"
end=$(date +%s.%N)
tasks=$(($(wc -l < "$out/tasks/manifest.csv") - 1))
awk -v a="$start" -v b="$end" -v n="$tasks" \
  'BEGIN { printf "%d tasks in %.2f s: %.2f ms each, reading and writing included\n", n, b - a, 1000 * (b - a) / n }'

tail -n +2 "$out/verdicts.csv" | cut -d, -f5 | sort -g |
  awk '{ ms[NR] = $1 } END { printf "processor time of a forecast: median %.2f ms, 9 of 10 under %.2f ms, worst %.2f ms\n",
    ms[int((NR + 1) / 2)], ms[int(NR * 0.9)], ms[NR] }'

if [ "${SINGLE:-0}" = 1 ]; then
  # One process a task, as a person would run it; the numbers must be the batch form's.
  echo "series_id,origin,step,timestamp,mean,lo80,hi80,lo95,hi95" > "$out/single.csv"
  tail -n +2 "$out/tasks/manifest.csv" | tr -d '\r' |
    while IFS=, read -r file series origin steps interval; do
      "$tsq" predict --input "$out/tasks/$file" --at "$origin" --horizon "$((steps * interval))s" \
        --step "${interval}s" --level 80 --level 95 -o csv |
        tail -n +2 | awk -v p="$series,$origin" '{ print p "," NR "," $0 }'
    done >> "$out/single.csv"
  if cmp -s "$out/tsq.csv" "$out/single.csv"; then
    echo "predict and backtest --tasks agree to the byte"
  else
    echo "score.sh: predict and backtest --tasks differ: $out/single.csv" >&2
    exit 1
  fi
fi

python3 "$bench/evaluate.py" "$set_dir" "$out/tsq.csv" --by group --answers "$out/answers.csv" \
  --json "$out/scores.json" | tee "$out/scores.txt"
python3 "$root/Benchmarks/Forecast/report.py" "$bench" "$set_dir" "$out"
