internal import TSQCore
internal import TSQStorage

extension Evaluator {
  /// `label_replace(v, destination, replacement, source, regex)`.
  mutating func labelReplace(
    _ call: Call, on grid: StepGrid
  ) throws(QueryError) -> [ColumnSeries] {
    let series = try evaluateVector(call.arguments[0], on: grid)
    let destination = try evaluateString(call.arguments[1], on: grid)
    let replacement = try evaluateString(call.arguments[2], on: grid)
    let source = try evaluateString(call.arguments[3], on: grid)
    let pattern = try evaluateString(call.arguments[4], on: grid)
    try checkDestination(destination, "label_replace")
    let regex: RegularExpression
    do throws(RegularExpression.Invalid) { regex = try RegularExpression(pattern) } catch {
      throw QueryError(
        .execution("invalid regular expression in label_replace(): \(pattern): \(error.reason)"))
    }
    let template = ReplacementTemplate(replacement)
    let replaced = series.map { one in
      guard let groups = regex.groups(of: one.labels[source] ?? "") else { return one }
      let value = template.expanded(groups, regex)
      return ColumnSeries(
        labels: one.labels.setting(destination, to: value), values: one.values)
    }
    return try joiningEqualLabels(replaced)
  }

  /// `label_join(v, destination, separator, source, ...)`.
  mutating func labelJoin(_ call: Call, on grid: StepGrid) throws(QueryError) -> [ColumnSeries] {
    let series = try evaluateVector(call.arguments[0], on: grid)
    let destination = try evaluateString(call.arguments[1], on: grid)
    let separator = try evaluateString(call.arguments[2], on: grid)
    var sources: [String] = []
    for argument in call.arguments.dropFirst(3) {
      sources.append(try evaluateString(argument, on: grid))
    }
    try checkDestination(destination, "label_join")
    let joined = series.map { one in
      let value = sources.map { one.labels[$0] ?? "" }.joined(separator: separator)
      return ColumnSeries(
        labels: one.labels.setting(destination, to: value), values: one.values)
    }
    return try joiningEqualLabels(joined)
  }

  private func checkDestination(_ name: String, _ function: String) throws(QueryError) {
    guard !name.isEmpty else {
      throw QueryError(.execution("invalid destination label name in \(function)(): \"\""))
    }
  }
}

/// A replacement text with `$1`, `${1}`, `$name` and `${name}`, as Go's regexp expands it.
private struct ReplacementTemplate {
  private enum Piece {
    case text(String)
    case group(Int)
    case named(String)
  }

  private var pieces: [Piece] = []

  init(_ template: String) {
    var rest = Substring(template)
    while let dollar = rest.firstIndex(of: "$") {
      pieces.append(.text(String(rest[..<dollar])))
      rest = rest[rest.index(after: dollar)...]
      if rest.first == "$" {
        pieces.append(.text("$"))
        rest = rest.dropFirst()
        continue
      }
      let braced = rest.first == "{"
      let body = braced ? rest.dropFirst() : rest
      let name = body.prefix { $0 == "_" || ($0.isASCII && ($0.isLetter || $0.isNumber)) }
      let closes = !braced || body.dropFirst(name.count).first == "}"
      guard !name.isEmpty, closes else {
        // A malformed reference stays as it was written.
        pieces.append(.text("$"))
        continue
      }
      rest = body.dropFirst(name.count + (braced ? 1 : 0))
      pieces.append(Int(name).map { .group($0) } ?? .named(String(name)))
    }
    pieces.append(.text(String(rest)))
  }

  func expanded(_ groups: [String?], _ regex: RegularExpression) -> String {
    pieces.map { piece in
      switch piece {
      case .text(let literal): literal
      case .group(let number): number < groups.count ? groups[number] ?? "" : ""
      case .named(let name): regex.group(named: name).flatMap { groups[$0] } ?? ""
      }
    }.joined()
  }
}
