extension SeriesSummary {
  /// Summarises a run of samples.
  ///
  /// - Parameters:
  ///   - times: nanoseconds, ascending, shape `(n)`.
  ///   - values: one per time, shape `(n)`; any bit pattern.
  /// - Complexity: O(n), two passes, no allocation.
  public init(times: Span<Int64>, values: Span<Double>) {
    precondition(times.count == values.count, "columns of one series have equal lengths")
    self.init()
    countAndOrder(times, values)
    if finiteCount > 0 { moments = Moments(times: times, values: values, finiteCount: finiteCount) }
  }

  /// Everything but the moments.
  private mutating func countAndOrder(_ times: Span<Int64>, _ values: Span<Double>) {
    for index in values.indices {
      let value = values[index]
      if SpecialValue.isStale(value) {
        staleCount += 1
        continue
      }
      let time = times[index]
      if liveCount == 0 {
        (firstTime, firstValue) = (time, value)
      } else {
        if value < lastValue {
          resetSum += lastValue
          resetCount += 1
        }
        if value != lastValue, !(value.isNaN && lastValue.isNaN) { changeCount += 1 }
      }
      (lastTime, lastValue) = (time, value)
      if value < minimum || (value == minimum && liveCount == 0) {
        (minimum, minimumTime) = (value, time)
      }
      if value > maximum || (value == maximum && liveCount == 0) {
        (maximum, maximumTime) = (value, time)
      }
      count(value)
    }
  }

  private mutating func count(_ value: Double) {
    if value.isFinite {
      finiteCount += 1
      (finiteSum, finiteSumLow) = Self.add(finiteSum, finiteSumLow, value, 0)
    } else if value.isNaN {
      nanCount += 1
    } else if value > 0 {
      // An infinity equal to the start value of `minimum` must still set its time.
      if positiveInfinityCount == 0, minimum == .infinity { minimumTime = lastTime }
      positiveInfinityCount += 1
    } else {
      if negativeInfinityCount == 0, maximum == -.infinity { maximumTime = lastTime }
      negativeInfinityCount += 1
    }
  }
}

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
    var timeSum = 0.0
    var valueMean = 0.0
    let scale = 1 / Double(finiteCount)
    var seen = false
    for index in values.indices where values[index].isFinite {
      if !seen {
        origin = times[index]
        firstValue = values[index]
        seen = true
      }
      lastTime = Double(times[index] &- origin) / 1e9
      lastValue = values[index]
      timeSum += lastTime
      // Scaled before adding: the mean of doubles near 1e308 is finite though their sum is not.
      valueMean += values[index] * scale
    }
    meanTime = timeSum * scale
    meanValue = valueMean

    var previous: (time: Double, value: Double)?
    for index in values.indices where values[index].isFinite {
      let time = Double(times[index] &- origin) / 1e9 - meanTime
      let value = values[index] - meanValue
      sumSquaresTime += time * time
      sumProducts += time * value
      sumSquaresValue += value * value
      if let previous {
        lagValueValue += previous.value * value
        lagTimeValue += previous.time * value + previous.value * time
        lagTimeTime += previous.time * time
      }
      previous = (time, value)
    }
  }
}
