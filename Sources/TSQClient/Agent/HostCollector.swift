internal import Foundation
public import TSQCore

/// Reads this host's metrics from /proc, round after round.
///
/// A file that cannot be read costs its own metrics only; `node_scrape_collector_success` says
/// which collectors worked, so that a gap is never mistaken for a quiet machine.
public struct HostCollector: Sendable {
  /// The `host` label of every metric.
  public let host: String
  private let root: String
  private var earlierCPU: CPUStatistics?

  /// A collector for a host name; `root` is where /proc is mounted.
  public init(host: String, root: String = "/proc") {
    self.host = host
    self.root = root
  }

  /// This machine's name, as the kernel has it.
  public static var thisHost: String {
    let name = try? String(contentsOfFile: "/proc/sys/kernel/hostname", encoding: .utf8)
    let trimmed = name.map { String($0.prefix { !$0.isNewline }) } ?? ""
    return trimmed.isEmpty ? "localhost" : trimmed
  }

  /// Reads everything once; shares such as `cpu_usage` need a round before this one.
  public mutating func collect(time: Timestamp) -> HostMetrics {
    var metrics = HostMetrics()
    metrics.add("node_time_seconds", [], time.fractionalSeconds)
    let cpu = read("stat").flatMap { CPUStatistics($0) }
    cpu?.add(to: &metrics, since: earlierCPU)
    earlierCPU = cpu
    var worked = ["cpu": cpu != nil]

    let load = read("loadavg").flatMap { LoadStatistics($0) }
    load?.add(to: &metrics)
    worked["loadavg"] = load != nil
    let memory = read("meminfo").flatMap { MemoryStatistics($0) }
    memory?.add(to: &metrics)
    worked["meminfo"] = memory != nil
    let files = read("sys/fs/file-nr").flatMap { FileStatistics($0) }
    files?.add(to: &metrics)
    worked["filefd"] = files != nil

    worked["vmstat"] = add("vmstat", &metrics) { PagingStatistics($0).add(to: &$1) }
    worked["diskstats"] = add("diskstats", &metrics) { DiskStatistics($0).add(to: &$1) }
    worked["netdev"] = add("net/dev", &metrics) { NetworkStatistics($0).add(to: &$1) }
    worked["sockstat"] = add("net/sockstat", &metrics) { SocketStatistics($0).add(to: &$1) }
    worked["filesystem"] = add("self/mounts", &metrics) { text, metrics in
      for mount in Mount.interesting(text) {
        FileSystemUsage(path: mount.path)?.add(to: &metrics, mount: mount)
      }
    }
    worked["processes"] = addProcessCount(&metrics)
    for (name, success) in worked.sorted(by: { $0.key < $1.key }) {
      metrics.add("node_scrape_collector_success", [("collector", name)], success ? 1 : 0)
    }
    return metrics
  }

  private func read(_ file: String) -> String? {
    try? String(contentsOfFile: root + "/" + file, encoding: .utf8)
  }

  private func add(
    _ file: String, _ metrics: inout HostMetrics, _ body: (String, inout HostMetrics) -> Void
  ) -> Bool {
    guard let text = read(file) else { return false }
    body(text, &metrics)
    return true
  }

  /// Processes that exist: the folders of /proc named by a number.
  private func addProcessCount(_ metrics: inout HostMetrics) -> Bool {
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: root) else {
      return false
    }
    let processes = names.count { name in name.utf8.allSatisfy { (48...57).contains($0) } }
    metrics.add("node_processes_pids", [], Double(processes))
    return true
  }
}
