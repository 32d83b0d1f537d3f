#!/usr/bin/env python3
"""What hostile, broken and slow senders do to `tsq serve`, in one table.

    Benchmarks/stress.py [--tsq PATH] [--quick] [NAME...]

Each scenario has a fresh server. Beside it a good sample is written over HTTP, on a new connection
each time, 20 times a second; the table has how much the server's memory grew at its peak, the 95th
percentile and the longest of these writes, what the ledger says, and how many processors others used
meanwhile (`others`): times mean something only where that is near 0. A scenario fails where

- memory grew by more than 300 MB (plus 500 bytes for each new series),
- the 95th percentile of the good writes is over 100 ms (not judged with --quick, nor while the
  server is stopped or dead by the scenario itself),
- lines = accepted + rejected or samples = stored + replaced + ignored does not hold,
- the lines in the ledger are not as many as were sent, or a reason is missing,
- a good write is refused, or cannot be read back at the end.

`power-cut` puts the store on a file system in a file and looks at copies of that file, so it needs to be
allowed to mount one (as root, with loop devices); elsewhere it prints SKIP, which is not a pass.
--quick makes everything small: a smoke test of half a minute. The exit code is 1 where one failed.
"""
import argparse, gzip, http.client, json, multiprocessing, os, random, re, resource, signal, socket
import subprocess, sys, tempfile, threading, time, zlib

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
MB = 1_000_000


class Skip(Exception):
    """This machine does not let the scenario run."""


class Server:
    def __init__(self, options, folder, arguments=(), disk=None):
        self.options, self.folder, self.arguments = options, folder, list(arguments)
        self.disk, self.data = disk, (disk.path if disk else folder) + "/store"
        # Shared: whoever writes beside has to find a server that was started anew.
        self.port = multiprocessing.Value("i", 0)
        self.start()

    @property
    def http(self):
        return self.port.value

    def start(self):
        out = self.folder + "/out"
        with open(out, "w") as stdout, open(self.folder + "/log", "a") as log:
            self.child = subprocess.Popen(
                [self.options.tsq, "serve", "--data", self.data, "--line-protocol",
                 "127.0.0.1:0", "--http", "127.0.0.1:0", *self.arguments], stdout=stdout,
                stderr=log)
        while open(out).read().count("\n") < 2:
            assert self.child.poll() is None, open(self.folder + "/log").read()[-500:]
            time.sleep(0.02)
        ports = dict(re.findall(r"^(.+) on .*:(\d+)$", open(out).read(), re.M))
        self.tcp, self.port.value = int(ports["line protocol"]), int(ports["http"])
        while self.request("GET", "/-/ready")[0] != 200:
            time.sleep(0.02)

    def stop(self, number=signal.SIGTERM):
        if self.child.poll() is None:
            self.child.send_signal(number)
            self.child.wait(60)

    def request(self, method, path, body=None, headers={}, timeout=60):
        connection = http.client.HTTPConnection("127.0.0.1", self.http, timeout=timeout)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode(errors="replace")
        finally:
            connection.close()

    def connect(self):
        link = socket.create_connection(("127.0.0.1", self.tcp), timeout=60)
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return link

    def used(self):
        """CPU seconds of the process."""
        fields = open(f"/proc/{self.child.pid}/stat").read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self):
        with open(f"/proc/{self.child.pid}/statm") as pages:
            return int(pages.read().split()[1]) * resource.getpagesize()

    def ledger(self):
        data = json.loads(self.request("GET", "/api/v1/tsq/ledger")[1])["data"]
        return data["total"], data["connections"]

    def settled(self):
        """The ledger once two readings are the same: senders that went away are dealt with."""
        last = None
        for _ in range(300):
            now = self.ledger()
            if now == last:
                return now
            last = now
            time.sleep(0.2)
        return now

    def count(self, metric):
        """Samples of a metric, at whatever time."""
        status, text = self.request("GET", f"/api/v1/tsq/export?match%5B%5D={metric}")
        assert status == 200, text[:100]
        return int(re.search(r"# end samples=(\d+) ", text).group(1))


