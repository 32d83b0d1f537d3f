#!/usr/bin/env bash
# Ingest side by side: tsq, VictoriaMetrics and InfluxDB take the same file from the same sender in one run.
#
# usage: Benchmarks/ingest-peers.sh PEERS_DIR [DATASET [ROUNDS]]      by default M-int, 3 rounds
#
# PEERS_DIR has the harness `peers.py` with its adapters and sender, set up as its README says. Environment:
# PEERS_DATA (its data and programs), PEERS_BIN (where victoria-metrics and influxd lie), PEERS_PYTHON
# (an interpreter with numpy), TSQ (the binary; .build/release/tsq otherwise), as for the harness.
#
# Rounds go through all systems in turn, so that what else the machine does falls on all of them. The table has
# medians: samples per second until all is on disk (flush and sync included), CPU of the server per million
# samples, its peak memory, and the rate as a multiple of VictoriaMetrics' over TCP.
set -euo pipefail
peers=${1:?usage: Benchmarks/ingest-peers.sh PEERS_DIR [DATASET [ROUNDS]]}
dataset=${2:-M-int}
rounds=${3:-3}
root=$(cd "$(dirname "$0")/.." && pwd)
export TSQ_BIN=${TSQ:-$root/.build/release/tsq}
python=${PEERS_PYTHON:-python3}
[ -x "$TSQ_BIN" ] || { echo "ingest-peers.sh: no binary at $TSQ_BIN (swift build -c release, or set TSQ)" >&2; exit 2; }
[ -f "$peers/peers.py" ] || { echo "ingest-peers.sh: no peers.py in $peers" >&2; exit 2; }
lines=$(mktemp)
trap 'rm -f "$lines"' EXIT
for round in $(seq "$rounds"); do
  for run in "tsq tcp" "victoria tcp" "tsq http" "victoria http" "influxdb http"; do
    # shellcheck disable=SC2086 # Two words on purpose: the system and how it is spoken to.
    if ! "$python" "$peers/peers.py" ingest $run "$dataset" >>"$lines" 2>"$lines.err"; then
      echo "round $round: $run failed: $(tail -n 1 "$lines.err")" >&2
    fi
    rm -f "$lines.err"
  done
done
"$python" - "$lines" <<'PY'
import json, statistics, sys
runs = {}
for line in open(sys.argv[1]):
    if line.startswith("{"):
        run = json.loads(line)
        runs.setdefault((run["peer"], run["mode"]), []).append(run)
def median(key, of):
    return statistics.median(run[of] for run in runs[key])
base = median(("victoria", "tcp"), "rate") if ("victoria", "tcp") in runs else None
print(f"{'system':18} {'rounds':>6} {'samples/s':>12} {'cpu_s/M':>8} {'rss_MB':>7} {'x victoria tcp':>14}  complete  other_cores")
for key in runs:
    rate = median(key, "rate")
    whole = all(run["complete"] and not run["client"]["errors"] for run in runs[key])
    ratio = f"{rate / base:.2f}" if base else "-"
    print(f"{key[0] + ' ' + key[1]:18} {len(runs[key]):6} {rate:12,.0f} {median(key, 'cpu_per_M'):8.3f} "
          f"{median(key, 'rss') / 1e6:7.0f} {ratio:>14}  {'yes' if whole else 'NO':8}  {median(key, 'other_cores'):.2f}")
sys.exit(0 if runs else 1)
PY
