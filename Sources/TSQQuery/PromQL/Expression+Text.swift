internal import TSQCore
internal import TSQStorage

extension Expression: CustomStringConvertible {
  /// PromQL that parses back to the same expression.
  package var description: String {
    switch node {
    case .number(.infinity): "Inf"
    case .number(let value): NumberText.shortest(value)
    case .string(let text): Labels.quoted(text)
    case .vector(let selector): selector.text + selector.shift.text
    case .matrix(let matrix):
      "\(matrix.selector.text)[\(DurationText.text(nanoseconds: matrix.range))]"
        + matrix.selector.shift.text
    case .subquery(let subquery):
      "\(subquery.inner)[\(DurationText.text(nanoseconds: subquery.range)):"
        + (subquery.step.map { DurationText.text(nanoseconds: $0) } ?? "") + "]"
        + subquery.shift.text
    case .call(let call):
      "\(call.function.name)(\(call.arguments.map(\.description).joined(separator: ", ")))"
    case .aggregation(let aggregation): aggregation.text
    case .negation(let inner): "-\(inner)"
    case .positive(let inner): "+\(inner)"
    case .binary(let binary): binary.text
    case .parenthesised(let inner): "(\(inner))"
    }
  }
}

extension TimeShift {
  fileprivate var text: String {
    var text = ""
    switch fixed {
    case .at(let nanoseconds): text += " @ \(decimalSeconds(nanoseconds))"
    case .start: text += " @ start()"
    case .end: text += " @ end()"
    case nil: break
    }
    if hasOffset { text += " offset " + DurationText.text(nanoseconds: offset) }
    return text
  }

  /// Seconds with every digit: a double would lose some.
  private func decimalSeconds(_ nanoseconds: Int64) -> String {
    let seconds = Timestamp(nanoseconds: nanoseconds).fractionalSeconds
    return NumberText.shortest(seconds)
  }
}

extension VectorSelector {
  /// The selector without its time.
  var text: String {
    let bare =
      Labels.isBareMetricName(metric) && !VectorSelector.reserved.contains(metric.lowercased())
    var inside = bare || metric.isEmpty ? [] : [Labels.quoted(metric)]
    for matcher in matchers {
      let isName =
        !metric.isEmpty && matcher.name == Labels.metricNameLabel && matcher.kind == .equal
      if !isName { inside.append(matcher.description) }
    }
    if inside.isEmpty, bare { return metric }
    return (bare ? metric : "") + "{" + inside.joined(separator: ",") + "}"
  }

  /// Words that cannot stand as a metric name without quotes.
  static let reserved: Set<String> = [
    "bool", "on", "ignoring", "group_left", "group_right", "atan2", "inf", "nan",
  ]
}

extension Aggregation {
  fileprivate var text: String {
    var text = operation.rawValue
    if !grouping.isEmpty || without {
      text += (without ? " without " : " by ") + labelList(grouping) + " "
    }
    let parameterText = parameter.map { "\($0), " } ?? ""
    return text + "(" + parameterText + inner.description + ")"
  }
}

extension Binary {
  fileprivate var text: String {
    var text = "\(left) \(operation.rawValue) "
    if returnsBool { text += "bool " }
    if matching.isExplicit {
      text += (matching.isOn ? "on " : "ignoring ") + labelList(matching.labels) + " "
    }
    switch matching.cardinality {
    case .manyToOne: text += "group_left \(labelList(matching.include)) "
    case .oneToMany: text += "group_right \(labelList(matching.include)) "
    case .oneToOne, .manyToMany: break
    }
    return text + right.description
  }
}

private func labelList(_ names: [String]) -> String {
  let shown = names.map { Labels.isBareLabelName($0) ? $0 : Labels.quoted($0) }
  return "(" + shown.joined(separator: ", ") + ")"
}