class Beside:
    """A good writer and a watcher of memory while a scenario runs.

    The writer is a process of its own: as a thread it would wait for the scenario's threads, which make
    megabytes of garbage without letting go of the interpreter, and blame the server for it.
    """

    def __init__(self, server):
        self.server, self.times, self.failures, self.stored = server, [], [], 0
        self.before = self.peak = server.memory()
        self.paused, self.over = multiprocessing.Event(), multiprocessing.Event()
        self.results, self.child_end = multiprocessing.Pipe(duplex=False)

    def __enter__(self):
        self.writer = multiprocessing.Process(target=self.write)
        self.writer.start()
        self.watcher = threading.Thread(target=self.watch)
        self.watcher.start()
        return self

    def __exit__(self, *_):
        time.sleep(0.3)
        self.over.set()
        self.times, self.failures, self.stored = self.results.recv()
        self.writer.join()
        self.watcher.join()

    def write(self):
        while not self.over.is_set():
            if not self.paused.is_set():
                start = time.monotonic()
                try:
                    status, text = self.server.request(
                        "POST", "/write", f"beside n={len(self.times)}i {time.time_ns()}\n")
                except OSError as error:
                    status, text = 0, str(error)
                # One that was under way when the scenario stopped the server is stored, not timed.
                self.stored += status == 204
                if not self.paused.is_set():
                    if status == 204:
                        self.times.append(time.monotonic() - start)
                    else:
                        self.failures.append(f"{status} {text[:80]}")
            time.sleep(0.05)
        self.child_end.send((self.times, self.failures, self.stored))

    def watch(self):
        while not self.over.is_set():
            try:
                self.peak = max(self.peak, self.server.memory())
            except OSError:
                pass
            time.sleep(0.02)


def busy():
    """CPU seconds that the whole machine has used."""
    fields = list(map(int, open("/proc/stat").readline().split()[1:]))
    return (sum(fields[:3]) + sum(fields[5:8])) / os.sysconf("SC_CLK_TCK")


class Outcome:
    """What a scenario knows of what it sent."""

    def __init__(self, lines=None, reasons=None, series=0, note="", judged=True):
        self.lines, self.reasons, self.series = lines, reasons or {}, series
        self.note, self.judged = note, judged


def threads(count, work):
    """Runs work(number) in so many threads; the first failure is raised."""
    failures = []

    def guarded(number):
        try:
            work(number)
        except Exception as error:
            failures.append(error)

    started = [threading.Thread(target=guarded, args=(n,)) for n in range(count)]
    for thread in started:
        thread.start()
    for thread in started:
        thread.join()
    if failures:
        raise failures[0]


def drain(link):
    """Ends the sending side and waits for the server to close."""
    try:
        link.shutdown(socket.SHUT_WR)
        while link.recv(65536):
            pass
    except OSError:
        pass
    link.close()


# MARK: - Scenarios


def kill_9(server, beside, size):
    """Three times: numbered lines with a sync each hundred, then SIGKILL; what was acknowledged is there."""
    acknowledged = 0
    for turn in range(3):
        stop, link = time.monotonic() + (0.4 if size.quick else 2), server.connect()
        link.sendall(b"# tsq ack=durable\n")
        replies = link.makefile()
        number = 0
        while time.monotonic() < stop:
            lines = "".join(f"t{turn} n={number + i} {number + i + 1}\n" for i in range(100))
            link.sendall(f"{lines}# tsq sync {number}\n".encode())
            assert replies.readline().startswith(f"ok {number} lines=100 "), "not acknowledged"
            number += 100
        # One more on its way when the server dies.
        link.sendall(lines.encode())
        beside.paused.set()
        server.stop(signal.SIGKILL)
        server.start()
        beside.paused.clear()
        found = server.count(f"t{turn}_n")
        assert found >= number, f"{number} acknowledged, {found} there after the kill"
        acknowledged += number
    return Outcome(lines=0, note=f"{acknowledged:,} acknowledged lines, all there after 3 kills")


class Disk:
    """A file system in a file; a copy of the file is what a power cut leaves of the disk."""

    def __init__(self, folder, original=None):
        self.image, self.path = folder + "/image", folder + "/disk"
        if original:
            self.shell("cp", "--sparse=always", original, self.image)
        else:
            self.shell("truncate", "-s", "512M", self.image)
            self.shell("mkfs.ext4", "-q", "-F", "-m", "0", self.image)
        os.makedirs(self.path, exist_ok=True)
        self.shell("mount", "-o", "loop", self.image, self.path)

    def end(self):
        self.shell("umount", self.path)

    @staticmethod
    def shell(*command):
        # A user's path may lack the folders of `mount` and `mkfs`.
        path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
        try:
            run = subprocess.run(
                command, env={"PATH": path}, stdin=subprocess.DEVNULL, capture_output=True)
        except FileNotFoundError as error:
            raise Skip(f"there is no {error.filename}")
        if run.returncode:
            words = run.stderr.decode(errors="replace").strip().splitlines()[-1:]
            raise Skip(f"{command[0]} is not permitted here: {' '.join(words)}")


