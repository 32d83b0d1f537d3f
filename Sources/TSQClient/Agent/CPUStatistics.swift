/// `/proc/stat`: what each processor did since boot, and a few counters of the kernel.
public struct CPUStatistics: Sendable {
  /// Seconds by mode of one processor.
  public struct Times: Hashable, Sendable {
    /// In the order of `modes`, seconds.
    public var seconds: [Double]

    /// The share of the time between two readings that was neither idle nor waiting for a disk.
    ///
    /// - Returns: 0...1, or `nil` where no time has passed or a counter went back.
    public func usage(since earlier: Times) -> Double? {
      let deltas = zip(seconds, earlier.seconds).map { $0 - $1 }
      let total = deltas.prefix(8).reduce(0, +)
      let idle = deltas[3] + deltas[4]
      guard total > 0, idle >= 0, deltas.prefix(8).allSatisfy({ $0 >= -0.001 }) else { return nil }
      return min(1, max(0, (total - idle) / total))
    }
  }

  /// The columns of a cpu line; guest times are already inside user and nice.
  public static let modes = [
    "user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal", "guest", "guest_nice",
  ]
  /// The kernel counts in hundredths of a second towards user space on every architecture we meet.
  static let ticksPerSecond = 100.0

  /// All processors together.
  public let total: Times
  /// Each processor by its number.
  public let processors: [(name: String, times: Times)]
  private let counters: [(name: String, value: Double)]

  /// Reads the text, or `nil` where it has no line for all processors.
  public init?(_ text: String) {
    var total: Times?
    var processors: [(String, Times)] = []
    var counters: [(String, Double)] = []
    for line in ProcText.lines(text) {
      let words = ProcText.words(line)
      guard let first = words.first else { continue }
      if first.hasPrefix("cpu") {
        var seconds = words.dropFirst().prefix(CPUStatistics.modes.count).map {
          (ProcText.number($0) ?? 0) / CPUStatistics.ticksPerSecond
        }
        // Old kernels have fewer columns: those modes did not exist, so they took no time.
        while seconds.count < CPUStatistics.modes.count { seconds.append(0) }
        let times = Times(seconds: seconds)
        if first == "cpu" {
          total = times
        } else {
          processors.append((String(first.dropFirst(3)), times))
        }
      } else if words.count >= 2, let name = CPUStatistics.counterNames[String(first)],
        let value = ProcText.number(words[1])
      {
        counters.append((name, value))
      }
    }
    guard let total else { return nil }
    self.total = total
    self.processors = processors
    self.counters = counters
  }

  private static let counterNames = [
    "btime": "node_boot_time_seconds", "ctxt": "node_context_switches_total",
    "intr": "node_intr_total", "processes": "node_forks_total",
    "procs_running": "node_procs_running", "procs_blocked": "node_procs_blocked",
  ]

  /// Adds the counters, and `cpu_usage` (0...1) where an earlier reading is given.
  public func add(to metrics: inout HostMetrics, since earlier: CPUStatistics?) {
    for (name, times) in processors {
      for (mode, seconds) in zip(CPUStatistics.modes.prefix(8), times.seconds) {
        metrics.add("node_cpu_seconds_total", [("cpu", name), ("mode", mode)], seconds)
      }
    }
    for (name, value) in counters { metrics.add(name, value) }
    if let earlier, let usage = total.usage(since: earlier.total) {
      metrics.add("cpu_usage", usage)
    }
  }
}

extension HostMetrics {
  fileprivate mutating func add(_ name: String, _ value: Double) { add(name, [], value) }
}
