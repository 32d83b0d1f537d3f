internal import TSQCore

extension Evaluator {
  /// `histogram_quantile` over classic histograms: one series per bucket, its bound in `le`.
  ///
  /// Source: Prometheus, promql/quantile.go, `BucketQuantile`.
  mutating func histogramQuantile(
    _ call: Call, on grid: StepGrid
  ) throws(QueryError) -> [ColumnSeries] {
    let fractions = try evaluateScalar(call.arguments[0], on: grid)
    for fraction in fractions where !(0...1).contains(fraction) {
      warnings.add(quantileWarning(fraction))
      break
    }
    var order: [Labels] = []
    var buckets: [Labels: [(bound: Double, series: ColumnSeries)]] = [:]
    for series in try evaluateVector(call.arguments[1], on: grid) {
      guard let bound = series.labels["le"].flatMap(NumberText.value) else {
        warnings.add(
          "PromQL warning: bucket label \"le\" is missing or has a malformed value of "
            + "\"\(series.labels["le"] ?? "")\"")
        continue
      }
      let labels = series.labels.filter { $0 != "le" && $0 != Labels.metricNameLabel }
      if buckets[labels] == nil { order.append(labels) }
      buckets[labels, default: []].append((bound, series))
    }
    var result: [ColumnSeries] = []
    for labels in order {
      var one = ColumnSeries(labels: labels, count: grid.count)
      let members = buckets[labels] ?? []
      for index in 0..<grid.count {
        let present = members.compactMap { member -> HistogramBucket? in
          let count = member.series.values[index]
          return Missing.isMissing(count) ? nil : HistogramBucket(bound: member.bound, count: count)
        }
        if present.isEmpty { continue }
        one.values[index] = bucketQuantile(fractions[index], present)
      }
      result.append(one)
    }
    return result
  }

  private mutating func bucketQuantile(
    _ fraction: Double, _ unsorted: [HistogramBucket]
  ) -> Double {
    if fraction.isNaN { return .nan }
    if fraction < 0 { return -.infinity }
    if fraction > 1 { return .infinity }
    var buckets = joiningEqualBounds(unsorted.sorted { $0.bound < $1.bound })
    guard let last = buckets.last, last.bound == .infinity else { return .nan }
    if makeMonotonic(&buckets) {
      warnings.add(
        "PromQL info: input to histogram_quantile needed to be fixed for monotonicity")
    }
    let observations = buckets[buckets.count - 1].count
    guard buckets.count > 1, observations != 0 else { return .nan }
    var rank = fraction * observations
    let place = buckets.dropLast().firstIndex { $0.count >= rank } ?? buckets.count - 1
    if place == buckets.count - 1 { return buckets[place - 1].bound }
    let end = buckets[place].bound
    if place == 0, end <= 0 { return end }
    var (start, count) = (0.0, buckets[place].count)
    if place > 0 {
      start = buckets[place - 1].bound
      count -= buckets[place - 1].count
      rank -= buckets[place - 1].count
    }
    return start + (end - start) * (rank / count)
  }

  private func joiningEqualBounds(_ sorted: [HistogramBucket]) -> [HistogramBucket] {
    var joined: [HistogramBucket] = []
    for bucket in sorted {
      if let last = joined.last, last.bound == bucket.bound {
        joined[joined.count - 1].count += bucket.count
      } else {
        joined.append(bucket)
      }
    }
    return joined
  }

  /// Lifts counts that fall from one bucket to the next; differences of rounding do not count.
  ///
  /// - Returns: whether a difference past rounding was lifted.
  private func makeMonotonic(_ buckets: inout [HistogramBucket]) -> Bool {
    var lifted = false
    var previous = buckets[0].count
    for index in buckets.indices.dropFirst() {
      let count = buckets[index].count
      let difference = (previous - count).magnitude
      let isRounding = difference <= 1e-12 * (previous.magnitude + count.magnitude)
      if isRounding || count < previous {
        lifted = lifted || !isRounding
        buckets[index].count = previous
      } else {
        previous = count
      }
    }
    return lifted
  }
}

/// One cumulative bucket of a classic histogram.
private struct HistogramBucket {
  var bound: Double
  var count: Double
}