def power_cut(server, beside, size):
    """Three times under load: the disk as it is without what was never synced, and a server on it."""
    stop, acknowledged, sent, failures = threading.Event(), [0], [0], []

    def send():
        try:
            link = server.connect()
            link.sendall(b"# tsq ack=durable\n")
            replies = link.makefile()
            while not stop.is_set():
                number = sent[0]
                lines = "".join(f"cut n={n} {n + 1}\n" for n in range(number, number + 100))
                sent[0] = number + 100
                link.sendall(f"{lines}# tsq sync {number}\n".encode())
                assert replies.readline().startswith(f"ok {number} lines=100 "), "not acknowledged"
                acknowledged[0] = sent[0]
            link.close()
        except Exception as error:
            failures.append(error)

    sender = threading.Thread(target=send)
    sender.start()
    lost = 0
    try:
        for cut in range(3):
            time.sleep(0.4 if size.quick else 2)
            # A file that nobody syncs: the copy is worth something only if it loses this.
            with open(f"{server.disk.path}/unsynced-{cut}", "wb") as witness:
                witness.write(b"7" * 100_000)
            beside.paused.set()
            server.child.send_signal(signal.SIGSTOP)
            time.sleep(0.05)
            promised = acknowledged[0]
            with tempfile.TemporaryDirectory(prefix="tsq-stress-") as folder:
                disk = Disk(folder, server.disk.image)
                server.child.send_signal(signal.SIGCONT)
                beside.paused.clear()
                try:
                    survived = f"{disk.path}/unsynced-{cut}"
                    lost += not os.path.exists(survived) or os.path.getsize(survived) != 100_000
                    after = Server(server.options, folder, server.arguments, disk)
                    found = after.count("cut_n")
                    after.stop()
                finally:
                    disk.end()
            assert found >= promised, f"{promised} acknowledged, {found} there after the cut"
    finally:
        server.child.send_signal(signal.SIGCONT)
        stop.set()
        sender.join()
    assert not failures, f"the sender: {failures[0]}"
    assert lost, "no cut lost what was not synced: they were no power cuts"
    return Outcome(
        lines=sent[0], note=f"{acknowledged[0]:,} acknowledged lines, all there after 3 cuts")


def stopped(server, beside, size):
    """SIGSTOP under load, SIGCONT: everything sent meanwhile arrives."""
    link = server.connect()
    link.sendall(b"".join(b"a n=%d %d\n" % (i, i + 1) for i in range(1000)))
    beside.paused.set()
    server.child.send_signal(signal.SIGSTOP)
    link.sendall(b"".join(b"b n=%d %d\n" % (i, i + 1) for i in range(1000)))
    time.sleep(0.5 if size.quick else 5)
    server.child.send_signal(signal.SIGCONT)
    time.sleep(0.2)
    beside.paused.clear()
    drain(link)
    time.sleep(1)
    return Outcome(lines=2000)


def stalled(server, beside, size):
    """Connections that stall in mid-line, then are cut: the half line is rejected, not stored."""
    links = [server.connect() for _ in range(size(400, 40))]
    for link in links:
        link.sendall(b"stalled n=1 1\nstalled n=12")
    time.sleep(size(5, 1))
    for link in links:
        # A reset where nothing was read is what a lost network looks like; half of them end so.
        if link.fileno() % 2:
            link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        link.close()
    return Outcome(lines=2 * len(links), reasons={"incomplete-line": len(links)})


def deaf(server, beside, size):
    """Senders that ask for replies and never read them are cut off, however slowly they are read."""
    sent, cut, sizes = [], [], size(20, 4)
    until = time.monotonic() + size(60, 30)

    def work(_):
        link = socket.socket()
        # Before the connection: a window that shrinks later can leave both sides' systems waiting.
        link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        link.settimeout(60)
        link.connect(("127.0.0.1", server.tcp))
        link.sendall(b"# tsq ack=durable\n")
        piece, count = b"".join(b"deaf n=\n# tsq sync %d\n" % n for n in range(100)), 0
        try:
            while time.monotonic() < until:
                # A send that waits is one that the server does not read yet, no more.
                link.settimeout(max(0.1, until - time.monotonic()))
                link.sendall(piece)
                count += 100
        except TimeoutError:
            pass
        except ConnectionError:
            cut.append(count)
        sent.append(count)
        link.close()

    start = time.monotonic()
    threads(sizes, work)
    took = time.monotonic() - start
    # The kernel may tell one of them late, so the server's own count decides.
    for _ in range(100):
        closed = server.ledger()[1]["slow_readers"]
        if closed == sizes:
            break
        time.sleep(0.1)
    assert closed == sizes, f"{closed} of {sizes} counted as slow readers"
    return Outcome(
        reasons={"bad-field-value": None},
        note=f"{closed} cut off as slow readers, {len(cut)} heard it within {took:.0f} s")


