internal import CTSQKernels

/// What an integer is expected to be, so that only the difference is stored.
///
/// Positions count from 0; the first quotient is always 0, since quotients are relative to the first
/// integer. All arithmetic wraps modulo 2^64 and so is exact both ways.
enum Predictor: UInt8, CaseIterable, Sendable {
  /// Nothing is expected: the residual is the integer.
  case none = 0
  /// The integer before (delta).
  case previous = 1
  /// The integer before plus the last step (delta of delta).
  case line = 2
  /// The position times a fixed step: an expected grid, about which timestamps jitter.
  case grid = 3

  /// How many residuals at the start mean nothing, since the header holds what they would say.
  var headCount: Int {
    switch self {
    case .none, .grid: 0
    case .previous: 1
    case .line: 2
    }
  }

  /// Writes the residuals of some quotients; those at the head are set to the first that counts.
  ///
  /// - Parameters:
  ///   - quotients: relative to the first, which is 0.
  ///   - step: for `grid`, what a position adds.
  ///   - residuals: as many as quotients.
  func residuals(
    of quotients: Span<Int64>, step: Int64, into residuals: inout MutableSpan<Int64>
  ) {
    let count = quotients.count
    precondition(residuals.count >= count, "a residual a quotient")
    unsafe quotients.withUnsafeBufferPointer { source in
      unsafe residuals.withUnsafeMutableBufferPointer { target in
        guard let first = source.baseAddress, let residual = target.baseAddress else { return }
        switch self {
        case .none: unsafe residual.update(from: first, count: count)
        case .previous: unsafe tsq_differences(first, count, residual)
        case .line: unsafe tsq_bends(first, count, residual)
        case .grid:
          for index in 0..<count {
            unsafe residual[index] = first[index] &- Int64(truncatingIfNeeded: index) &* step
          }
        }
      }
    }
    let filler = count > headCount ? residuals[headCount] : 0
    for index in 0..<min(headCount, count) { residuals[index] = filler }
  }

  /// The range of a sample of the residuals at even distances.
  func sample(of quotients: Span<Int64>, step: Int64) -> SampledRange {
    var sample = SampledRange()
    let count = quotients.count - headCount
    for position in 0..<SortedSample.places(of: count) {
      let index = headCount + SortedSample.place(position, of: count)
      switch self {
      case .none: sample.insert(quotients[index])
      case .previous: sample.insert(quotients[index] &- quotients[index - 1])
      case .line:
        let last = quotients[index - 1]
        sample.insert(quotients[index] &- last &- (last &- quotients[index - 2]))
      case .grid: sample.insert(quotients[index] &- Int64(index) &* step)
      }
    }
    return sample
  }

  /// Turns residuals less a base into integers, in place.
  ///
  /// - Parameters:
  ///   - values: residuals less `base`; those at the head are ignored.
  ///   - base: to be added to every residual.
  ///   - step: for `grid` what a position adds; for `line` the second quotient.
  ///   - divisor: what the integers' differences were divided by.
  ///   - origin: the first integer.
  /// - Complexity: O(n), one pass, no allocation.
  func restore(
    _ values: inout MutableSpan<Int64>, base: Int64, step: Int64, divisor: Int64, origin: Int64
  ) {
    unsafe values.withUnsafeMutableBufferPointer { buffer in
      guard let first = buffer.baseAddress else { return }
      let count = buffer.count
      switch self {
      case .none:
        let start = origin &+ base &* divisor
        if divisor == 1 {
          for index in 0..<count { unsafe first[index] &+= start }
        } else {
          for index in 0..<count { unsafe first[index] = start &+ first[index] &* divisor }
        }
      case .previous:
        unsafe first[0] = origin
        unsafe tsq_running_sum(first + 1, count - 1, base, divisor, origin)
      case .line:
        var current = origin
        var delta = step &* divisor
        unsafe first[0] = current
        for index in 1..<max(1, count) {
          if index > 1 { unsafe delta &+= (first[index] &+ base) &* divisor }
          current &+= delta
          unsafe first[index] = current
        }
      case .grid:
        let start = origin &+ base &* divisor
        let advance = step &* divisor
        for index in 0..<count {
          unsafe first[index] =
            start &+ Int64(truncatingIfNeeded: index) &* advance &+ first[index] &* divisor
        }
      }
    }
  }
}
