internal import TSQCore
internal import TSQStorage

extension Evaluator {
  /// The series a selector matches in some windows, checked against the limit.
  mutating func matchingSeries(
    _ selector: VectorSelector, in span: TimeRange
  ) throws(QueryError) -> [ProvidedSeries] {
    let series = try view.series(matching: selector.matchers, in: span)
    try budget.checkSeries(series.count, selector.text)
    return series
  }

  /// An instant selector: at each step the latest sample in the lookback window.
  mutating func select(
    _ selector: VectorSelector, on grid: StepGrid
  ) throws(QueryError) -> [ColumnSeries] {
    try selectSamples(selector, on: grid) { $1 }
  }

  /// An instant selector with a choice of what each sample becomes: its value, or its time.
  mutating func selectSamples(
    _ selector: VectorSelector, on grid: StepGrid, _ choose: (Int64, Double) -> Double
  ) throws(QueryError) -> [ColumnSeries] {
    let windows = WindowGrid(
      grid: grid, fixed: fixedTime(selector.shift), offset: selector.shift.offset,
      range: limits.lookbackNanoseconds)
    guard let span = windows.span else { return [] }
    let reach = TimeRange(
      start: span.start.adding(nanoseconds: -view.hourlyReach), end: span.end)
    var result: [ColumnSeries] = []
    var columns = SampleColumns()
    for series in try matchingSeries(selector, in: reach) {
      try budget.take(samples: grid.count)
      try decode(series, windows: windows, into: &columns)
      var values = latest(in: columns, windows: windows, choose)
      if view.hourlyReach > 0, values.contains(where: Missing.isMissing) {
        try fill(&values, of: series, in: reach, after: columns, windows: windows, choose)
      }
      guard values.contains(where: { !Missing.isMissing($0) }) else { continue }
      if windows.isFixed, let only = values.first {
        values = [Double](repeating: only, count: grid.count)
      }
      result.append(ColumnSeries(labels: series.labels, values: values))
    }
    return result
  }

  /// Decodes what the windows touch of a series; stale markers stay in.
  private mutating func decode(
    _ series: ProvidedSeries, windows: WindowGrid, into columns: inout SampleColumns
  ) throws(QueryError) {
    columns.removeAllKeepingCapacity()
    guard let span = windows.span else { return }
    for run in try view.runs(of: series, in: span) {
      guard let planned = PlannedRun(run: run, windows: windows) else { continue }
      try decode(planned, windows: windows, into: &columns)
    }
  }

  /// Decodes the part of a run that some window touches.
  mutating func decode(
    _ planned: PlannedRun, windows: WindowGrid, into columns: inout SampleColumns
  ) throws(QueryError) {
    try budget.check(buffer: columns.count + planned.run.count)
    let clip = TimeRange(
      after: Timestamp(nanoseconds: windows.start(planned.overlapping.lowerBound)),
      through: Timestamp(nanoseconds: windows.end(planned.overlapping.upperBound - 1)))
    guard let clip else { return }
    try planned.run.decode(into: &columns, in: clip)
  }

  /// The latest sample of each window; a stale marker there means that the series has ended.
  private func latest(
    in columns: SampleColumns, windows: WindowGrid, _ choose: (Int64, Double) -> Double
  ) -> [Double] {
    var values = [Double](repeating: Missing.value, count: windows.count)
    var next = 0
    for index in 0..<windows.count {
      let end = windows.end(index)
      while next < columns.count, columns.times[next] <= end { next += 1 }
      guard next > 0, columns.times[next - 1] > windows.start(index) else { continue }
      let value = columns.values[next - 1]
      if !SpecialValue.isStale(value) { values[index] = choose(columns.times[next - 1], value) }
    }
    return values
  }
}

// MARK: - Hourly values

extension Evaluator {
  /// Gives steps without a sample in their lookback the last sample of the hour before, where only
  /// hourly values are left: between two of them there is nothing else to be known.
  private func fill(
    _ values: inout [Double], of series: ProvidedSeries, in range: TimeRange,
    after columns: SampleColumns, windows: WindowGrid, _ choose: (Int64, Double) -> Double
  ) throws(QueryError) {
    let hours = try view.hours(of: series, in: range)
    let times = hours.map(\.lastTime)
    if hours.isEmpty { return }
    for index in values.indices where Missing.isMissing(values[index]) {
      let end = windows.end(index)
      let next = SampleColumns.partitionPoint(times) { $0 > end }
      guard next > 0 else { continue }
      let hour = hours[next - 1]
      guard saturatingDifference(end, hour.lastTime) < view.hourlyReach else { continue }
      // A later sample without a value is a stale marker: the series has ended.
      let newer = TimeRange(
        after: Timestamp(nanoseconds: hour.lastTime), through: Timestamp(nanoseconds: end))
      if let newer, !columns.indices(in: newer).isEmpty { continue }
      values[index] = choose(hour.lastTime, hour.lastValue)
      view.note(hour: hour, of: series)
    }
  }
}

