internal import TSQForecast
internal import TSQCore
internal import Yams

extension RuleFile {
  /// Reads a rules file.
  ///
  /// Strict: an unknown key, a wrong type or a limit outside what the unit allows is an error with
  /// its line, because a rule that silently does nothing is worse than none.
  public init(yaml: String) throws(RuleFileError) {
    let root: Node?
    do {
      root = try Yams.compose(yaml: yaml)
    } catch let error as YamlError {
      throw RuleFileError(line: 0, message: "not valid YAML: \(error)")
    } catch {
      throw RuleFileError(line: 0, message: "not valid YAML: \(error)")
    }
    guard let root else { throw RuleFileError(line: 0, message: "the file is empty") }
    var file = try RuleMapping(root, "the file")
    let resources = try file.list("resources") { entry throws(RuleFileError) in
      try Resource(&entry)
    }
    let alerts = try file.list("alerts") { entry throws(RuleFileError) in try AlertRule(&entry) }
    try file.finish()
    guard !resources.isEmpty || !alerts.isEmpty else {
      throw RuleFileError(
        line: 1, message: "neither `resources` nor `alerts` holds anything",
        hint: "`tsq alerts default-rules` prints a file to start from")
    }
    self.init(resources: resources, alerts: alerts)
    try checkNamesAreUnique()
  }

  private func checkNamesAreUnique() throws(RuleFileError) {
    var seen: Set<String> = []
    for alert in alerts where !seen.insert(alert.name).inserted {
      throw RuleFileError(line: 0, message: "two alerts are named `\(alert.name)`")
    }
    seen = []
    for resource in resources where !seen.insert(resource.name).inserted {
      throw RuleFileError(line: 0, message: "two resources are named `\(resource.name)`")
    }
  }
}

extension Resource {
  fileprivate init(_ entry: inout RuleMapping) throws(RuleFileError) {
    let unit = try entry.choice("unit", MetricUnit.self)
    let direction = try entry.direction()
    let limit = try entry.number("limit", within: unit)
    name = try entry.text("name")
    selector = try entry.text("selector")
    self.unit = unit
    self.limit = limit
    self.direction = direction
    // 0.8 of the limit is the usual head room of a shared machine; a file may always say otherwise.
    // Of zero or less there is no share that leaves head room.
    target = try entry.number("target", within: unit, default: limit > 0 ? limit * 0.8 : limit)
    leadTimeNanoseconds = try entry.duration("lead_time", default: "7d")
    scope = try entry.choice("scope", Scope.self, default: .series)
    if direction == .above, target > limit {
      throw RuleFileError(
        line: entry.line, message: "`target` \(target) lies above `limit` \(limit)")
    }
    try entry.finish()
  }
}

extension AlertRule {
  fileprivate init(_ entry: inout RuleMapping) throws(RuleFileError) {
    let unit = try entry.choice("unit", MetricUnit.self)
    name = try entry.text("name")
    selector = try entry.text("selector")
    self.unit = unit
    limit = try entry.number("limit", within: unit)
    direction = try entry.direction()
    severity = try entry.choice("severity", Severity.self, default: .warning)
    noData = try entry.choice("no_data", NoDataPolicy.self, default: .unknown)
    let when = try entry.choice("when", When.self, default: .now)
    switch when {
    case .now:
      subject = .now(
        windowNanoseconds: try entry.duration("window", default: "5m"),
        holdForNanoseconds: try entry.duration("for", default: "0"))
      maxAgeNanoseconds = try entry.duration("max_age", default: "15m")
    case .forecast:
      let horizon = try entry.duration("horizon", default: "7d")
      guard horizon > 0 else {
        throw RuleFileError(
          line: entry.line, message: "`horizon` must be above 0: it is how far to look ahead",
          hint: "`when: now` looks at the present value")
      }
      let probability = try entry.plainNumber("probability", default: 0.5)
      guard probability > 0, probability < 1 else {
        throw RuleFileError(
          line: entry.line, message: "`probability` must lie between 0 and 1, not \(probability)")
      }
      subject = .forecast(horizonNanoseconds: horizon, probability: probability)
      maxAgeNanoseconds = try entry.duration("max_age", default: "1d")
    }
    try entry.finish()
  }

  private enum When: String, CaseIterable { case now, forecast }
}
