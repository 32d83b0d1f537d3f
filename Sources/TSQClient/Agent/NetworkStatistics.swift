/// `/proc/net/dev`: what each network interface received and sent since boot.
public struct NetworkStatistics: Sendable {
  /// An interface with its sixteen counters in the kernel's order.
  public let devices: [(name: String, counters: [Double])]

  private static let names = [
    "receive_bytes", "receive_packets", "receive_errs", "receive_drop", "receive_fifo",
    "receive_frame", "receive_compressed", "receive_multicast", "transmit_bytes",
    "transmit_packets", "transmit_errs", "transmit_drop", "transmit_fifo", "transmit_colls",
    "transmit_carrier", "transmit_compressed",
  ]

  /// Reads the text; the two title lines have no counters and are passed over.
  public init(_ text: String) {
    devices = ProcText.lines(text).compactMap { line in
      guard let colon = line.lastIndex(of: ":") else { return nil }
      let counters = ProcText.words(line[line.index(after: colon)...]).compactMap {
        ProcText.number($0)
      }
      guard counters.count >= NetworkStatistics.names.count else { return nil }
      return (String(ProcText.words(line[..<colon]).joined()), counters)
    }
  }

  /// Adds every counter of every interface.
  public func add(to metrics: inout HostMetrics) {
    for (device, counters) in devices {
      for (name, value) in zip(NetworkStatistics.names, counters) {
        metrics.add("node_network_\(name)_total", [("device", device)], value)
      }
    }
  }
}

/// `/proc/net/sockstat` and `sockstat6`: sockets by protocol.
public struct SocketStatistics: Sendable {
  /// `TCP` and `inuse`, say, with the count.
  public let values: [(protocol: String, field: String, value: Double)]

  /// Reads the text.
  public init(_ text: String) {
    values = ProcText.lines(text).flatMap { line in
      let words = ProcText.words(line)
      guard let first = words.first, first.hasSuffix(":") else {
        return [(String, String, Double)]()
      }
      let name = String(first.dropLast())
      return stride(from: 1, to: words.count - 1, by: 2).compactMap { index in
        ProcText.number(words[index + 1]).map { (name, String(words[index]), $0) }
      }
    }
  }

  /// Adds every value.
  public func add(to metrics: inout HostMetrics) {
    for (name, field, value) in values {
      metrics.add("node_sockstat_\(name)_\(field)", [], value)
    }
  }
}
