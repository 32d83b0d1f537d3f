package import TSQCore

/// What one frame of the log says: one batch of one sender, or one order.
package enum WALEntry: Hashable, Sendable {
  /// Samples were accepted.
  case samples(SampleBatch)
  /// Samples accepted before are deleted.
  case tombstone(Tombstone)
  /// A metric was described.
  case metadata(MetricMetadata)

  /// Bytes the entry takes in memory, about: what queue and group limits count.
  package var approximateByteCount: Int {
    switch self {
    case .samples(let batch): 64 + batch.count * 20
    case .tombstone(let tombstone):
      tombstone.matchers.reduce(64) { $0 + $1.name.utf8.count + $1.value.utf8.count + 8 }
    case .metadata(let metadata):
      64 + metadata.metric.utf8.count + metadata.unit.utf8.count + metadata.help.utf8.count
    }
  }
}

/// Why the body of a frame with a right checksum cannot be read.
enum WALBodyError: Error, Equatable, CustomStringConvertible {
  /// The bytes break the format.
  case malformed(String)

  var description: String {
    switch self {
    case .malformed(let reason): reason
    }
  }
}
