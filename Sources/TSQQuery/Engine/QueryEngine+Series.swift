public import TSQCore
package import TSQStorage

extension QueryEngine {
  /// The series that satisfy at least one selector and may have samples in a range, sorted.
  ///
  /// - Parameters:
  ///   - selectors: such as `up{job="x"}`; none selects every series.
  ///   - range: when; series without a sample in it are left out where that is cheap to tell.
  /// - Returns: label sets, each once.
  /// - Throws: `QueryError` for a text that is no selector, or too many series.
  public func series(
    matching selectors: [String], in range: TimeRange
  ) throws(QueryError) -> [Labels] {
    let view = provider.view()
    var found: Set<Labels> = []
    for matchers in try matcherSets(selectors) {
      for series in try view.series(matching: matchers, in: range) { found.insert(series.labels) }
      try checkSeries(found.count)
    }
    return found.sorted()
  }

  /// The label names of the series that satisfy at least one selector, sorted.
  public func labelNames(
    matching selectors: [String] = [], in range: TimeRange
  ) throws(QueryError) -> [String] {
    let view = provider.view()
    var found: Set<String> = []
    for matchers in try matcherSets(selectors) {
      found.formUnion(try view.labelNames(matching: matchers, in: range))
    }
    return found.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// The values of one label over the series that satisfy at least one selector, sorted.
  public func labelValues(
    _ name: String, matching selectors: [String] = [], in range: TimeRange
  ) throws(QueryError) -> [String] {
    let view = provider.view()
    var found: Set<String> = []
    for matchers in try matcherSets(selectors) {
      found.formUnion(try view.labelValues(name, matching: matchers, in: range))
    }
    return found.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// The matchers of one selector, for a caller that deletes or counts by them.
  ///
  /// - Throws: `QueryError` for a text that is no selector.
  package func matchers(of selector: String) throws(QueryError) -> [LabelMatcher] {
    try Parser.parseSelector(selector, limits: limits).matchers
  }

  /// The matchers of each selector; one empty set, which matches everything, where there is none.
  private func matcherSets(_ selectors: [String]) throws(QueryError) -> [[LabelMatcher]] {
    if selectors.isEmpty { return [[]] }
    var sets: [[LabelMatcher]] = []
    for selector in selectors {
      sets.append(try Parser.parseSelector(selector, limits: limits).matchers)
    }
    return sets
  }

  private func checkSeries(_ count: Int) throws(QueryError) {
    guard count <= limits.series else {
      throw QueryError(
        .limit("more than \(limits.series) series match"), hint: "add a label matcher")
    }
  }
}

extension QueryEngine {
  /// The raw samples of the series a selector matches: a matrix; stale markers are left out.
  ///
  /// - Parameters:
  ///   - selector: such as `cpu_usage{host="a"}`, without range or offset.
  ///   - range: both ends included.
  ///   - hourly: what there is of an hour whose samples are gone.
  /// - Returns: one entry per series with a sample in the range, sorted by labels.
  /// - Throws: `QueryError` where the selector is none or the store cannot be read.
  public func histories(
    _ selector: String, in range: TimeRange, hourly: HourlyPoints = .last
  ) throws(QueryError) -> QueryResult {
    let parsed = try Parser.parseSelector(selector, limits: limits)
    var evaluator = evaluator(over: range)
    evaluator.hourlyPoints = hourly
    return result(.matrix(try evaluator.rawSamples(parsed, in: range)), evaluator)
  }

  /// An evaluator for questions that have a range of time and no steps.
  func evaluator(over range: TimeRange) -> Evaluator {
    Evaluator(
      view: provider.view(), limits: limits,
      outer: range.start.nanoseconds...range.end.nanoseconds)
  }
}
