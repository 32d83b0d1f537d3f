internal import Foundation
internal import GRDB
import TSQCore

extension StateDatabase {
  /// The retention rules in the order in which they are tried.
  public func retentionRules() throws(StoreError) -> [RetentionRule] {
    try database.read { db in try Self.rules(db) }
  }

  /// Replaces all retention rules.
  public func setRetentionRules(_ rules: [RetentionRule]) throws(StoreError) {
    try database.write { db, totals in try Self.replace(rules, db, &totals) }
  }

  /// Sets one rule: in place of the one for the same pattern and resolution, else before the first
  /// whose pattern is wider, so that the special rules come first.
  ///
  /// - Returns: all rules then.
  @discardableResult
  public func setRetentionRule(_ rule: RetentionRule) throws(StoreError) -> [RetentionRule] {
    try database.write { db, totals in
      var rules = try Self.rules(db)
      Self.place(rule, in: &rules)
      try Self.replace(rules, db, &totals)
      return rules
    }
  }

  private static func place(_ rule: RetentionRule, in rules: inout [RetentionRule]) {
    let same = rules.firstIndex {
      $0.metricPattern == rule.metricPattern && $0.resolutionSeconds == rule.resolutionSeconds
    }
    if let same {
      rules[same] = rule
      return
    }
    // A pattern that matches another pattern's text matches all that the other does.
    let place = rules.firstIndex {
      $0.metricPattern != rule.metricPattern
        && LabelMatcher.metric(glob: $0.metricPattern).matches(rule.metricPattern)
    }
    rules.insert(rule, at: place ?? rules.count)
  }

  /// Sets both rules of a pattern in one step: how long samples are kept, and hourly values.
  ///
  /// - Parameters:
  ///   - rule: about the samples.
  ///   - hourly: about the hourly values.
  /// - Returns: all rules then.
  /// - Throws: `StoreError.invalidArgument` for rules that cannot be meant together.
  @discardableResult
  public func setRetentionRule(
    _ rule: RetentionRule, hourly: HourlyRule
  ) throws(StoreError) -> [RetentionRule] {
    let resolution = RetentionRule.hourSeconds
    let known = try retentionRules().first {
      $0.metricPattern == rule.metricPattern && $0.resolutionSeconds == resolution
    }
    let next: RetentionRule?
    switch hourly {
    case .unchanged: next = known
    case .remove: next = nil
    case .keep(let seconds):
      next = RetentionRule(
        metricPattern: rule.metricPattern, resolutionSeconds: resolution, keepSeconds: seconds)
    }
    try RetentionRule.validate(raw: rule, hourly: next)
    return try database.write { db, totals in
      var rules = try Self.rules(db).filter {
        $0.metricPattern != rule.metricPattern || $0.resolutionSeconds != resolution
      }
      Self.place(rule, in: &rules)
      if let next { Self.place(next, in: &rules) }
      try Self.replace(rules, db, &totals)
      return rules
    }
  }

  /// Removes the rules for a pattern.
  ///
  /// - Returns: how many there were.
  @discardableResult
  public func removeRetentionRules(pattern: String) throws(StoreError) -> Int {
    try database.write { db, totals in
      let rules = try Self.rules(db)
      let kept = rules.filter { $0.metricPattern != pattern }
      if kept.count < rules.count { try Self.replace(kept, db, &totals) }
      return rules.count - kept.count
    }
  }

  private static func rules(_ db: Database) throws -> [RetentionRule] {
    var rules: [RetentionRule] = []
    try StateSchema.retention.forEach(db, where: "1 ORDER BY position") { row in
      guard let resolution = Int64.fromDatabaseValue(row[2]),
        let keep = Int64.fromDatabaseValue(row[3])
      else { throw DamagedTable(table: "retention_rules", reason: "a row makes no sense") }
      rules.append(
        RetentionRule(
          metricPattern: Self.text(row[1]), resolutionSeconds: resolution,
          keepSeconds: keep))
    }
    return rules
  }

  private static func replace(
    _ rules: [RetentionRule], _ db: Database, _ totals: inout TableTotals
  ) throws {
    try StateSchema.retention.delete(where: "1", [], db, &totals)
    for (position, rule) in rules.enumerated() {
      try StateSchema.retention.put(
        [
          position.databaseValue, Self.blob(rule.metricPattern),
          rule.resolutionSeconds.databaseValue, rule.keepSeconds.databaseValue,
        ], db, &totals)
    }
  }

  private static func blob(_ text: String) -> DatabaseValue { Data(text.utf8).databaseValue }

  private static func text(_ value: DatabaseValue) -> String {
    String(decoding: Data.fromDatabaseValue(value) ?? Data(), as: UTF8.self)
  }
}
