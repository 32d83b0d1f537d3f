internal import TSQCore

/// The instants an expression is evaluated at: regular steps, or just one.
struct StepGrid: Hashable, Sendable {
  /// The first step, nanoseconds since the epoch.
  var start: Int64
  /// Distance of the steps, nanoseconds; positive.
  var step: Int64
  /// How many.
  var count: Int

  /// The time of a step, nanoseconds; the grid's maker ensured that the last one fits.
  func time(_ index: Int) -> Int64 { start &+ Int64(index) &* step }
}

/// The windows `(end - range, end]` that a selector looks at, one per step.
///
/// Ends of the range of instants are held, not overflowed.
struct WindowGrid: Hashable, Sendable {
  private let grid: StepGrid
  private let offset: Int64
  /// Length of each window, nanoseconds; positive.
  let range: Int64
  /// Whether all windows are the same one, fixed by `@`.
  let isFixed: Bool

  /// The windows of a selector.
  ///
  /// - Parameters:
  ///   - grid: the steps of the evaluation.
  ///   - fixed: the instant `@` names, if any.
  ///   - offset: nanoseconds back from the step or the fixed instant.
  ///   - range: the window's length.
  init(grid: StepGrid, fixed: Int64?, offset: Int64, range: Int64) {
    if let fixed {
      self.grid = StepGrid(start: fixed, step: 1, count: min(grid.count, 1))
    } else {
      self.grid = grid
    }
    self.offset = offset
    self.range = range
    self.isFixed = fixed != nil
  }

  /// How many different windows there are: one where they are fixed.
  var count: Int { grid.count }

  /// The last instant inside a window.
  func end(_ index: Int) -> Int64 { saturatingDifference(grid.time(index), offset) }

  /// The instant just before a window's first.
  func start(_ index: Int) -> Int64 { saturatingDifference(end(index), range) }

  /// Every instant inside some window, or `nil` where there is none.
  var span: TimeRange? {
    guard count > 0 else { return nil }
    return TimeRange(
      after: Timestamp(nanoseconds: start(0)), through: Timestamp(nanoseconds: end(count - 1)))
  }

  /// The windows that share an instant with a stretch of time.
  ///
  /// - Complexity: O(log windows).
  func overlapping(_ stretch: TimeRange) -> Range<Int> {
    let first = firstIndex { end($0) >= stretch.start.nanoseconds }
    let last = firstIndex { start($0) >= stretch.end.nanoseconds }
    return first..<max(first, last)
  }

  /// The windows that hold a stretch of time whole.
  ///
  /// - Complexity: O(log windows).
  func covering(_ stretch: TimeRange) -> Range<Int> {
    let first = firstIndex { end($0) >= stretch.end.nanoseconds }
    let last = firstIndex { start($0) >= stretch.start.nanoseconds }
    return first..<max(first, last)
  }

  /// The first index that satisfies a condition that stays true once it is.
  private func firstIndex(_ condition: (Int) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = low + (high - low) / 2
      if condition(middle) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}

/// The difference, held at the ends of `Int64`.
func saturatingDifference(_ left: Int64, _ right: Int64) -> Int64 {
  let (difference, overflow) = left.subtractingReportingOverflow(right)
  if overflow { return right > 0 ? .min : .max }
  return difference
}