// MARK: - Raw samples

extension Evaluator {
  /// A range vector at one instant: the samples themselves, as an instant query of `name[1h]` asks.
  mutating func rawSamples(
    _ expression: Expression, on grid: StepGrid
  ) throws(QueryError) -> [SeriesSamples] {
    switch expression.node {
    case .matrix(let matrix):
      let windows = WindowGrid(
        grid: grid, fixed: fixedTime(matrix.selector.shift),
        offset: matrix.selector.shift.offset, range: matrix.range)
      guard let span = windows.span else { return [] }
      return try rawSamples(matrix.selector, in: span)
    case .subquery(let subquery):
      let (series, inner, windows) = try evaluate(subquery, on: grid)
      guard let span = windows.span else { return [] }
      return series.map { one in
        SeriesSamples(labels: one.labels, columns: samples(of: one, on: inner, in: span))
      }.filter { !$0.columns.isEmpty }
    default: return try rawSamples(expression.unwrapped, on: grid)
    }
  }

  /// Every sample of the series a selector matches in a range, stale markers dropped.
  mutating func rawSamples(
    _ selector: VectorSelector, in range: TimeRange
  ) throws(QueryError) -> [SeriesSamples] {
    var result: [SeriesSamples] = []
    for series in try matchingSeries(selector, in: range) {
      var columns = SampleColumns()
      if hourlyPoints == .mean {
        try decodeWithMeans(series, in: range, into: &columns)
      } else {
        try decode(series, in: range, into: &columns)
      }
      columns.removeStaleMarkers()
      try budget.take(samples: columns.count)
      if !columns.isEmpty { result.append(SeriesSamples(labels: series.labels, columns: columns)) }
    }
    return result
  }

  /// Decodes a series' samples in a range at the end of the columns; stale markers stay in.
  mutating func decode(
    _ series: ProvidedSeries, in range: TimeRange, into columns: inout SampleColumns
  ) throws(QueryError) {
    for run in try view.runs(of: series, in: range) {
      try budget.check(buffer: columns.count + run.count)
      try run.decode(into: &columns, in: range)
    }
  }

  /// The same where hourly values become their means, in the middle of their time.
  ///
  /// A series that falls as seldom as a counter keeps the last sample of each hour: what it counts is
  /// in the differences.
  private mutating func decodeWithMeans(
    _ series: ProvidedSeries, in range: TimeRange, into columns: inout SampleColumns
  ) throws(QueryError) {
    let runs = try view.runs(of: series, in: range)
    let isCounter = runs.allSatisfy { $0.hour.map { $0.drops != nil } ?? true }
    for run in runs {
      try budget.check(buffer: columns.count + run.count)
      if !isCounter, let hour = run.hour, hour.finiteCount > 0 {
        guard range.contains(Timestamp(nanoseconds: hour.middle)) else { continue }
        columns.append(time: hour.middle, value: hour.mean)
        view.note(hour: hour, of: series)
      } else {
        try run.decode(into: &columns, in: range)
      }
    }
  }

  /// The steps at which a series has a value, as samples.
  func samples(
    of series: ColumnSeries, on grid: StepGrid, in range: TimeRange = .all
  ) -> SampleColumns {
    var columns = SampleColumns()
    for index in series.values.indices where !Missing.isMissing(series.values[index]) {
      let time = grid.time(index)
      if range.contains(Timestamp(nanoseconds: time)) {
        columns.append(time: time, value: series.values[index])
      }
    }
    return columns
  }
}

extension SampleColumns {
  /// Takes the stale markers out: they end a series and are never a value.
  mutating func removeStaleMarkers() { removeAll(where: SpecialValue.isStale) }

  /// Takes out the samples whose value satisfies a condition.
  mutating func removeAll(where isUnwanted: (Double) -> Bool) {
    guard values.contains(where: isUnwanted) else { return }
    var kept = 0
    for index in values.indices where !isUnwanted(values[index]) {
      times[kept] = times[index]
      values[kept] = values[index]
      kept += 1
    }
    times.removeLast(times.count - kept)
    values.removeLast(values.count - kept)
  }
}
