internal import TSQCore

/// Holds an exposition to OpenMetrics' rules on metric families, one line at a time.
///
/// Source: OpenMetrics 1.0 (https://prometheus.io/docs/specs/om/open_metrics_spec/), sections
/// "Data model", "Metric types" and "Text format".
struct OpenMetricsFamilies: Sendable {
  /// Whether `# EOF` was read.
  var isAtEnd = false
  private var current: OpenMetricsFamily?
  /// Families that were begun: each stands in one place.
  private var begun: Set<[UInt8]> = []
  /// Sample names that belong to a family.
  private var claimed: Set<[UInt8]> = []

  /// What admitting a sample did beside it.
  struct Admission {
    /// The description of the family that the sample opened, where it has one.
    var opened: MetricMetadata?
    /// Whether the sample ended a histogram's buckets.
    var leftHistogram = false
  }

  /// Whether the histogram under way has no bucket `+Inf` yet.
  var lacksLastBucket: Bool { current?.lacksLastBucket ?? false }

  /// Takes a metadata line.
  ///
  /// - Returns: the description of the family before, where that one had no samples.
  mutating func describe(
    _ keyword: MetadataKeyword, _ name: [UInt8], _ content: String
  ) throws(RejectReason) -> MetricMetadata? {
    var closed: MetricMetadata?
    if current?.name != name {
      guard !begun.contains(name) else { throw .badGrouping }
      closed = close()
      begun.insert(name)
      current = OpenMetricsFamily(name: name)
    }
    try current?.describe(keyword, content)
    return closed
  }

  /// Takes a sample whose labels are in a key.
  mutating func admit(
    _ key: LabelKey, value: Double, time: Int64?, hasExemplar: Bool
  ) throws(RejectReason) -> Admission {
    guard let name = key.value(of: Labels.metricNameLabel.utf8).map({ Array($0) }) else {
      throw .missingMeasurement
    }
    var admission = Admission()
    let lacked = lacksLastBucket
    if current?.suffix(of: name) == nil {
      // Names of the families before: the sample comes too late, or does not fit its type.
      guard !begun.contains(name) else {
        throw current?.name == name ? .badSuffix : .badGrouping
      }
      guard !claimed.contains(name) else { throw .badGrouping }
      if let current, name.starts(with: current.name + [UInt8(ascii: "_")]),
        OpenMetricsFamily.anySuffix(name.dropFirst(current.name.count))
      {
        throw .badSuffix
      }
      admission.opened = close()
      begun.insert(name)
      current = OpenMetricsFamily(name: name)
    }
    if current?.hasSamples == false {
      try claim()
      if admission.opened == nil { admission.opened = current?.declaration }
    }
    try current?.admit(key, name, value: value, time: time, hasExemplar: hasExemplar)
    admission.leftHistogram = lacked && (current?.startedGroup ?? false)
    return admission
  }

  /// Ends the family under way.
  ///
  /// - Returns: its description, where no sample has told it yet.
  mutating func close() -> MetricMetadata? {
    defer { current = nil }
    guard let current, !current.hasSamples else { return nil }
    return current.declaration
  }

  /// Reserves the names of the family's samples, so that no other family uses them.
  private mutating func claim() throws(RejectReason) {
    guard let current else { return }
    let names = current.sampleNames
    for name in names where claimed.contains(name) { throw .badGrouping }
    claimed.formUnion(names)
  }
}
