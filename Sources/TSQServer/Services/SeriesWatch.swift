internal import Synchronization
internal import TSQStorage

/// Warns before the series limit is reached: once at 80 %, at 95 %, and when it is full.
///
/// Known series go on past the limit; new ones are refused, which is too late to find out by.
final class SeriesWatch: Sendable {
  /// Shares of the limit, in per cent, at which somebody is told.
  static let percents = [80, 95, 100]

  private let limit: Int
  private let warn: @Sendable (String) -> Void
  /// The next of `percents`.
  private let next = Atomic<Int>(0)

  /// A watch over a store; a limit of 0 is none.
  init(limit: Int, warn: @escaping @Sendable (String) -> Void) {
    self.limit = limit
    self.warn = warn
  }

  /// There are so many series now; cheap, since it is asked for every new key.
  func saw(_ count: Int) {
    guard limit > 0 else { return }
    while true {
      let level = next.load(ordering: .relaxed)
      guard level < SeriesWatch.percents.count,
        count >= SeriesWatch.threshold(level, of: limit)
      else { return }
      // A restart with a lower limit passes several at once.
      var passed = level + 1
      while passed < SeriesWatch.percents.count,
        count >= SeriesWatch.threshold(passed, of: limit)
      { passed += 1 }
      let (isMine, _) = next.compareExchange(expected: level, desired: passed, ordering: .relaxed)
      guard isMine else { continue }
      warn(
        "\(count) series are \(count * 100 / limit) % of the limit of \(limit); past it new "
          + "ones are refused: `tsq series --cardinality` shows which label makes them many")
    }
  }

  private static func threshold(_ level: Int, of limit: Int) -> Int {
    // Upwards, so that the last one is the limit itself.
    let (quotient, remainder) = limit.quotientAndRemainder(dividingBy: 100)
    return quotient * percents[level] + (remainder * percents[level] + 99) / 100
  }
}
