extension Moments {
  /// The moments of the finite samples of a run.
  ///
  /// - Parameters:
  ///   - times: nanoseconds, ascending.
  ///   - values: one per time; those that are not finite are passed over.
  ///   - finiteCount: how many of `values` are finite, at least 1.
  /// - Complexity: O(n), two passes: the means first, since centred sums keep the digits.
  public init(times: Span<Int64>, values: Span<Double>, finiteCount: Int) {
    self.init()
    count = finiteCount
    var run = FiniteRun(times: times, values: values)
    let scale = 1 / Double(finiteCount)
    if finiteCount == values.count, run.isNarrow {
      run.addDense(scale: scale)
    } else {
      run.addSparse(scale: scale)
    }
    origin = run.origin
    (firstValue, lastValue) = (run.firstValue, run.lastValue)
    // Nanoseconds until here: one division a sum in place of one a sample.
    lastTime = run.lastOffset / 1e9
    meanTime = run.meanOffset / 1e9
    meanValue = run.meanValue
    sumSquaresTime = run.sums.timeTime / 1e18
    sumProducts = run.sums.timeValue / 1e9
    sumSquaresValue = run.sums.valueValue
    lagTimeTime = run.sums.lagTimeTime / 1e18
    lagTimeValue = run.sums.lagTimeValue / 1e9
    lagValueValue = run.sums.lagValueValue
  }
}

/// Centred sums of one lane of pairs; times are nanoseconds.
private struct CentredSums {
  var timeTime = 0.0
  var timeValue = 0.0
  var valueValue = 0.0
  var lagTimeTime = 0.0
  var lagTimeValue = 0.0
  var lagValueValue = 0.0

  /// Adds a pair of deviations and its products with the pair before.
  @inline(__always)
  mutating func add(_ time: Double, _ value: Double, after lastTime: Double, _ lastValue: Double) {
    timeTime += time * time
    timeValue += time * value
    valueValue += value * value
    lagTimeTime += lastTime * time
    lagTimeValue += lastTime * value + lastValue * time
    lagValueValue += lastValue * value
  }

  mutating func add(_ other: CentredSums) {
    timeTime += other.timeTime
    timeValue += other.timeValue
    valueValue += other.valueValue
    lagTimeTime += other.lagTimeTime
    lagTimeValue += other.lagTimeValue
    lagValueValue += other.lagValueValue
  }
}

/// Two passes over a run, and what they find; times are nanoseconds since `origin`.
private struct FiniteRun: ~Escapable {
  let times: Span<Int64>
  let values: Span<Double>
  var origin: Int64 = 0
  var firstValue = 0.0
  var lastValue = 0.0
  var lastOffset = 0.0
  var meanOffset = 0.0
  var meanValue = 0.0
  var sums = CentredSums()

  @_lifetime(copy times, copy values)
  init(times: Span<Int64>, values: Span<Double>) {
    self.times = times
    self.values = values
  }

  /// Whether every distance of two instants is an `Int64` of nanoseconds.
  var isNarrow: Bool {
    !times[times.count - 1].subtractingReportingOverflow(times[0]).overflow
  }

  /// Every sample counts: two lanes, so that no sum waits for itself at every step.
  @_lifetime(self: copy self)
  mutating func addDense(scale: Double) {
    let count = values.count
    origin = times[0]
    (firstValue, lastValue) = (values[0], values[count - 1])
    lastOffset = Double(times[count - 1] &- origin)
    var (timeEven, timeOdd, valueEven, valueOdd) = (0.0, 0.0, 0.0, 0.0)
    var index = 0
    while index + 2 <= count {
      timeEven += Double(times[index] &- origin)
      timeOdd += Double(times[index + 1] &- origin)
      // Scaled before adding: the mean of doubles near 1e308 is finite though their sum is not.
      valueEven += values[index] * scale
      valueOdd += values[index + 1] * scale
      index += 2
    }
    if index < count {
      timeEven += Double(times[index] &- origin)
      valueEven += values[index] * scale
    }
    meanOffset = (timeEven + timeOdd) * scale
    meanValue = valueEven + valueOdd

    var (even, odd) = (CentredSums(), CentredSums())
    var (lastTime, last) = (0.0, 0.0)
    index = 0
    while index + 2 <= count {
      let (timeA, valueA) = deviation(index)
      let (timeB, valueB) = deviation(index + 1)
      even.add(timeA, valueA, after: lastTime, last)
      odd.add(timeB, valueB, after: timeA, valueA)
      (lastTime, last) = (timeB, valueB)
      index += 2
    }
    if index < count {
      let (time, value) = deviation(index)
      even.add(time, value, after: lastTime, last)
    }
    even.add(odd)
    sums = even
  }

  @inline(__always)
  private func deviation(_ index: Int) -> (Double, Double) {
    (Double(times[index] &- origin) - meanOffset, values[index] - meanValue)
  }

  /// Some samples are not finite, or instants lie centuries apart.
  @_lifetime(self: copy self)
  mutating func addSparse(scale: Double) {
    var seen = false
    for index in values.indices where values[index].isFinite {
      if !seen {
        origin = times[index]
        firstValue = values[index]
        seen = true
      }
      lastOffset = Moments.nanoseconds(from: origin, to: times[index])
      lastValue = values[index]
      meanOffset += lastOffset * scale
      meanValue += values[index] * scale
    }
    var (lastTime, last) = (0.0, 0.0)
    for index in values.indices where values[index].isFinite {
      let time = Moments.nanoseconds(from: origin, to: times[index]) - meanOffset
      let value = values[index] - meanValue
      sums.add(time, value, after: lastTime, last)
      (lastTime, last) = (time, value)
    }
  }
}
