/// Whether a history only ever rises, or only ever falls; its future then does too.
struct Monotone {
  /// Almost every change is upward or none.
  let rises: Bool
  /// Almost every change is downward or none.
  let falls: Bool

  /// Share of the changes that may go the other way: resets and repairs happen.
  private static let exceptions = 0.005
  /// The fewest values that may decide it.
  private static let fewest = 24
  /// The fewest changes: a quota that was raised twice may be lowered next.
  ///
  /// Twelve of twelve go one way by chance once in 2,048 times.
  private static let fewestChanges = 12

  init(_ values: [Double]) {
    var (up, down, total) = (0, 0, 0)
    var previous = Double.nan
    for value in values where value.isFinite {
      if previous.isFinite {
        total += 1
        if value > previous { up += 1 }
        if value < previous { down += 1 }
      }
      previous = value
    }
    let allowed = Monotone.exceptions * Double(total)
    let enough = total >= Monotone.fewest && up + down >= Monotone.fewestChanges
    // A constant series is neither: nothing says which way it may go.
    rises = enough && up > 0 && Double(down) < allowed
    falls = enough && down > 0 && Double(up) < allowed
  }

  /// Where a path starts from: the newest value.
  func start(_ values: [Double]) -> Double {
    rises || falls ? values.last ?? 0 : 0
  }

  /// A value that does not go back behind what the path has reached.
  func held(_ value: Double, _ reached: inout Double) -> Double {
    if rises { reached = max(reached, value) }
    if falls { reached = min(reached, value) }
    return rises || falls ? reached : value
  }

  /// The same for an interval's end, which also never goes back behind the newest value.
  func held(_ value: Double, _ reached: inout Double, floor values: [Double]) -> Double {
    guard rises || falls, let last = values.last else { return value }
    return held(rises ? max(value, last) : min(value, last), &reached)
  }
}
