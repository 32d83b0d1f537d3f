#!/usr/bin/env python3
"""What a line costs the server when every line is a write of its own, over many connections.

    Benchmarks/chatty.py [--rounds N] [--seconds S] [--quick] [TSQ...]

Each TSQ is a binary (.build/release/tsq otherwise), so that two of them can be compared in one run. With
PEERS_BIN, the folder of `victoria-metrics`, that is measured beside them. Every load goes to a fresh server of each
system in turn, for so many rounds; the table has medians:

- `CONNECTIONSxRATE`: so many connections that write a line with three fields RATE times a second each, at an even
  pace, as Telegraf's `socket_writer` does. `wanted` and `sent` are lines a second: below the one, the sender or
  the machine was too slow, and the row is worth little.
- `bulk`: as many lines in writes of 64 KiB over one connection, as fast as they go.
- `2000 idle`: connections that say nothing; CPU of the server per second, in microseconds.

`us/line` is user and system time of the server from the first line until it has counted the last, over the lines; the
kernel's part of a write that the sender pays for is not in it. `delay` is how long after the last write that was,
milliseconds. `others` are the processors that neither server nor sender used: near 0 on an idle machine.
The exit code is 1 where lines are missing.
"""
import argparse, os, re, socket, statistics, subprocess, sys, tempfile, time, urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TICK = os.sysconf("SC_CLK_TCK")
LOADS = ["200x300", "1000x25", "1000x12", "1000x4", "bulk", "2000 idle"]
BULK_LINES = 1_000_000


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class System:
    """A server that runs: where lines go, and how many of them are visible."""

    def __init__(self, program, folder):
        self.is_tsq = os.path.basename(program) != "victoria-metrics"
        self.http, self.tcp = free_port(), free_port()
        web, lines = f"127.0.0.1:{self.http}", f"127.0.0.1:{self.tcp}"
        if self.is_tsq:
            arguments = ["serve", "--data", folder + "/store", "--line-protocol", lines, "--http", web]
        else:
            # With as many inserts at once as it sets by itself, four a processor, all other connections
            # wait for ever: each keeps its place while it waits for its next line.
            arguments = [f"-storageDataPath={folder}/store", "-retentionPeriod=100y", "-maxConcurrentInserts=4096",
                         f"-httpListenAddr={web}", f"-influxListenAddr={lines}"]
        self.log = open(folder + "/log", "w")
        self.child = subprocess.Popen([program, *arguments], stdout=self.log, stderr=self.log)
        for _ in range(500):
            try:
                self.get("/-/ready" if self.is_tsq else "/health")
                return
            except OSError:
                time.sleep(0.02)
        raise SystemExit(f"chatty.py: {program} does not start, see {folder}/log")

    def get(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.http}{path}", timeout=30) as answer:
            return answer.read().decode()

    def visible(self):
        """Lines taken in so far; those of tsq are durable and in the answer of queries."""
        # Counted when they are taken in; queries of VictoriaMetrics show them up to a second later.
        name, fields = ("tsq_accepted_lines_total", 1) if self.is_tsq else ('vm_rows_inserted_total{type="influx"}', 3)
        found = re.search(rf"^{re.escape(name)} (\d+)", self.get("/metrics"), re.M)
        return int(found.group(1)) // fields if found else 0

    def used(self):
        fields = open(f"/proc/{self.child.pid}/stat").read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def stop(self):
        self.child.terminate()
        self.child.wait(60)
        self.log.close()


def busy():
    """CPU seconds that the whole machine has used."""
    fields = list(map(int, open("/proc/stat").readline().split()[1:]))
    return (sum(fields[:3]) + sum(fields[5:8])) / TICK


def connect(system, count):
    links = [socket.create_connection(("127.0.0.1", system.tcp), timeout=60) for _ in range(count)]
    for link in links:
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return links


def line(number, host):
    return b"chatty,host=h%d a=%d,b=%d.5,c=7 %d\n" % (
        host, number % 100, number % 37, 1_700_000_000_000_000_000 + number * 1_000_000)


def send_evenly(links, rate, seconds):
    """Every connection in turn writes a line; returns how many were written."""
    number, start = 0, time.monotonic()
    total = int(len(links) * rate * seconds)
    while number < total:
        due = min(total, int((time.monotonic() - start) * len(links) * rate) + 1)
        if number >= due:
            time.sleep(0.0005)
        while number < due:
            host = number % len(links)
            links[host].sendall(line(number, host))
            number += 1
        if time.monotonic() - start > seconds * 2:
            break
    return number


