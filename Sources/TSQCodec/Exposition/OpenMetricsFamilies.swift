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
  /// Names of the samples of families that have some.
  private var claimed: Set<[UInt8]> = []

  /// What the metric before the last line lacks; the parser takes it after every line.
  private var missing: RejectReason?
  /// Descriptions that became complete; the parser takes them after every line.
  private var described: [MetricMetadata] = []

  /// Hands out, once, what a metric turned out to lack.
  mutating func takeMissing() -> RejectReason? {
    defer { missing = nil }
    return missing
  }

  /// Hands out, once, the descriptions that are complete.
  mutating func takeDescribed() -> [MetricMetadata] {
    guard !described.isEmpty else { return [] }
    defer { described = [] }
    return described
  }

  /// Takes a metadata line.
  mutating func describe(
    _ keyword: MetadataKeyword, _ name: [UInt8], _ content: String
  ) throws(RejectReason) {
    if current?.name != name {
      guard !begun.contains(name) else { throw .badGrouping }
      close()
      begun.insert(name)
      current = OpenMetricsFamily(name: name)
    }
    try current?.describe(keyword, content)
  }

  /// Takes a sample; one that is rejected changes nothing.
  mutating func admit(_ sample: OpenMetricsSample) throws(RejectReason) {
    if current?.suffix(of: sample.name) == nil { try open(sample) }
    let isFirst = current?.hasSamples == false
    if isFirst { try checkNames() }
    if let lacking = try current?.admit(sample) { missing = lacking }
    guard isFirst, let current else { return }
    claimed.formUnion(current.sampleNames)
    if let declaration = current.declaration { described.append(declaration) }
  }

  /// Begins the family of a sample that has none of its own kind before it.
  private mutating func open(_ sample: OpenMetricsSample) throws(RejectReason) {
    let name = sample.name
    // Names of the families before: the sample comes too late, or does not fit its type.
    guard !begun.contains(name) else {
      guard current?.name == name else { throw .badGrouping }
      current?.spoil()
      throw .badSuffix
    }
    guard !claimed.contains(name) else { throw .badGrouping }
    if let current, name.starts(with: current.name + [UInt8(ascii: "_")]),
      OpenMetricsFamily.anySuffix(name.dropFirst(current.name.count))
    {
      self.current?.spoil()
      throw .badSuffix
    }
    // The one rule that a sample without a type can break: checked before the family is begun.
    if sample.exemplar != nil { throw .badExemplar }
    close()
    begun.insert(name)
    current = OpenMetricsFamily(name: name)
  }

  /// Notes that a rejected line may have been a sample of the metric under way.
  mutating func spoil() { current?.spoil() }

  /// Ends the family under way.
  mutating func close() {
    guard let family = current else { return }
    current = nil
    missing = family.missing
    // A family with samples was described by the first of them.
    if !family.hasSamples, let declaration = family.declaration { described.append(declaration) }
  }

  /// Checks that no other family uses the names of this one's samples.
  private func checkNames() throws(RejectReason) {
    guard let current else { return }
    for name in current.sampleNames where claimed.contains(name) { throw .badGrouping }
  }
}
