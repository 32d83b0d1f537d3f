/// Lone values that cannot be measurements: a counter read half, a unit mixed up, an uninitialised field.
///
/// Models hold back outliers of the usual kind; what is many orders of magnitude away would take their
/// digits first. Such a value becomes a gap, and is told.
enum AbsurdValues {
  /// A value is absurd that lies this many times the range of 98 % of the values from their median.
  ///
  /// So many that no real burst is: of a lognormal of deviation 2 it would take one value in 270
  /// million, and a service that idles at 0.1 % cannot be busy by as much.
  static let rangesMax = 1_000.0
  /// Fewer values show no range.
  static let fewestValues = 50
  /// More than this share of the values are no accident.
  static let shareMax = 0.01

  /// Turns absurd values into gaps, where normal ones follow: at the end they may be a new level.
  ///
  /// - Parameters:
  ///   - values: a history; gaps are not finite.
  ///   - bounds: of the quantity; a value is absurd as well that lies outside by more than they are apart.
  /// - Returns: how many there were.
  /// - Complexity: O(n) on average.
  static func remove(from values: inout [Double], bounds: ValueBounds) -> Int {
    var finite = values.filter(\.isFinite)
    let count = finite.count
    guard count >= fewestValues else { return 0 }
    let spare = count / 100
    let low = Selection.select(&finite, rank: spare)
    let high = Selection.select(&finite, rank: count - 1 - spare)
    let middle = Selection.select(&finite, rank: count / 2)
    let reach = (high - low) * rangesMax
    let room = bounds.lower.flatMap { lower in bounds.upper.map { $0 - lower } }
    func isAbsurd(_ value: Double) -> Bool {
      if reach > 0, abs(value - middle) > reach { return true }
      guard let room, let lower = bounds.lower, let upper = bounds.upper else { return false }
      return value > upper + room || value < lower - room
    }
    let found = values.indices.filter { values[$0].isFinite && isAbsurd(values[$0]) }
    let lastNormal = values.lastIndex { $0.isFinite && !isAbsurd($0) } ?? 0
    let lone = found.filter { $0 < lastNormal }
    guard Double(found.count) <= shareMax * Double(count) else { return 0 }
    for index in lone { values[index] = .nan }
    return lone.count
  }
}