def loris(server, beside, size):
    """A byte a tenth of a second, on 400 connections of TCP and of HTTP each."""
    links = [server.connect() for _ in range(size(400, 40))]
    slow = []
    for _ in range(size(400, 40)):
        link = socket.create_connection(("127.0.0.1", server.http))
        link.sendall(b"POST /write HTTP/1.1\r\nHost: x\r\n")
        slow.append(link)
    line = b"loris n=1 1\n"
    for byte in range(size(60, 12)):
        for link in links:
            link.sendall(line[byte % 12:byte % 12 + 1])
        for link in slow:
            try:
                link.sendall(b"X")
            except OSError:
                pass
        time.sleep(0.1)
    for link in links + slow:
        link.close()
    return Outcome(lines=len(links) * size(5, 1))


def idle(server, beside, size):
    """Two thousand connections that say nothing."""
    links = [server.connect() for _ in range(size(2000, 200))]
    time.sleep(size(6, 1))
    for link in links:
        link.close()
    return Outcome(lines=0)


def long_line(server, beside, size):
    """A line of 100 MB, over TCP and as a body; the line behind it is stored."""
    length = size(100, 5) * MB
    link = server.connect()
    piece = b"x" * MB
    for _ in range(length // MB):
        link.sendall(piece)
    link.sendall(b"\nlong n=1 1\n")
    drain(link)
    try:
        status, _ = server.request("POST", "/write", b"x" * length)
        expected = 413 if length > 32 << 20 else 400
        assert status == expected, f"the body was answered {status}"
    except (ConnectionError, OSError):
        pass  # Refused before all of it was sent.
    return Outcome(
        lines=2 + (length <= 32 << 20), reasons={"line-too-long": 1 + (length <= 32 << 20)})


def garbage(server, beside, size):
    """Random bytes, over four connections and in bodies, again and again."""
    length, rounds = size(16, 1) * MB, size(4, 1)
    expected = []

    def work(number):
        data = random.Random(number).randbytes(length).replace(b"#", b"!")
        for _ in range(rounds):
            if number < 4:
                link = server.connect()
                link.sendall(data)
                drain(link)
            else:
                status, _ = server.request("POST", "/write", data)
                assert status == 400, status
        lines = data.split(b"\n")
        # A line of blanks only is none; a body's last line has no end.
        expected.append(rounds * sum(1 for l in lines if l.strip(b" \t\r\0")))

    threads(6, work)
    return Outcome(note=f"about {sum(expected):,} lines", reasons={"bad-utf8": None})


def gzip_bomb(server, beside, size):
    """A gigabyte of zeros, and a gigabyte of one line, in a megabyte; eight at once."""
    zeros, line = zlib.compressobj(6, wbits=31), zlib.compressobj(6, wbits=31)
    repeated = b"bomb n=1 1\n" * 90_000
    count = size(1000, 64)
    bombs = [b"".join([zeros.compress(bytes(MB)) for _ in range(count)]) + zeros.flush(),
             b"".join([line.compress(repeated) for _ in range(count)]) + line.flush()]

    def work(number):
        status, _ = server.request(
            "POST", "/write", bombs[number % 2], {"Content-Encoding": "gzip"})
        assert status in (413, 503), f"a bomb was answered {status}"

    threads(8, work)
    return Outcome(lines=0)


def varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7f | 0x80)
        value >>= 7
    return bytes(out) + bytes([value])


