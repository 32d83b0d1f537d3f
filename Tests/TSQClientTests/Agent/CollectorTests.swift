import TSQClient
import TSQCore
import Testing

@Suite("What /proc says")
struct CollectorTests {
  private static let stat = """
    cpu  1000 200 300 8000 500 0 50 25 100 0
    cpu0 600 100 150 4000 250 0 25 12 60 0
    cpu1 400 100 150 4000 250 0 25 13 40 0
    intr 123456 0 9 0
    ctxt 987654
    btime 1700000000
    processes 4321
    procs_running 3
    procs_blocked 1
    softirq 77 1 2
    """

  @Test("Processor times are seconds by mode")
  func cpu() throws {
    let statistics = try #require(CPUStatistics(CollectorTests.stat))
    var metrics = HostMetrics()
    statistics.add(to: &metrics, since: nil)
    #expect(metrics.value("node_cpu_seconds_total", [("cpu", "0"), ("mode", "user")]) == 6)
    #expect(metrics.value("node_cpu_seconds_total", [("mode", "steal"), ("cpu", "1")]) == 0.13)
    #expect(metrics.value("node_boot_time_seconds") == 1_700_000_000)
    #expect(metrics.value("node_context_switches_total") == 987_654)
    #expect(metrics.value("node_intr_total") == 123_456)
    #expect(metrics.value("node_procs_running") == 3)
    #expect(metrics.value("cpu_usage") == nil, "one reading has no usage")
  }

  @Test("Usage is the share that was neither idle nor waiting; guest time counts once")
  func usage() throws {
    let before = try #require(CPUStatistics("cpu 0 0 0 900 0 0 0 0 0 0\n"))
    let after = try #require(CPUStatistics("cpu 2500 0 0 6900 1500 0 0 0 2500 0\n"))
    #expect(after.total.usage(since: before.total) == 0.25)
    #expect(before.total.usage(since: before.total) == nil, "no time has passed")
    #expect(before.total.usage(since: after.total) == nil, "a counter went back: a reboot")
  }

  @Test("An old kernel's shorter line is read")
  func shortLine() throws {
    let statistics = try #require(CPUStatistics("cpu 10 0 10 80\n"))
    #expect(statistics.total.seconds == [0.1, 0, 0.1, 0.8, 0, 0, 0, 0, 0, 0])
    #expect(CPUStatistics("ctxt 5\n") == nil)
  }

