public import TSQCore

/// A time zone as the engine needs it: when the offset from UTC changes, and to what.
///
/// The caller reads its zone database and hands the changes over, so that forecasting stays free of
/// I/O. Daily and weekly seasons then follow the wall clock across daylight-saving changes.
public struct ZoneOffsets: Hashable, Sendable {
  /// One change: from `instant` on, local time is UTC plus `offsetSeconds`.
  public struct Change: Hashable, Sendable {
    /// The first instant the offset holds.
    public var instant: Timestamp
    /// Seconds to add to UTC.
    public var offsetSeconds: Int

    /// A change of the offset at an instant.
    public init(instant: Timestamp, offsetSeconds: Int) {
      self.instant = instant
      self.offsetSeconds = offsetSeconds
    }
  }

  /// The offset before the first change, seconds.
  public let initialOffsetSeconds: Int
  /// The changes, ascending.
  public let changes: [Change]

  /// Universal time: no offset, no change.
  public static let utc = ZoneOffsets(initialOffsetSeconds: 0, changes: [])

  /// A zone from its changes in any order.
  public init(initialOffsetSeconds: Int, changes: [Change]) {
    self.initialOffsetSeconds = initialOffsetSeconds
    self.changes = changes.sorted { $0.instant < $1.instant }
  }

  /// Seconds to add to UTC at an instant.
  ///
  /// - Complexity: O(changes).
  public func offsetSeconds(at instant: Timestamp) -> Int {
    var offset = initialOffsetSeconds
    for change in changes {
      if change.instant > instant { break }
      offset = change.offsetSeconds
    }
    return offset
  }
}
