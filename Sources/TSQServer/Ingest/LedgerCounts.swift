package import TSQCodec

/// What became of lines and samples; the two equations below hold at every moment.
///
/// `lines = accepted + rejected` and `samples = stored + replaced + ignored`.
package struct LedgerCounts: Sendable, Equatable {
  /// Data lines seen; blank lines and comments are none.
  package private(set) var lines = 0
  /// Lines whose samples are in the store; a line of strings only is accepted with no samples.
  package private(set) var accepted = 0
  /// Lines not stored, by reason.
  package private(set) var rejectedByReason: [RejectReason: Int] = [:]
  /// Fields of accepted lines.
  package private(set) var samples = 0
  /// Samples the store did not have.
  package private(set) var stored = 0
  /// Samples that took the place of an earlier one of the same series and time.
  package private(set) var replaced = 0
  /// String fields, which are not stored.
  package private(set) var ignored = 0
  /// Integers past 2^53 that were rounded; they are among the stored ones.
  package private(set) var rounded = 0
  /// Bytes of input.
  package private(set) var bytes = 0

  package init() {}

  /// Lines not stored.
  package var rejected: Int { rejectedByReason.values.reduce(0, +) }

  /// Whether both equations hold.
  package var isBalanced: Bool {
    lines == accepted + rejected && samples == stored + replaced + ignored
  }

  /// Counts lines whose samples the store has taken.
  package mutating func addAccepted(
    lines count: Int, stored: Int, replaced: Int, ignored: Int, rounded: Int
  ) {
    lines += count
    accepted += count
    samples += stored + replaced + ignored
    self.stored += stored
    self.replaced += replaced
    self.ignored += ignored
    self.rounded += rounded
  }

  /// Counts lines that were not stored.
  package mutating func addRejected(_ reason: RejectReason, lines count: Int = 1) {
    guard count > 0 else { return }
    lines += count
    rejectedByReason[reason, default: 0] += count
  }

  /// Counts bytes of input.
  package mutating func addBytes(_ count: Int) { bytes += count }

  /// Adds another account.
  package mutating func add(_ other: LedgerCounts) {
    lines += other.lines
    accepted += other.accepted
    rejectedByReason.merge(other.rejectedByReason, uniquingKeysWith: +)
    samples += other.samples
    stored += other.stored
    replaced += other.replaced
    ignored += other.ignored
    rounded += other.rounded
    bytes += other.bytes
  }
}
