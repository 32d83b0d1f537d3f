public import TSQCore

/// An order to delete: the samples of matching series inside a time range.
///
/// It takes effect on everything that was accepted before it (a lower sequence), and on nothing
/// that comes after: the same series may be written again.
public struct Tombstone: Hashable, Sendable {
  /// A series is meant when all of these match; never empty, so that no slip deletes everything.
  public let matchers: [LabelMatcher]
  /// The samples meant; both ends included.
  public let range: TimeRange

  /// An order to delete.
  ///
  /// - Precondition: at least one matcher.
  public init(matchers: [LabelMatcher], range: TimeRange) {
    precondition(!matchers.isEmpty, "a deletion needs at least one matcher")
    self.matchers = matchers
    self.range = range
  }

  /// Whether a series is meant.
  public func matches(_ labels: Labels) -> Bool { matchers.allSatisfy { $0.matches(labels) } }
}
