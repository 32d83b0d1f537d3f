extension SeriesSummary {
  /// Summarises a run of samples.
  ///
  /// - Parameters:
  ///   - times: nanoseconds, ascending, shape `(n)`.
  ///   - values: one per time, shape `(n)`; any bit pattern.
  /// - Complexity: O(n), a few passes, no allocation.
  public init(times: Span<Int64>, values: Span<Double>) {
    precondition(times.count == values.count, "columns of one series have equal lengths")
    self.init()
    if values.isEmpty { return }
    // Nearly every block holds finite values only, and then no sample needs a question asked.
    if isAllFinite(values) {
      summarizeFinite(times, values)
    } else {
      countAndOrder(times, values)
    }
    if finiteCount > 0 { moments = Moments(times: times, values: values, finiteCount: finiteCount) }
  }

  /// Everything but the moments of finite values, in passes that a processor runs several wide.
  private mutating func summarizeFinite(_ times: Span<Int64>, _ values: Span<Double>) {
    let last = values.count - 1
    finiteCount = values.count
    (firstTime, firstValue) = (times[0], values[0])
    (lastTime, lastValue) = (times[last], values[last])
    (minimum, maximum) = extremes(of: values)
    minimumTime = times[firstIndex(of: minimum, in: values)]
    maximumTime = times[firstIndex(of: maximum, in: values)]
    (resetCount, resetSum, changeCount) = steps(of: values)
    (finiteSum, finiteSumLow) = compensatedSum(of: values)
  }

  /// Everything but the moments, sample by sample.
  private mutating func countAndOrder(_ times: Span<Int64>, _ values: Span<Double>) {
    var live = 0
    for index in values.indices {
      let value = values[index]
      if SpecialValue.isStale(value) {
        staleCount += 1
        continue
      }
      let time = times[index]
      if live == 0 {
        (firstTime, firstValue) = (time, value)
      } else {
        if value < lastValue {
          resetSum += lastValue
          resetCount += 1
        }
        if value != lastValue, !(value.isNaN && lastValue.isNaN) { changeCount += 1 }
      }
      (lastTime, lastValue) = (time, value)
      // The first number sets both, even an infinity, which is no less than the start value.
      let isFirstNumber = live == nanCount
      if value < minimum || (isFirstNumber && !value.isNaN) {
        (minimum, minimumTime) = (value, time)
      }
      if value > maximum || (isFirstNumber && !value.isNaN) {
        (maximum, maximumTime) = (value, time)
      }
      count(value)
      live += 1
    }
  }

  private mutating func count(_ value: Double) {
    if value.isFinite {
      finiteCount += 1
      (finiteSum, finiteSumLow) = Self.add(finiteSum, finiteSumLow, value, 0)
    } else if value.isNaN {
      nanCount += 1
    } else if value > 0 {
      positiveInfinityCount += 1
    } else {
      negativeInfinityCount += 1
    }
  }
}

// MARK: - Passes over finite values

/// Whether a column holds neither NaN nor infinity.
private func isAllFinite(_ values: Span<Double>) -> Bool {
  let exponent = Double.infinity.bitPattern
  var others = 0
  for index in values.indices where values[index].bitPattern & exponent == exponent { others &+= 1 }
  return others == 0
}

/// The smallest and the largest of at least one finite value; of equal ones (0 and -0) the first.
private func extremes(of values: Span<Double>) -> (Double, Double) {
  // Four of each: one alone would wait for the comparison before.
  var low = (values[0], values[0], values[0], values[0])
  var high = low
  var index = 0
  while index + 4 <= values.count {
    let (a, b, c, d) = (values[index], values[index + 1], values[index + 2], values[index + 3])
    low = (
      a < low.0 ? a : low.0, b < low.1 ? b : low.1, c < low.2 ? c : low.2, d < low.3 ? d : low.3
    )
    high = (
      a > high.0 ? a : high.0, b > high.1 ? b : high.1, c > high.2 ? c : high.2,
      d > high.3 ? d : high.3
    )
    index += 4
  }
  while index < values.count {
    low.0 = values[index] < low.0 ? values[index] : low.0
    high.0 = values[index] > high.0 ? values[index] : high.0
    index += 1
  }
  let least = Swift.min(Swift.min(low.0, low.1), Swift.min(low.2, low.3))
  let most = Swift.max(Swift.max(high.0, high.1), Swift.max(high.2, high.3))
  // The zero that came first has the say about its sign.
  return (values[firstIndex(of: least, in: values)], values[firstIndex(of: most, in: values)])
}

/// The first position of a value that the column holds.
private func firstIndex(of value: Double, in values: Span<Double>) -> Int {
  for index in values.indices where values[index] == value { return index }
  return 0
}

/// Counter resets, the sum of the values before them, and changes, of finite values.
private func steps(of values: Span<Double>) -> (resets: Int, resetSum: Double, changes: Int) {
  // Two at a time and without a branch: in a gauge, half of the values are below the one before.
  var (falls, moves) = (SIMD2<Int64>.zero, SIMD2<Int64>.zero)
  var fallen = SIMD2<Double>.zero
  var index = 1
  while index + 2 <= values.count {
    let before = SIMD2(values[index - 1], values[index])
    let after = SIMD2(values[index], values[index + 1])
    let isFall = after .< before
    falls &+= SIMD2<Int64>.zero.replacing(with: 1, where: isFall)
    moves &+= SIMD2<Int64>.zero.replacing(with: 1, where: after .!= before)
    fallen += SIMD2<Double>.zero.replacing(with: before, where: isFall)
    index += 2
  }
  if index < values.count {
    let (before, after) = (values[index - 1], values[index])
    falls[0] &+= after < before ? 1 : 0
    moves[0] &+= after != before ? 1 : 0
    fallen[0] += after < before ? before : 0
  }
  return (Int(falls.wrappedSum()), fallen[0] + fallen[1], Int(moves.wrappedSum()))
}

/// The sum of finite values as a rounded sum and what it lost.
///
/// Four compensated sums, joined at the end. Source: Neumaier, "Rundungsfehleranalyse einiger Verfahren
/// zur Summation endlicher Summen", ZAMM 54, 1974, with Knuth's branch-free two-sum.
private func compensatedSum(of values: Span<Double>) -> (Double, Double) {
  var sums = (0.0, 0.0, 0.0, 0.0)
  var lost = (0.0, 0.0, 0.0, 0.0)
  var index = 0
  while index + 4 <= values.count {
    add(values[index], &sums.0, &lost.0)
    add(values[index + 1], &sums.1, &lost.1)
    add(values[index + 2], &sums.2, &lost.2)
    add(values[index + 3], &sums.3, &lost.3)
    index += 4
  }
  while index < values.count {
    add(values[index], &sums.0, &lost.0)
    index += 1
  }
  let left = SeriesSummary.add(sums.0, lost.0, sums.1, lost.1)
  let right = SeriesSummary.add(sums.2, lost.2, sums.3, lost.3)
  return SeriesSummary.add(left.0, left.1, right.0, right.1)
}

@inline(__always)
private func add(_ value: Double, _ sum: inout Double, _ lost: inout Double) {
  let high = sum + value
  let rounded = high - sum
  lost += (sum - (high - rounded)) + (value - rounded)
  sum = high
}
