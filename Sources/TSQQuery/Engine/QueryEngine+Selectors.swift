public import TSQCore
public import TSQStorage

extension QueryEngine {
  /// The matchers a selector means, for orders to the store such as a deletion.
  ///
  /// - Parameters:
  ///   - selector: such as `cpu_usage{host="a"}`, without range or offset.
  ///   - limits: bounds of the text.
  /// - Returns: the conditions, the one on the metric name among them.
  /// - Throws: `QueryError` of kind `parse` with the place.
  public static func matchers(
    of selector: String, limits: QueryLimits = QueryLimits()
  ) throws(QueryError) -> [LabelMatcher] {
    try Parser.parseSelector(selector, limits: limits).matchers
  }

  /// The labels a series' text names: `cpu_usage{host="a"}`, every matcher an equality.
  ///
  /// The reverse of `Labels.description`.
  ///
  /// - Parameters:
  ///   - text: a selector of equalities only.
  ///   - limits: bounds of the text.
  /// - Returns: the labels, sorted.
  /// - Throws: `QueryError` where it is no selector, or one that means more than one series.
  public static func labels(
    ofSeries text: String, limits: QueryLimits = QueryLimits()
  ) throws(QueryError) -> Labels {
    let matchers = try matchers(of: text, limits: limits)
    guard matchers.allSatisfy({ $0.kind == .equal }),
      let labels = Labels(matchers.map { Label(name: $0.name, value: $0.value) })
    else {
      throw QueryError(.badData("`\(text)` does not name one series"), hint: "use = only")
    }
    return labels
  }
}
