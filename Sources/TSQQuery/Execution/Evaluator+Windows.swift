internal import TSQCore
internal import TSQStorage

extension Evaluator {
  /// A function of a range vector, at every step.
  mutating func evaluate(
    _ function: WindowFunction, _ call: Call, on grid: StepGrid
  ) throws(QueryError) -> [ColumnSeries] {
    let parameters = try windowParameters(function, call, on: grid)
    guard let argument = call.arguments.first(where: { $0.type == .matrix })?.unwrapped else {
      throw QueryError(.execution("\(function.rawValue) needs a range vector"))
    }
    var result: [ColumnSeries]
    switch argument.node {
    case .matrix(let matrix):
      result = try overSelector(matrix, function, parameters, on: grid)
    case .subquery(let subquery):
      result = try overSubquery(subquery, function, parameters, on: grid)
    default: throw QueryError(.execution("\(function.rawValue) needs a range vector"))
    }
    result.removeAll { !$0.hasValues }
    if !function.keepsName {
      for index in result.indices { result[index].labels = result[index].labels.withoutName }
    }
    var seen: Set<Labels> = []
    for series in result where !seen.insert(series.labels).inserted {
      throw duplicateLabels(series.labels)
    }
    return result
  }

  private mutating func overSelector(
    _ matrix: MatrixSelector, _ function: WindowFunction, _ parameters: [WindowParameters],
    on grid: StepGrid
  ) throws(QueryError) -> [ColumnSeries] {
    let shift = matrix.selector.shift
    let windows = WindowGrid(
      grid: grid, fixed: fixedTime(shift), offset: shift.offset, range: matrix.range)
    guard let span = windows.span else { return [] }
    var result: [ColumnSeries] = []
    var columns = SampleColumns()
    for series in try matchingSeries(matrix.selector, in: span) {
      try budget.take(samples: grid.count)
      let runs = try view.runs(of: series, in: span)
      let plan = WindowPlan(
        runs: runs, windows: windows, summariesSuffice: function.needsOnlySummary)
      let values: [Double]
      switch plan {
      case .decode(let planned):
        columns.removeAllKeepingCapacity()
        for run in planned { try decode(run, windows: windows, into: &columns) }
        columns.removeStaleMarkers()
        values = try walk(columns, windows, function, parameters, on: grid)
      case .merge(let planned):
        for run in planned {
          guard let hour = run.run.hour, run.isCut || !function.isExact(over: hour) else {
            continue
          }
          view.note(hour: hour, of: series)
        }
        values = try merge(planned, windows, function, parameters, on: grid)
      }
      result.append(ColumnSeries(labels: series.labels, values: values))
    }
    return result
  }

  private mutating func overSubquery(
    _ subquery: Subquery, _ function: WindowFunction, _ parameters: [WindowParameters],
    on grid: StepGrid
  ) throws(QueryError) -> [ColumnSeries] {
    let (series, inner, windows) = try evaluate(subquery, on: grid)
    var result: [ColumnSeries] = []
    for one in series {
      try budget.take(samples: grid.count)
      let columns = samples(of: one, on: inner)
      let values = try walk(columns, windows, function, parameters, on: grid)
      result.append(ColumnSeries(labels: one.labels, values: values))
    }
    return result
  }

  /// The inner expression of a subquery over every step that some window needs.
  ///
  /// Steps are multiples of the step since the epoch, so that neighbouring queries agree.
  mutating func evaluate(
    _ subquery: Subquery, on grid: StepGrid
  ) throws(QueryError) -> (series: [ColumnSeries], inner: StepGrid, windows: WindowGrid) {
    let windows = WindowGrid(
      grid: grid, fixed: fixedTime(subquery.shift), offset: subquery.shift.offset,
      range: subquery.range)
    let step = subquery.step ?? limits.subqueryStepNanoseconds
    guard let span = windows.span else { return ([], grid, windows) }
    let (quotient, remainder) = span.start.nanoseconds.flooredDivision(by: step)
    let (start, overflow) = (quotient + (remainder == 0 ? 0 : 1))
      .multipliedReportingOverflow(by: step)
    let last = span.end.nanoseconds
    guard !overflow, start <= last else { return ([], grid, windows) }
    let steps = saturatingDifference(last, start) / step
    guard steps < Int64(limits.subquerySteps) else {
      throw QueryError(
        .limit("the subquery has \(steps) steps, at most \(limits.subquerySteps) are allowed"),
        hint: "give it a longer step: [\(DurationText.text(nanoseconds: subquery.range)):1h]")
    }
    let inner = StepGrid(start: start, step: step, count: Int(steps) + 1)
    return (try evaluateVector(subquery.inner, on: inner), inner, windows)
  }

