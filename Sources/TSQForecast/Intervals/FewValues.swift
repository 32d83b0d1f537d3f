/// How far a forecast from a handful of values may be off.
///
/// Too few to measure errors, so the series is taken for a random walk whose steps have the usual
/// size of the changes seen: after k steps the error grows with the root of k, and as the size is
/// known from so few changes the quantile is Student's t. Wide on purpose: that is what a handful
/// of values says. Source: Student, "The probable error of a mean", Biometrika 6, 1908.
struct FewValues {
  /// Root mean square of the changes a step; 0 where nothing changed, which tells no size.
  let size: Double
  /// Changes it is known from.
  let changes: Int

  /// The size of a history's changes, or `nil` where it is long enough to measure errors.
  ///
  /// - Parameter values: gaps are NaN; a change over a gap counts by the root of its length.
  init?(_ values: [Double]) {
    var (squares, changes) = (0.0, 0)
    var last: (index: Int, value: Double)?
    for (index, value) in values.enumerated() where value.isFinite {
      if let last {
        let change = value - last.value
        squares += change * change / Double(index - last.index)
        changes += 1
      }
      last = (index, value)
    }
    guard changes + 1 < GateRules.fewestBuckets else { return nil }
    size = changes > 0 ? (squares / Double(changes)).squareRoot() : 0
    self.changes = changes
  }

  /// Whether the values say anything about how far the next may lie.
  var tellsSize: Bool { size > 0 }

  /// Half the width of an interval after each of some steps.
  func reach(level: Double, steps: Int) -> [Double] {
    let quantile = Quantile.studentT(0.5 + level / 2, degrees: Double(changes))
    return (0..<steps).map { quantile * size * Double($0 + 1).squareRoot() }
  }

  /// The probability that the walk has passed a level this far ahead, after each of some steps.
  ///
  /// Twice the chance of lying beyond it then: each path that passed it is as likely below it as
  /// above (the reflection principle).
  func passing(distance: Double, steps: Int) -> [Double] {
    (0..<steps).map { step in
      let reached = distance / (size * Double(step + 1).squareRoot())
      guard reached > 0 else { return 1 }
      // The quantile whose value it is, by halving; its chance lies between a half and one.
      var (low, high) = (0.5, 1.0)
      for _ in 0..<40 {
        let middle = (low + high) / 2
        if Quantile.studentT(middle, degrees: Double(changes)) < reached {
          low = middle
        } else {
          high = middle
        }
      }
      return 2 * (1 - low)
    }
  }
}
