internal import TSQCore

/// Days of the month on which a series of days does something of its own: invoices on the first, a
/// report on the last.
///
/// What such a day adds is the median of how far it lay off the same weekday in the weeks around it.
/// A day counts only where that is beyond what as many values of noise could show, and nearly always
/// on the same side; the last day of a month is a place of its own, whatever its number.
struct MonthDays {
  /// The places that stand out, ascending: 1 to 31, or `lastDay`.
  let places: [Int]
  /// What each bucket has of them: first the history's, then the horizon's.
  private let effects: [Double]
  private let count: Int

  /// The place of the last day of a month.
  static let lastDay = 32
  /// The fewest days of history: a year has twelve of each.
  static let fewestDays = 365
  /// The fewest times a place must have been seen.
  private static let fewestTimes = 6
  /// How far a median must lie off, in its own standard errors: real series have longer tails than
  /// normal noise, and a day that matters is far beyond them.
  private static let errors = 6.0
  /// Share of the times that must lie on the effect's side.
  private static let sameSide = 0.8

  /// The places that stand out, or `nil` where none does.
  ///
  /// - Parameters:
  ///   - history: days; gaps are NaN.
  ///   - calendar: the place of each day of the history and of the horizon after it.
  init?(_ history: [Double], calendar: [Int]) {
    guard history.count >= Self.fewestDays, calendar.count >= history.count else { return nil }
    var rests = [[Double]](repeating: [], count: Self.lastDay + 1)
    var sizes: [Double] = []
    for index in history.indices where !history[index].isNaN {
      let around = [-14, -7, 7, 14].compactMap { distance -> Double? in
        let other = index + distance
        guard history.indices.contains(other), !history[other].isNaN else { return nil }
        return history[other]
      }
      guard around.count >= 2 else { continue }
      let rest = history[index] - Selection.median(around)
      rests[calendar[index]].append(rest)
      sizes.append(abs(rest))
    }
    let mean = sizes.reduce(0, +) / Double(max(sizes.count, 1))
    // 1.4826 makes the median size the standard deviation of normal noise.
    let deviation = max(1.4826 * Selection.median(sizes), 0.25 * mean, 1e-12)
    var found = [Double](repeating: 0, count: Self.lastDay + 1)
    for place in found.indices where rests[place].count >= Self.fewestTimes {
      let (own, times) = (rests[place], Double(rests[place].count))
      let middle = Selection.median(own)
      // A median's standard error is 1.2533 of a mean's.
      guard abs(middle) > Self.errors * 1.2533 * deviation / times.squareRoot() else { continue }
      let same = own.count { ($0 > 0) == (middle > 0) }
      if Double(same) >= Self.sameSide * times { found[place] = middle }
    }
    places = found.indices.filter { found[$0] != 0 }
    guard !places.isEmpty else { return nil }
    effects = calendar.map { found[$0] }
    count = history.count
  }

  /// The history without them.
  func removed(_ history: [Double]) -> [Double] { zip(history, effects).map { $0 - $1 } }

  /// Puts them into a path that begins after the history.
  func add(to path: inout [Double]) {
    for step in path.indices { path[step] += ahead(step) }
  }

  /// What they add at a step of the horizon.
  func ahead(_ step: Int) -> Double {
    count + step < effects.count ? effects[count + step] : 0
  }

  /// The place in its month of each bucket of a day, as it lies in UTC.
  ///
  /// - Parameters:
  ///   - end: the label of the last bucket of the history; a bucket ends at its label.
  ///   - count: buckets of history.
  ///   - ahead: buckets after it.
  /// - Returns: one place a bucket, 1 to 31 or `lastDay`.
  static func calendar(end: Timestamp, count: Int, ahead: Int) -> [Int] {
    let day: Int64 = 86_400_000_000_000
    let last = Int(end.adding(nanoseconds: -1).nanoseconds.flooredDivision(by: day).quotient)
    return (0..<count + ahead).map { index in
      let number = last - (count - 1) + index
      let isLast = CalendarText.civilDate(daysSinceEpoch: number + 1).day == 1
      return isLast ? lastDay : CalendarText.civilDate(daysSinceEpoch: number).day
    }
  }
}
