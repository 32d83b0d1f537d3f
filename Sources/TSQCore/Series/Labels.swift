/// One label: a name and a value, both any UTF-8.
public struct Label: Hashable, Comparable, Sendable {
  /// The label's name; never empty.
  public let name: String
  /// The label's value; never empty, since an empty value means "no such label".
  public let value: String

  /// A label from its two texts.
  public init(name: String, value: String) {
    self.name = name
    self.value = value
  }

  /// Labels are equal where their bytes are: `String` would call two spellings of one letter equal,
  /// and two series that a sender keeps apart would become one.
  public static func == (left: Label, right: Label) -> Bool {
    sameBytes(left.name, right.name) && sameBytes(left.value, right.value)
  }

  /// Orders by name, then value, in UTF-8 byte order, so that the order is the same everywhere.
  public static func < (left: Label, right: Label) -> Bool {
    if !sameBytes(left.name, right.name) {
      return left.name.utf8.lexicographicallyPrecedes(right.name.utf8)
    }
    return left.value.utf8.lexicographicallyPrecedes(right.value.utf8)
  }
}

/// Whether two texts have the same UTF-8 bytes.
private func sameBytes(_ left: String, _ right: String) -> Bool {
  left.utf8.elementsEqual(right.utf8)
}

/// What identifies a series: its labels, the metric name among them as `__name__`.
///
/// Always sorted by name in byte order, without duplicates and without empty values: two sets that
/// mean the same series are equal.
public struct Labels: Hashable, Sendable {
  /// The label that holds the metric name, as Prometheus has it.
  public static let metricNameLabel = "__name__"
  /// The label that tells a series' hourly values from the series itself: only a store sets it.
  public static let rollupLabel = "__rollup__"

  /// The labels in byte order of their names.
  public let pairs: [Label]

  /// No labels at all; what an aggregation over everything answers with.
  public static let none = Labels(sortedPairs: [])

  /// Labels that are known to be sorted by name, each once, without empty texts.
  package init(sortedPairs: [Label]) { self.pairs = sortedPairs }

  /// A label set from pairs in any order; empty values are dropped.
  ///
  /// - Returns: `nil` when a name is empty or stands twice.
  public init?(_ unsorted: [Label]) {
    let sorted = unsorted.filter { !$0.value.isEmpty }.sorted()
    guard sorted.allSatisfy({ !$0.name.isEmpty }) else { return nil }
    for (left, right) in zip(sorted, sorted.dropFirst()) where sameBytes(left.name, right.name) {
      return nil
    }
    self.pairs = sorted
  }

  /// A series' labels from its metric name and the rest; empty values are dropped.
  ///
  /// - Returns: `nil` when the name is empty, or a label name is empty or stands twice.
  public init?(metric: String, _ rest: [(String, String)] = []) {
    guard !metric.isEmpty else { return nil }
    let name = Label(name: Labels.metricNameLabel, value: metric)
    self.init([name] + rest.map { Label(name: $0.0, value: $0.1) })
  }

  /// The metric name, empty where there is none.
  public var metric: String { self[Labels.metricNameLabel] ?? "" }

  /// The value of a label, or `nil` where it is not set.
  ///
  /// - Complexity: O(labels).
  public subscript(name: String) -> String? {
    for pair in pairs where pair.name == name { return pair.value }
    return nil
  }

  /// The labels whose names satisfy a condition.
  public func filter(_ keep: (String) -> Bool) -> Labels {
    Labels(sortedPairs: pairs.filter { keep($0.name) })
  }

  /// The same labels with one set, or removed where the value is empty.
  public func setting(_ name: String, to value: String) -> Labels {
    let others = pairs.filter { $0.name != name }
    return Labels(others + [Label(name: name, value: value)]) ?? self
  }
}

extension Labels: Comparable {
  /// Orders by metric name first, then by the pairs in byte order: how listings and reports are sorted.
  public static func < (left: Labels, right: Labels) -> Bool {
    let (a, b) = (left.metric, right.metric)
    if !sameBytes(a, b) { return a.utf8.lexicographicallyPrecedes(b.utf8) }
    return left.pairs.lexicographicallyPrecedes(right.pairs)
  }
}

extension Labels: CustomStringConvertible {
  /// PromQL's form: `cpu_usage{host="a"}`; names that need it are quoted, as Prometheus 3 does.
  public var description: String {
    let name = metric
    let bareName = Labels.isBareMetricName(name)
    var inside = bareName || name.isEmpty ? [] : [Labels.quoted(name)]
    for pair in pairs where pair.name != Labels.metricNameLabel {
      let shown = Labels.isBareLabelName(pair.name) ? pair.name : Labels.quoted(pair.name)
      inside.append("\(shown)=\(Labels.quoted(pair.value))")
    }
    if inside.isEmpty, bareName { return name }
    return (bareName ? name : "") + "{" + inside.joined(separator: ",") + "}"
  }

  /// Whether a metric name may stand outside quotes in PromQL: `[a-zA-Z_:][a-zA-Z0-9_:]*`.
  public static func isBareMetricName(_ text: String) -> Bool { isBare(text, colons: true) }

  /// Whether a label name may stand outside quotes in PromQL: `[a-zA-Z_][a-zA-Z0-9_]*`.
  public static func isBareLabelName(_ text: String) -> Bool { isBare(text, colons: false) }

  private static func isBare(_ text: String, colons: Bool) -> Bool {
    guard let first = text.utf8.first, !(48...57).contains(first) else { return false }
    return text.utf8.allSatisfy { byte in
      switch byte {
      case 48...57, 65...90, 97...122, UInt8(ascii: "_"): true
      case UInt8(ascii: ":"): colons
      default: false
      }
    }
  }

  /// A text in double quotes with PromQL's escapes.
  public static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\n": quoted += "\\n"
      case "\r": quoted += "\\r"
      case "\t": quoted += "\\t"
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}