def snappy_bomb(server, beside, size):
    """Remote writes that claim 4 GB, that hold 400 MB, and that are 10 MB of empty samples."""
    claimed = varint(2**32 - 1) + b"\0x" * 30
    count = size(400, 20) * MB // 64
    held = varint(1 + count * 64) + b"\0x" + b"\xfe\1\0" * count
    # 2 bytes for each empty sample: the most that decoding can make of so few bytes.
    samples = 5_000_000 if not size.quick else 300_000
    inner = b"\x0a\x12\x0a\x08__name__\x12\x06bombed"
    series = bytes([0x0a]) + varint(len(inner) + samples * 2) + inner
    body = len(series) + samples * 2
    empties = varint(body) + bytes([60 + 1 << 2]) + (len(series) + 1).to_bytes(2, "little") + series
    empties += b"\x12\0"
    rest = samples * 2 - 2
    empties += b"\xfe\2\0" * (rest // 64)
    if rest % 64:
        empties += bytes([(rest % 64 - 1) << 2 | 2]) + b"\2\0"
    bombs = [(claimed, (400, 413)), (held, (413,)), (empties, (204, 503, 400))]

    def work(number):
        body, expected = bombs[number % 3]
        status, text = server.request(
            "POST", "/api/v1/write", body,
            {"Content-Encoding": "snappy", "Content-Type": "application/x-protobuf"})
        assert status in expected, f"bomb {number % 3} was answered {status} {text[:100]}"

    threads(9, work)
    return Outcome()


def labels(server, beside, size):
    """Lines with 10,000 labels, short enough and too long, over TCP and HTTP."""
    count, lines = size(10_000, 1_000), size(200, 20)
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    names = [digits[i // 1296] + digits[i // 36 % 36] + digits[i % 36] for i in range(count)]
    short = ("many" + "".join(f",{name}=1" for name in names) + " n=1 1\n").encode()
    full = ("many" + "".join(f",label{i}=value{i}" for i in range(count)) + " n=1 1\n").encode()
    link = server.connect()
    link.sendall((short + full) * lines)
    drain(link)
    status, _ = server.request("POST", "/write", short * 10)
    assert status == 400, status
    sort = "line-too-long" if len(full) > 65_536 else "too-many-labels"
    reasons = {"too-many-labels": None, sort: None}
    return Outcome(lines=2 * lines + 10, reasons=reasons)


def bad_text(server, beside, size):
    """Invalid UTF-8 and duplicate tags among good lines: each by its reason, the good ones stored."""
    count = size(20_000, 1_000)
    lines = b"".join(
        b"good n=%d %d\nbad,t=\xff\xfe n=1 1\nbad,t=a,t=b n=1 1\n" % (i, i + 1)
        for i in range(count))
    link = server.connect()
    link.sendall(lines)
    drain(link)
    assert server.count("good_n") == count, server.count("good_n")
    return Outcome(lines=3 * count, reasons={"bad-utf8": count, "duplicate-tag": count})


def future(server, beside, size):
    """Samples of the last instant there is, then of today; both are stored, neither stops the other."""
    now = time.time_ns()
    last = 2**63 - 1
    body = "".join(f"far n={i} {last - i}\nnear n={i} {now + i}\n" for i in range(100))
    assert server.request("POST", "/write", body)[0] == 204
    assert server.request("POST", "/write", f"past_end n=1 {last + 1}\n")[0] == 400
    assert server.request("POST", "/-/flush")[0] == 200
    assert server.request("POST", "/write", body)[0] == 204
    assert server.count("near_n") == 100, server.count("near_n")
    return Outcome(lines=401, reasons={"bad-timestamp": 1}, series=2)


def million_series(server, beside, size):
    """A million new series as fast as they are taken, past the limit; known series go on."""
    limit, extra = size(1_000_000, 20_000), size(50_000, 1_000)

    def work(number):
        link = server.connect()
        link.sendall(b"# tsq ack=durable\n")
        replies = link.makefile()
        piece = []
        for i in range(number, limit + extra, 4):
            piece.append(f"burst,host=h{i % 1000},id=series-{i} n={i} 1760000000000000000\n")
            if len(piece) == 5000 or i + 4 >= limit + extra:
                link.sendall(("".join(piece) + "# tsq sync x\n").encode())
                while not replies.readline().startswith("ok "):
                    pass
                piece = []
        drain(link)

    start = time.monotonic()
    threads(4, work)
    took = time.monotonic() - start
    # `beside_n` has one of the places; it was first.
    return Outcome(
        lines=limit + extra, reasons={"series-limit": extra + 1}, series=limit,
        note=f"in {took:.0f} s")


SCENARIOS = {
    "kill-9": kill_9, "power-cut": power_cut, "sigstop": stopped, "stall-mid-line": stalled, "never-reads-replies": deaf,
    "slow-loris": loris, "idle-connections": idle, "long-line": long_line, "garbage": garbage,
    "gzip-bomb": gzip_bomb, "snappy-bomb": snappy_bomb, "ten-thousand-labels": labels,
    "bad-utf8-duplicate-tags": bad_text, "far-future": future, "million-series": million_series,
}


class Size:
    def __init__(self, quick):
        self.quick = quick

    def __call__(self, full, quick):
        return quick if self.quick else full


def run(name, options, size):
    arguments = []
    if name == "million-series":
        arguments = ["--series-limit", str(size(1_000_000, 20_000))]
    with tempfile.TemporaryDirectory(prefix="tsq-stress-") as folder:
        disk = None
        if name == "power-cut":
            try:
                disk = Disk(folder)
            except Skip as reason:
                print(f"{name:24} SKIP: {reason}", flush=True)
                return True
            arguments = ["--free-space-floor", str(MB)]
        server, problems = None, []
        try:
            server = Server(options, folder, arguments, disk)
            # Warm: the first request of a process costs more than any later one.
            for _ in range(20):
                server.request("POST", "/write", f"beside n=0i {time.time_ns()}\n")
            outcome = Outcome()
            start, all_before = time.monotonic(), busy()
            own_before = server.used() + sum(os.times()[:2])
            with Beside(server) as beside:
                try:
                    outcome = SCENARIOS[name](server, beside, size)
                except Exception as error:
                    problems.append(f"{type(error).__name__}: {error}")
            own = server.used() + sum(os.times()[:2]) - own_before
            others = max(0, (busy() - all_before - own) / (time.monotonic() - start))
            total, _ = server.settled()
            good = len(beside.times) + len(beside.failures)
            lines = total["lines"] - beside.stored - 20
            if total["lines"] != total["accepted"] + total["rejected"]:
                problems.append("lines do not balance")
            if total["samples"] != total["stored"] + total["replaced"] + total["ignored"]:
                problems.append("samples do not balance")
            if outcome.lines is not None and name != "kill-9" and lines != outcome.lines:
                problems.append(f"{lines} lines in the ledger, {outcome.lines} sent")
            for reason, count in outcome.reasons.items():
                found = total["rejected_by_reason"].get(reason, 0)
                if not found or count not in (None, found):
                    problems.append(f"{found} rejected as {reason}, {count} expected")
            if beside.failures:
                problems.append(f"{len(beside.failures)} good writes: {beside.failures[0]}")
            found = server.count("beside_n")
            if found < beside.stored + 20:
                problems.append(f"{found} good writes of {beside.stored + 20} read back")
            grown = (beside.peak - beside.before) / MB
            if grown > 300 + 500 * outcome.series / MB:
                problems.append("memory")
            times = sorted(beside.times) or [float("nan")]
            p95 = times[int(0.95 * (len(times) - 1))] * 1000
            if p95 > 100 and not size.quick:
                problems.append("good writes are slow")
            print(f"{name:24} {grown:9.0f} {p95:8.1f} {times[-1] * 1000:8.1f} {good:6} "
                  f"{total['accepted']:10} {total['rejected']:9} {others:6.1f}  "
                  f"{'FAIL: ' + '; '.join(problems) if problems else 'ok'}"
                  f"{' (' + outcome.note + ')' if outcome.note else ''}", flush=True)
        finally:
            if server:
                server.stop()
            if disk:
                disk.end()
    return not problems


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tsq", help="the program; by default .build/release/tsq")
    parser.add_argument("--quick", action="store_true", help="small sizes, no judgement of time")
    parser.add_argument("names", nargs="*", metavar="NAME", help="by default all")
    options = parser.parse_args()
    options.tsq = options.tsq or f"{ROOT}/.build/release/tsq"
    if not os.access(options.tsq, os.X_OK):
        sys.exit(f"there is no {options.tsq}; run: swift build -c release --product tsq")
    unknown = set(options.names) - set(SCENARIOS)
    if unknown:
        sys.exit(f"unknown: {sorted(unknown)}; known: {', '.join(SCENARIOS)}")
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 16_384), hard))
    size = Size(options.quick)
    print(f"{'scenario':24} {'grown_MB':>9} {'p95_ms':>8} {'max_ms':>8} {'writes':>6} "
          f"{'accepted':>10} {'rejected':>9} {'others':>6}  verdict", flush=True)
    results = [run(name, options, size) for name in options.names or SCENARIOS]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
