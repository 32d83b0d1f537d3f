internal import TSQCore

extension Evaluator {
  /// An aggregation over the series of each group.
  mutating func evaluate(
    _ aggregation: Aggregation, on grid: StepGrid
  ) throws(QueryError) -> Evaluated {
    let series = try evaluateVector(aggregation.inner, on: grid)
    let groups = SeriesGroup.groups(of: series, aggregation)
    switch aggregation.operation {
    case .limitk, .limitRatio:
      throw QueryError(
        .notSupported("the aggregation \(aggregation.operation.rawValue)"))
    case .countValues:
      return .vector(try countValues(aggregation, series, groups, on: grid))
    case .topk, .bottomk:
      return .vector(try extremes(aggregation, series, groups, on: grid))
    case .quantile:
      let fractions = try parameter(of: aggregation, on: grid)
      for fraction in fractions where !(0...1).contains(fraction) {
        warnings.add(quantileWarning(fraction))
        break
      }
      return .vector(try quantiles(fractions, series, groups, on: grid))
    default:
      var result: [ColumnSeries] = []
      for group in groups {
        try budget.take(samples: grid.count)
        var column = AggregateColumn(aggregation.operation, count: grid.count)
        for member in group.members { column.add(series[member].values) }
        result.append(ColumnSeries(labels: group.labels, values: column.results()))
      }
      return .vector(result.filter { $0.hasValues })
    }
  }

  private mutating func parameter(
    of aggregation: Aggregation, on grid: StepGrid
  ) throws(QueryError) -> [Double] {
    guard let parameter = aggregation.parameter else {
      throw QueryError(.execution("\(aggregation.operation.rawValue) needs a parameter"))
    }
    return try evaluateScalar(parameter, on: grid)
  }

  private mutating func quantiles(
    _ fractions: [Double], _ series: [ColumnSeries], _ groups: [SeriesGroup], on grid: StepGrid
  ) throws(QueryError) -> [ColumnSeries] {
    var result: [ColumnSeries] = []
    for group in groups {
      try budget.take(samples: grid.count)
      var one = ColumnSeries(labels: group.labels, count: grid.count)
      for index in 0..<grid.count {
        let values = group.members.map { series[$0].values[index] }
          .filter { !Missing.isMissing($0) }.sorted(by: precedesNaNFirst)
        if !values.isEmpty { one.values[index] = quantile(fractions[index], of: values) }
      }
      result.append(one)
    }
    return result.filter { $0.hasValues }
  }

  /// `topk` and `bottomk`: the series themselves, at the steps where they are among the k.
  private mutating func extremes(
    _ aggregation: Aggregation, _ series: [ColumnSeries], _ groups: [SeriesGroup],
    on grid: StepGrid
  ) throws(QueryError) -> [ColumnSeries] {
    let counts = try parameter(of: aggregation, on: grid)
    for count in counts where count.isNaN || count.magnitude >= 0x1p63 {
      throw QueryError(
        .execution("scalar value \(NumberText.shortest(count)) overflows int64"))
    }
    let isTop = aggregation.operation == .topk
    var kept = series.map { ColumnSeries(labels: $0.labels, count: grid.count) }
    var order: [Int] = []
    for group in groups {
      try budget.take(samples: grid.count)
      for index in 0..<grid.count {
        let most = min(Int(counts[index]), group.members.count)
        guard most > 0 else { continue }
        let ranked = group.members.filter { !Missing.isMissing(series[$0].values[index]) }
          .sorted { left, right in
            let (a, b) = (series[left].values[index], series[right].values[index])
            // NaN ranks last either way; among equals the order of labels decides.
            if a.isNaN || b.isNaN { return a.isNaN == b.isNaN ? left < right : b.isNaN }
            if a == b { return left < right }
            return isTop ? a > b : a < b
          }
        for member in ranked.prefix(most) {
          kept[member].values[index] = series[member].values[index]
          if grid.count == 1 { order.append(member) }
        }
      }
    }
    // An instant answer is ranked; over a range each series has a rank per step.
    if grid.count == 1 { return order.map { kept[$0] } }
    return kept.filter { $0.hasValues }
  }

  private mutating func countValues(
    _ aggregation: Aggregation, _ series: [ColumnSeries], _ groups: [SeriesGroup],
    on grid: StepGrid
  ) throws(QueryError) -> [ColumnSeries] {
    guard let parameter = aggregation.parameter else { return [] }
    let name = try evaluateString(parameter, on: grid)
    guard !name.isEmpty else { throw QueryError(.execution("invalid label name \"\"")) }
    var result: [ColumnSeries] = []
    var places: [Labels: Int] = [:]
    for group in groups {
      for member in group.members {
        for index in 0..<grid.count where !Missing.isMissing(series[member].values[index]) {
          let text = NumberText.shortest(series[member].values[index])
          let labels = group.labels.setting(name, to: text)
          if places[labels] == nil {
            try budget.take(samples: grid.count)
            places[labels] = result.count
            result.append(ColumnSeries(labels: labels, count: grid.count))
          }
          guard let place = places[labels] else { continue }
          let before = result[place].values[index]
          result[place].values[index] = Missing.isMissing(before) ? 1 : before + 1
        }
      }
    }
    // Values come in the order of the series that have them.
    return result.sorted { $0.labels < $1.labels }
  }
}

/// The series that an aggregation takes together.
private struct SeriesGroup {
  let labels: Labels
  /// Indices of the series, ascending.
  var members: [Int]

  /// The groups, sorted by labels so that answers have one order.
  static func groups(of series: [ColumnSeries], _ aggregation: Aggregation) -> [SeriesGroup] {
    let names = Set(aggregation.grouping)
    var members: [Labels: [Int]] = [:]
    for (index, one) in series.enumerated() {
      let labels =
        aggregation.without
        ? one.labels.filter { $0 != Labels.metricNameLabel && !names.contains($0) }
        : one.labels.filter(names.contains)
      members[labels, default: []].append(index)
    }
    return members.map { SeriesGroup(labels: $0.key, members: $0.value) }
      .sorted { $0.labels < $1.labels }
  }
}
