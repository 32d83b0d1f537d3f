public import TSQCore

/// Metrics of one host at one instant, under node_exporter's names where it has them.
public struct HostMetrics: Sendable {
  /// One value with what tells it apart.
  public struct Entry: Sendable {
    /// The metric's name.
    public let name: String
    /// Labels but the host, in any order.
    public let labels: [(String, String)]
    /// The value.
    public let value: Double
  }

  /// The values in the order they were added.
  public private(set) var entries: [Entry] = []

  /// No metrics yet.
  public init() {}

  /// Adds one value; a value that is not finite is left out.
  public mutating func add(_ name: String, _ labels: [(String, String)] = [], _ value: Double) {
    guard value.isFinite else { return }
    entries.append(Entry(name: name, labels: labels, value: value))
  }

  /// The value of a metric with exactly these labels, for tests and derived metrics.
  ///
  /// - Complexity: O(entries).
  public func value(_ name: String, _ labels: [(String, String)] = []) -> Double? {
    let wanted = labels.sorted { $0.0 < $1.0 }
    return entries.first { entry in
      let own = entry.labels.sorted { $0.0 < $1.0 }
      return entry.name == name && own.count == wanted.count
        && zip(own, wanted).allSatisfy { $0.0 == $1.0 && $0.1 == $1.1 }
    }?.value
  }

  /// All values as line protocol, each with a `host` tag, the field `value` and a time.
  public func lines(host: String, time: Timestamp) -> [UInt8] {
    var text = ""
    for entry in entries {
      text += LineProtocolText.measurement(entry.name)
      let labels = (entry.labels + [("host", host)]).filter { !$0.1.isEmpty }
      for (name, value) in labels.sorted(by: { $0.0 < $1.0 }) {
        text += "," + LineProtocolText.tag(name) + "=" + LineProtocolText.tag(value)
      }
      text += " value=\(NumberText.shortest(entry.value)) \(time.nanoseconds)\n"
    }
    return Array(text.utf8)
  }
}

/// Names and values as line protocol writes them.
public enum LineProtocolText {
  /// A measurement: commas and spaces escaped.
  public static func measurement(_ text: String) -> String { escape(text, ", ") }

  /// A tag's name or value, or a field's name: commas, equal signs and spaces escaped.
  public static func tag(_ text: String) -> String { escape(text, ",= ") }

  /// The format has no way to write a line feed, or a backslash at the end: both become a `_`.
  private static func escape(_ text: String, _ special: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      if special.unicodeScalars.contains(scalar) { escaped += "\\" }
      escaped.unicodeScalars.append(scalar == "\n" || scalar == "\r" ? "_" : scalar)
    }
    if escaped.hasSuffix("\\") { escaped = escaped.dropLast() + "_" }
    return escaped
  }
}
