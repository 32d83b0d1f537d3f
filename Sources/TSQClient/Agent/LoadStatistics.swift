/// `/proc/loadavg`: the run queue's averages over 1, 5 and 15 minutes, and how many tasks there are.
public struct LoadStatistics: Hashable, Sendable {
  /// Averages over 1, 5 and 15 minutes.
  public let averages: [Double]
  /// Tasks that exist, threads among them.
  public let tasks: Double?

  /// Reads the text, or `nil` where the averages are not there.
  public init?(_ text: String) {
    let words = ProcText.words(text.split(separator: "\n").first ?? "")
    let averages = words.prefix(3).compactMap { Double($0) }
    guard averages.count == 3 else { return nil }
    self.averages = averages
    let counts = words.count > 3 ? words[3].split(separator: "/") : []
    self.tasks = counts.count == 2 ? Double(counts[1]) : nil
  }

  /// Adds the averages and `node_processes_threads`.
  public func add(to metrics: inout HostMetrics) {
    for (name, value) in zip(["node_load1", "node_load5", "node_load15"], averages) {
      metrics.add(name, [], value)
    }
    if let tasks { metrics.add("node_processes_threads", [], tasks) }
  }
}

/// `/proc/sys/fs/file-nr`: open files of the whole machine.
public struct FileStatistics: Hashable, Sendable {
  /// File handles in use.
  public let allocated: Double
  /// The kernel's limit.
  public let maximum: Double

  /// Reads the text, or `nil` where it is not three numbers.
  public init?(_ text: String) {
    let numbers = ProcText.words(text.split(separator: "\n").first ?? "").compactMap {
      ProcText.number($0)
    }
    guard numbers.count == 3 else { return nil }
    self.allocated = numbers[0]
    self.maximum = numbers[2]
  }

  /// Adds both.
  public func add(to metrics: inout HostMetrics) {
    metrics.add("node_filefd_allocated", [], allocated)
    metrics.add("node_filefd_maximum", [], maximum)
  }
}