  @Test("Memory is bytes under the kernel's names, and a usage")
  func memory() throws {
    let statistics = try #require(
      MemoryStatistics(
        """
        MemTotal:        1000 kB
        MemAvailable:     250 kB
        Active(anon):      10 kB
        SwapTotal:        400 kB
        SwapFree:         300 kB
        HugePages_Total:       7
        """))
    var metrics = HostMetrics()
    statistics.add(to: &metrics)
    #expect(metrics.value("node_memory_MemTotal_bytes") == 1_024_000)
    #expect(metrics.value("node_memory_Active_anon_bytes") == 10_240)
    #expect(metrics.value("node_memory_HugePages_Total") == 7)
    #expect(metrics.value("memory_usage") == 0.75)
    #expect(metrics.value("swap_usage") == 0.25)
    #expect(MemoryStatistics("nothing\n") == nil)
  }

  @Test("Without swap there is no swap usage")
  func noSwap() throws {
    let statistics = try #require(
      MemoryStatistics("MemTotal: 10 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n"))
    #expect(statistics.swapUsage == nil)
    #expect(statistics.usage == nil, "an old kernel has no MemAvailable")
  }

  @Test("Load and tasks")
  func load() throws {
    let statistics = try #require(LoadStatistics("0.50 1.25 2.00 2/345 6789\n"))
    #expect(statistics.averages == [0.5, 1.25, 2])
    #expect(statistics.tasks == 345)
    #expect(LoadStatistics("") == nil)
  }

  @Test("Open files")
  func files() throws {
    let statistics = try #require(FileStatistics("1024\t0\t9223372036854775807\n"))
    #expect(statistics.allocated == 1024)
    #expect(FileStatistics("x\n") == nil)
  }

  @Test("Whole disks only, in seconds and bytes")
  func disks() {
    let statistics = DiskStatistics(
      """
         8       0 sda 100 1 2000 30 50 2 1000 40 3 500 600 0 0 0 0
         8       1 sda1 1 1 1 1 1 1 1 1 1 1 1
       259       0 nvme0n1 5 0 10 2 0 0 0 0 0 2 2
       259       1 nvme0n1p1 5 0 10 2 0 0 0 0 0 2 2
         7       0 loop0 1 0 1 1 0 0 0 0 0 1 1
       253       0 dm-0 9 0 9 9 9 9 9 9 9 9 9
      """)
    #expect(statistics.devices.map(\.name) == ["sda", "nvme0n1", "dm-0"])
    var metrics = HostMetrics()
    statistics.add(to: &metrics)
    let sda = [("device", "sda")]
    #expect(metrics.value("node_disk_read_bytes_total", sda) == 1_024_000)
    #expect(metrics.value("node_disk_read_time_seconds_total", sda) == 0.03)
    #expect(metrics.value("node_disk_io_now", sda) == 3)
  }

  @Test("Network counters by interface, also where no space follows the name")
  func network() {
    let statistics = NetworkStatistics(
      """
      Inter-|   Receive                                                |  Transmit
       face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs
        lo: 100 2 0 0 0 0 0 0 200 3 0 0 0 0 0 0
      eth0:18446744073709551615 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15
      """)
    #expect(statistics.devices.map(\.name) == ["lo", "eth0"])
    var metrics = HostMetrics()
    statistics.add(to: &metrics)
    #expect(metrics.value("node_network_receive_bytes_total", [("device", "lo")]) == 100)
    #expect(metrics.value("node_network_transmit_bytes_total", [("device", "lo")]) == 200)
    #expect(
      metrics.value("node_network_receive_bytes_total", [("device", "eth0")]) == 0x1p64)
  }

  @Test("Sockets by protocol")
  func sockets() {
    var metrics = HostMetrics()
    SocketStatistics("sockets: used 50\nTCP: inuse 5 orphan 0 tw 1 alloc 6 mem 2\nUDP:\n")
      .add(to: &metrics)
    #expect(metrics.value("node_sockstat_sockets_used") == 50)
    #expect(metrics.value("node_sockstat_TCP_tw") == 1)
    #expect(metrics.entries.count == 6)
  }

  @Test("Paging counters that tell of pressure only")
  func paging() {
    var metrics = HostMetrics()
    PagingStatistics("nr_free_pages 5\npgfault 7\npgmajfault 2\npswpin 1\noom_kill 0\n")
      .add(to: &metrics)
    #expect(
      metrics.entries.map(\.name) == [
        "node_vmstat_pgfault", "node_vmstat_pgmajfault", "node_vmstat_pswpin",
        "node_vmstat_oom_kill",
      ])
  }

  @Test("Mounts without pseudo file systems; escapes undone; an overlay only as the root")
  func mounts() {
    let mounts = Mount.interesting(
      """
      overlay / overlay rw 0 0
      proc /proc proc rw 0 0
      tmpfs /dev/shm tmpfs rw 0 0
      /dev/sda1 /my\\040disk ext4 rw 0 0
      /dev/sda1 /my\\040disk ext4 rw 0 0
      overlay /var/lib/docker/overlay2/x overlay rw 0 0
      tmpfs /run tmpfs rw 0 0
      """)
    #expect(mounts.map(\.path) == ["/", "/my disk", "/run"])
    #expect(mounts.map(\.type) == ["overlay", "ext4", "tmpfs"])
  }

  @Test("Disk usage is what df says: the reserve for root is neither used nor free")
  func diskUsage() {
    let usage = FileSystemUsage(
      sizeBytes: 1000, freeBytes: 400, availableBytes: 200, files: 10, filesFree: 4)
    #expect(usage.usage == 0.75)
  }

  @Test("Lines carry the host, escapes and the time")
  func lines() {
    var metrics = HostMetrics()
    metrics.add("disk_usage", [("mountpoint", "/my disk,a=b")], 0.5)
    metrics.add("x", [("empty", ""), ("tail", "c:\\"), ("two", "a\nb")], 1)
    metrics.add("gone", [], .nan)
    let text = String(
      decoding: metrics.lines(host: "h 1", time: Timestamp(nanoseconds: 5)), as: UTF8.self)
    #expect(
      text == """
        disk_usage,host=h\\ 1,mountpoint=/my\\ disk\\,a\\=b value=0.5 5
        x,host=h\\ 1,tail=c:_,two=a_b value=1 5

        """)
  }

  @Test("This host can be read, and says which collectors worked")
  func thisHost() throws {
    var collector = HostCollector(host: HostCollector.thisHost)
    let metrics = collector.collect(time: Timestamp(nanoseconds: 0))
    for name in ["cpu", "loadavg", "meminfo", "netdev", "filesystem", "processes"] {
      #expect(
        metrics.value("node_scrape_collector_success", [("collector", name)]) == 1, "\(name)")
    }
    #expect((metrics.value("memory_usage") ?? -1) > 0)
    #expect((metrics.value("node_processes_pids") ?? 0) >= 1)
  }

  @Test("A host without /proc gives no figures and says so")
  func noProc() {
    var collector = HostCollector(host: "h", root: "/nonexistent")
    let metrics = collector.collect(time: Timestamp(nanoseconds: 0))
    #expect(metrics.value("node_scrape_collector_success", [("collector", "cpu")]) == 0)
    #expect(metrics.value("memory_usage") == nil)
  }
}