  /// The scalar arguments of a window function, one set per step.
  private mutating func windowParameters(
    _ function: WindowFunction, _ call: Call, on grid: StepGrid
  ) throws(QueryError) -> [WindowParameters] {
    var columns: [[Double]] = []
    for argument in call.arguments where argument.type == .scalar {
      columns.append(try evaluateScalar(argument, on: grid))
    }
    var parameters = [WindowParameters](repeating: WindowParameters(), count: grid.count)
    for index in parameters.indices {
      if let first = columns.first { parameters[index].first = first[index] }
      if columns.count > 1 { parameters[index].second = columns[1][index] }
    }
    switch function {
    case .doubleExponentialSmoothing:
      for one in parameters {
        try checkFactor(one.first, "smoothing")
        try checkFactor(one.second, "trend")
      }
    case .quantile:
      for one in parameters where !(0...1).contains(one.first) {
        warnings.add(quantileWarning(one.first))
        break
      }
    default: break
    }
    return parameters
  }

  private func checkFactor(_ factor: Double, _ name: String) throws(QueryError) {
    guard factor > 0, factor < 1 else {
      throw QueryError(
        .execution(
          "invalid \(name) factor. Expected: 0 < factor < 1, got: \(NumberText.shortest(factor))"))
    }
  }

  func quantileWarning(_ fraction: Double) -> String {
    "PromQL warning: quantile value should be between 0 and 1, got "
      + NumberText.shortest(fraction)
  }
}

// MARK: - Walking the windows

extension Evaluator {
  /// The bounds of the window a step looks at.
  private func window(_ windows: WindowGrid, _ index: Int, on grid: StepGrid) -> Window {
    let place = windows.isFixed ? 0 : index
    return Window(
      start: windows.start(place), end: windows.end(place), evaluation: grid.time(index))
  }

  /// Answers every step from samples, all windows sliding over the same columns.
  private mutating func walk(
    _ columns: SampleColumns, _ windows: WindowGrid, _ function: WindowFunction,
    _ parameters: [WindowParameters], on grid: StepGrid
  ) throws(QueryError) -> [Double] {
    var values = [Double](repeating: Missing.value, count: grid.count)
    let (times, samples) = (columns.times.span, columns.values.span)
    var (low, high) = (0, 0)
    for index in 0..<grid.count {
      // The clock is cheap next to a window, yet not free next to a small one.
      if index % 256 == 255 { try budget.checkTime() }
      let window = window(windows, index, on: grid)
      while high < times.count, times[high] <= window.end { high += 1 }
      while low < high, times[low] <= window.start { low += 1 }
      values[index] = answer(
        function, times: times.extracting(low..<high), values: samples.extracting(low..<high),
        window: window, parameters: parameters[index])
    }
    return values
  }

  /// Answers every step from summaries of whole runs and of the slices at a window's edges.
  private mutating func merge(
    _ planned: [PlannedRun], _ windows: WindowGrid, _ function: WindowFunction,
    _ parameters: [WindowParameters], on grid: StepGrid
  ) throws(QueryError) -> [Double] {
    var pieces: [SummarisedRun] = []
    for run in planned { pieces.append(try summarise(run, windows)) }
    var values = [Double](repeating: Missing.value, count: grid.count)
    var (low, high) = (0, 0)
    for index in 0..<grid.count {
      if index % 256 == 255 { try budget.checkTime() }
      let place = windows.isFixed ? 0 : index
      while high < pieces.count, pieces[high].planned.overlapping.lowerBound <= place { high += 1 }
      while low < high, pieces[low].planned.overlapping.upperBound <= place { low += 1 }
      let window = window(windows, index, on: grid)
      var summary = SeriesSummary()
      for piece in pieces[low..<high] where piece.planned.overlapping.contains(place) {
        summary.merge(piece.summary(of: window, whole: piece.planned.covering.contains(place)))
      }
      values[index] = answer(
        function, from: summary, window: window, parameter: parameters[index].first)
    }
    return values
  }

  private mutating func summarise(
    _ planned: PlannedRun, _ windows: WindowGrid
  ) throws(QueryError) -> SummarisedRun {
    if !planned.isCut || planned.run.hour != nil, let summary = planned.run.summary() {
      return SummarisedRun(planned: planned, columns: SampleColumns(), whole: summary)
    }
    // A run that must be decoded anyway gives its own summary: nothing is read twice.
    var columns = SampleColumns()
    try decode(planned, windows: windows, into: &columns)
    let whole = SeriesSummary(times: columns.times.span, values: columns.values.span)
    return SummarisedRun(planned: planned, columns: columns, whole: whole)
  }
}

/// A run ready to be merged into windows: its summary, and its samples where an edge cuts it.
private struct SummarisedRun {
  let planned: PlannedRun
  let columns: SampleColumns
  let whole: SeriesSummary

  /// The summary of the samples inside a window.
  func summary(of window: Window, whole isWhole: Bool) -> SeriesSummary {
    if isWhole { return whole }
    if let hour = planned.run.hour {
      // Cut by the window's edge: it counts where its last sample is.
      let isInside = window.start < hour.lastTime && hour.lastTime <= window.end
      return isInside ? whole : SeriesSummary()
    }
    guard
      let range = TimeRange(
        after: Timestamp(nanoseconds: window.start), through: Timestamp(nanoseconds: window.end))
    else { return SeriesSummary() }
    let inside = columns.indices(in: range)
    return SeriesSummary(
      times: columns.times.span.extracting(inside), values: columns.values.span.extracting(inside))
  }
}