def send_bulk(link):
    text = b"".join(line(number, number % 1000) for number in range(BULK_LINES))
    return time.monotonic(), [link.sendall(text[at:at + 65536]) for at in range(0, len(text), 65536)]


def measure(program, load, seconds):
    with tempfile.TemporaryDirectory(prefix="tsq-chatty-") as folder:
        system = System(program, folder)
        try:
            return run(system, load, seconds)
        finally:
            system.stop()


def run(system, load, seconds):
    if load.endswith(" idle"):
        links = connect(system, int(load.split()[0]))
        time.sleep(1)
        cpu, start, all_cpu, own = system.used(), time.monotonic(), busy(), sum(os.times()[:2])
        time.sleep(seconds)
        took = time.monotonic() - start
        spent = system.used() - cpu
        others = (busy() - all_cpu - spent - (sum(os.times()[:2]) - own)) / took
        return {"us": 1e6 * spent / took, "others": others, "whole": len(links) > 0}
    links = connect(system, 1 if load == "bulk" else int(load.split("x")[0]))
    # Series are made before the clock starts: a new one costs more than a line, and comes once.
    for host in range(1000 if load == "bulk" else len(links)):
        links[host % len(links)].sendall(line(0, host))
    first = 1000 if load == "bulk" else len(links)
    while system.visible() < first:
        time.sleep(0.05)
    time.sleep(1)
    cpu, start, all_cpu, own = system.used(), time.monotonic(), busy(), sum(os.times()[:2])
    if load == "bulk":
        start, _ = send_bulk(links[0])
        wanted, lines = None, BULK_LINES
    else:
        rate = int(load.split("x")[1])
        wanted, lines = rate * len(links), send_evenly(links, rate, seconds)
    sent = time.monotonic()
    seen = system.visible()
    while seen < first + lines and time.monotonic() - sent < 30:
        time.sleep(0.05)
        seen = system.visible()
    end = time.monotonic()
    spent = system.used() - cpu
    others = (busy() - all_cpu - spent - (sum(os.times()[:2]) - own)) / (end - start)
    return {"us": 1e6 * spent / lines, "wanted": wanted, "sent": lines / (sent - start),
            "delay": 1000 * (end - sent), "others": others, "whole": seen == first + lines}


def show(load, program, runs):
    """Prints the row of a load and a system; returns whether all lines arrived."""
    def middle(key, form):
        values = [run[key] for run in runs if run.get(key) is not None]
        return format(statistics.median(values), form) if values else "-"
    costs = [run["us"] for run in runs]
    complete = all(run["whole"] for run in runs)
    print(f"{load:>10} {middle('us', '8.2f')} {min(costs):7.2f} {max(costs):7.2f} {middle('wanted', ',.0f'):>7} "
          f"{middle('sent', ',.0f'):>9} {middle('delay', '.0f'):>6} {middle('others', '.2f'):>6}  {program}"
          + ("" if complete else "  LINES ARE MISSING"), flush=True)
    return complete


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tsq", nargs="*", metavar="TSQ")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--loads", default=",".join(LOADS), help="comma-separated")
    parser.add_argument("--quick", action="store_true", help="one round of a second each")
    options = parser.parse_args()
    if options.quick:
        options.rounds, options.seconds = 1, 1
    programs = options.tsq or [ROOT + "/.build/release/tsq"]
    peer = os.path.join(os.environ.get("PEERS_BIN", ""), "victoria-metrics")
    if os.environ.get("PEERS_BIN") and os.access(peer, os.X_OK):
        programs.append(peer)
    print(f"{'load':>10} {'us/line':>8} {'least':>7} {'most':>7} {'wanted':>7} {'sent':>9} {'delay':>6} {'others':>6}  system")
    whole = True
    for load in options.loads.split(","):
        results = {program: [] for program in programs}
        for _ in range(options.rounds):
            for program in programs:
                results[program].append(measure(program, load, options.seconds))
        for program, runs in results.items():
            whole = show(load, program, runs) and whole
    sys.exit(0 if whole else 1)


if __name__ == "__main__":
    # As many sockets as the largest load needs, and the server inherits it.
    import resource
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    main()
