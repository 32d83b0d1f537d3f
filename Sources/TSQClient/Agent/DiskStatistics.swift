/// `/proc/diskstats`: what each whole disk did since boot.
public struct DiskStatistics: Sendable {
  /// A disk with its counters in the kernel's order, from reads completed on.
  public let devices: [(name: String, counters: [Double])]

  /// The metric of each column and what one unit of it is.
  private static let columns: [(name: String, unit: Double)] = [
    ("reads_completed_total", 1), ("reads_merged_total", 1), ("read_bytes_total", 512),
    ("read_time_seconds_total", 0.001), ("writes_completed_total", 1),
    ("writes_merged_total", 1), ("written_bytes_total", 512), ("write_time_seconds_total", 0.001),
    ("io_now", 1), ("io_time_seconds_total", 0.001), ("io_time_weighted_seconds_total", 0.001),
  ]

  /// Reads the text; partitions, loop and RAM devices are left out, as node_exporter does.
  public init(_ text: String) {
    devices = ProcText.lines(text).compactMap { line in
      let words = ProcText.words(line)
      guard words.count >= 3 + DiskStatistics.columns.count else { return nil }
      let name = String(words[2])
      guard !DiskStatistics.isIgnored(name) else { return nil }
      let counters = words.dropFirst(3).compactMap { ProcText.number($0) }
      return counters.count >= DiskStatistics.columns.count ? (name, counters) : nil
    }
  }

  /// Whether a device is a partition, a loop, a RAM disk or a floppy.
  static func isIgnored(_ name: String) -> Bool {
    let stem = name.prefix { !$0.isASCII || !$0.isNumber }
    guard stem.count < name.count else { return false }
    if ["ram", "zram", "loop", "fd"].contains(stem) { return true }
    for prefix in ["hd", "sd", "vd", "xvd"]
    where stem.hasPrefix(prefix) && stem.count == prefix.count + 1 {
      return true
    }
    guard stem == "nvme" else { return false }
    // nvme0n1p2: the letter `p` only stands before a partition's number.
    return name.contains("p")
  }

  /// Adds every counter of every disk.
  public func add(to metrics: inout HostMetrics) {
    for (device, counters) in devices {
      for (column, value) in zip(DiskStatistics.columns, counters) {
        metrics.add("node_disk_\(column.name)", [("device", device)], value * column.unit)
      }
    }
  }
}
