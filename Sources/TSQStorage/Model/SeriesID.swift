package import TSQCore

/// The number of a series while a store is open: dense from 0, in the order the series appeared.
///
/// Never written to a file: every WAL file and segment numbers its series by itself, so that no
/// sample depends on another file to know whose it is.
public struct SeriesID: Hashable, Comparable, Sendable {
  /// The number.
  public let rawValue: UInt32

  /// The id with a number.
  @inlinable
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// Orders by number, which is the order of appearance.
  @inlinable
  public static func < (left: SeriesID, right: SeriesID) -> Bool { left.rawValue < right.rawValue }
}

extension SeriesID: CustomStringConvertible {
  /// The bare number with a mark: `#17`.
  public var description: String { "#\(rawValue)" }
}

/// Who knows which labels a series number stands for.
package protocol SeriesResolver: Sendable {
  /// The labels of a series.
  ///
  /// - Precondition: the resolver has given out the id.
  func labels(of id: SeriesID) -> Labels

  /// The id of a series, given to it now where it is new.
  ///
  /// Used by replay, so no limit on series applies: what was acknowledged has a place.
  func id(of labels: Labels) -> SeriesID
}
