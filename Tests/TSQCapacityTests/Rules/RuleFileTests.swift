import TSQCapacity
import TSQForecast
import Testing

@Suite struct RuleFileTests {
  @Test("the built-in rules are a valid file")
  func defaultRules() throws {
    let file = try RuleFile(yaml: DefaultRules.yaml)
    #expect(file.resources.map(\.name) == ["CPU", "Memory", "Disk"])
    #expect(
      file.alerts.map(\.name) == [
        "CpuHigh", "MemoryHigh", "DiskFull", "CpuWillBeHigh", "DiskWillFill",
      ])
  }

  @Test("every key reaches its field")
  func everyKey() throws {
    let file = try RuleFile(
      yaml: """
        resources:
          - {name: R, selector: 'free{a="b"}', unit: bytes, limit: 1000, target: 5,
             direction: below, lead_time: 2d, scope: fleet}
        alerts:
          - {name: A, selector: m, unit: percent, limit: 90, direction: above, severity: critical,
             no_data: firing, when: now, window: 10m, for: 1h, max_age: 2h}
          - {name: B, selector: m, unit: number, limit: -3, direction: below, when: forecast,
             horizon: 3d, probability: 0.25}
        """)
    let resource = try #require(file.resources.first)
    #expect(resource.unit == .bytes && resource.limit == 1000 && resource.target == 5)
    #expect(resource.direction == .below && resource.scope == .fleet)
    #expect(resource.leadTimeNanoseconds == 2 * 86_400_000_000_000)
    let now = try #require(file.alerts.first)
    #expect(
      now.subject
        == .now(windowNanoseconds: 600_000_000_000, holdForNanoseconds: 3_600_000_000_000))
    #expect(now.severity == .critical && now.noData == .firing)
    #expect(now.maxAgeNanoseconds == 7_200_000_000_000)
    let forecast = try #require(file.alerts.last)
    #expect(
      forecast.subject
        == .forecast(horizonNanoseconds: 3 * 86_400_000_000_000, probability: 0.25))
    #expect(forecast.limit == -3 && forecast.noData == .unknown)
  }

  /// Each entry: the YAML, the line to be named, a part of the message.
  static let faults: [(String, Int, String)] = [
    ("", 0, "empty"),
    ("alerts: [", 0, "not valid YAML"),
    ("alerts: []", 1, "neither"),
    ("alerts: {}", 1, "must be a list"),
    ("alert:\n  - {}", 1, "unknown key `alert`"),
    ("alerts:\n  - name: A\n    selector: m\n    limit: 1", 2, "lacks `unit`"),
    ("alerts:\n  - {name: A, selector: m, unit: parsec, limit: 1}", 2, "`unit` is `parsec`"),
    ("alerts:\n  - {name: A, selector: m, unit: fraction, limit: 90}", 2, "lies above"),
    ("alerts:\n  - {name: A, selector: m, unit: fraction, limit: -1}", 2, "lies below"),
    ("alerts:\n  - {name: A, selector: m, unit: count, limit: many}", 2, "must be a number"),
    ("alerts:\n  - {name: A, selector: m, unit: count, limit: .nan}", 2, "must be a number"),
    (
      "alerts:\n  - name: A\n    selector: m\n    unit: count\n    limit: 1\n    treshold: 3", 6,
      "unknown key `treshold`"
    ),
    (
      "alerts:\n  - {name: A, selector: m, unit: count, limit: 1, window: fortnight}", 2,
      "not a duration"
    ),
    (
      "alerts:\n  - {name: A, selector: m, unit: count, limit: 1, horizon: 7d}", 2,
      "unknown key `horizon`"
    ),
    (
      "alerts:\n  - {name: A, selector: m, unit: count, limit: 1, when: forecast, probability: 2}",
      2, "between 0 and 1"
    ),
    (
      "alerts:\n  - {name: A, selector: m, unit: count, limit: 1, when: forecast, horizon: 0}",
      2, "`horizon` must be above 0"
    ),
    (
      "resources:\n  - {name: R, selector: m, unit: fraction, limit: 0.5, target: 0.8}", 2,
      "above `limit`"
    ),
    (
      """
      alerts:
        - {name: A, selector: m, unit: count, limit: 1}
        - {name: A, selector: n, unit: count, limit: 1}
      """, 0, "two alerts are named"
    ),
  ]

  @Test("a faulty file is refused with its line", arguments: faults.indices)
  func refused(index: Int) throws {
    let (yaml, line, words) = Self.faults[index]
    let error = try #require(throws: RuleFileError.self) { try RuleFile(yaml: yaml) }
    #expect(error.line == line, "\(error)")
    #expect(error.description.contains(words), "\(error)")
  }
}
