/// `/proc/meminfo`: memory and swap, in bytes.
public struct MemoryStatistics: Sendable {
  /// The kernel's own names, such as `MemAvailable`, with bytes or plain counts.
  public let values: [(name: String, value: Double, isBytes: Bool)]

  /// Reads the text, or `nil` where it does not say how much memory there is.
  public init?(_ text: String) {
    var values: [(String, Double, Bool)] = []
    for line in ProcText.lines(text) {
      let words = ProcText.words(line)
      guard words.count >= 2, words[0].hasSuffix(":"), let value = ProcText.number(words[1]) else {
        continue
      }
      let isBytes = words.count >= 3 && words[2] == "kB"
      values.append(
        (MemoryStatistics.name(words[0].dropLast()), value * (isBytes ? 1024 : 1), isBytes))
    }
    guard values.contains(where: { $0.0 == "MemTotal" }) else { return nil }
    self.values = values
  }

  /// `Active(anon)` becomes `Active_anon`, as node_exporter has it.
  private static func name(_ word: Substring) -> String {
    String(word.map { $0 == "(" ? "_" : $0 }.filter { $0 != ")" })
  }

  private func value(_ name: String) -> Double? { values.first { $0.name == name }?.value }

  /// The share of memory that is not available to programs, 0...1.
  public var usage: Double? {
    guard let total = value("MemTotal"), let available = value("MemAvailable"), total > 0 else {
      return nil
    }
    return min(1, max(0, 1 - available / total))
  }

  /// The share of swap in use, 0...1; `nil` without swap.
  public var swapUsage: Double? {
    guard let total = value("SwapTotal"), let free = value("SwapFree"), total > 0 else {
      return nil
    }
    return min(1, max(0, 1 - free / total))
  }

  /// Adds every value, and `memory_usage` and `swap_usage`.
  public func add(to metrics: inout HostMetrics) {
    for (name, value, isBytes) in values {
      metrics.add("node_memory_\(name)\(isBytes ? "_bytes" : "")", [], value)
    }
    if let usage { metrics.add("memory_usage", [], usage) }
    if let swapUsage { metrics.add("swap_usage", [], swapUsage) }
  }
}

/// `/proc/vmstat`: paging; only the counters that tell of memory pressure.
public struct PagingStatistics: Sendable {
  /// The kernel's names with counts.
  public let values: [(name: String, value: Double)]

  /// Reads the text; names that node_exporter leaves out by default are left out too.
  public init(_ text: String) {
    values = ProcText.lines(text).compactMap { line in
      let words = ProcText.words(line)
      guard words.count == 2, let value = ProcText.number(words[1]) else { return nil }
      let name = String(words[0])
      let isWanted =
        name == "oom_kill" || name.hasPrefix("pgpg") || name.hasPrefix("pswp")
        || (name.hasPrefix("pg") && name.hasSuffix("fault"))
      return isWanted ? (name, value) : nil
    }
  }

  /// Adds every value.
  public func add(to metrics: inout HostMetrics) {
    for (name, value) in values { metrics.add("node_vmstat_\(name)", [], value) }
  }
}
