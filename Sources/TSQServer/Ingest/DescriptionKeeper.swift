internal import Synchronization
package import TSQCore
package import TSQStorage

/// Passes descriptions of metrics on to the store when they say something new.
///
/// Senders repeat theirs with every request. The number of metrics described is bounded, since each
/// description lives in memory and in every log file.
package final class DescriptionKeeper: Sendable {
  /// Metrics described at most; a large Prometheus server has some ten thousand.
  package static let metricLimit = 100_000
  /// Bytes of a help text; longer ones are cut, since they are read by people only.
  package static let helpBytes = 4_096
  /// Bytes of a name or unit; a description with a longer one is not kept.
  package static let nameBytes = 4_096

  fileprivate struct State {
    var known: [String: MetricMetadata] = [:]
    var refused = 0
  }

  private let sink: any SampleSink
  private let state = Mutex(State())

  /// A keeper in front of a sink.
  package init(sink: any SampleSink) { self.sink = sink }

  /// Descriptions that were not kept: past the limit, or with a name that is too long.
  package var refused: Int { state.withLock { $0.refused } }

  /// Keeps descriptions; durable when it returns.
  ///
  /// - Parameter declared: in the order they came; the last one of a metric counts.
  /// - Throws: what the store throws.
  package func keep(_ declared: [MetricMetadata]) async throws(StoreError) {
    guard !declared.isEmpty else { return }
    var newest: [String: MetricMetadata] = [:]
    for metric in declared { newest[metric.metric] = DescriptionKeeper.shortened(metric) }
    let changed = state.withLock { state in
      newest.values.filter { state.admits($0) }
    }
    guard !changed.isEmpty else { return }
    try await sink.record(changed)
    state.withLock { state in
      for item in changed { state.known[item.metric] = item }
    }
  }

  /// A description with its help text cut to what is kept.
  private static func shortened(_ declared: MetricMetadata) -> MetricMetadata {
    var kept = declared
    while kept.help.utf8.count > helpBytes {
      let scalars = kept.help.unicodeScalars
      kept.help = String(scalars.prefix(scalars.count * 3 / 4))
    }
    return kept
  }
}

extension DescriptionKeeper.State {
  /// Whether a description is new and may be kept; one that may not is counted.
  fileprivate mutating func admits(_ item: MetricMetadata) -> Bool {
    if known[item.metric] == item { return false }
    let isShort =
      item.metric.utf8.count <= DescriptionKeeper.nameBytes
      && item.unit.utf8.count <= DescriptionKeeper.nameBytes
    let hasPlace = known[item.metric] != nil || known.count < DescriptionKeeper.metricLimit
    if !isShort || !hasPlace { refused += 1 }
    return isShort && hasPlace
  }
}
