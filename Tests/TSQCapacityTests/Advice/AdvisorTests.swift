import TSQCapacity
import TSQCore
import TSQForecast
import Testing

@Suite struct AdvisorTests {
  static func resource(
    limit: Double = 0.9, target: Double = 0.7, scope: Resource.Scope = .series
  ) -> Resource {
    Resource(
      name: "CPU", selector: "cpu_usage", unit: .fraction, limit: limit, direction: .above,
      target: target, leadTimeNanoseconds: 7 * Made.day, scope: scope)
  }

  static func advise(_ columns: SampleColumns, at time: Timestamp = Made.end) -> Advice {
    let use = UseEvidence(columns, of: resource(), at: time)
    return Advisor(resource: resource(), at: time).advise(nil, use)
  }

  @Test("a resource that idles for weeks may shrink, with the p99 it will then have")
  func scaleDown() throws {
    let advice = Self.advise(Made.history(days: 35, level: 0.10, swing: 0.15))
    #expect(advice.action == .scaleDown, "\(advice.reason)")
    guard case .factor(let factor)? = advice.quantity else {
      Issue.record("no quantity")
      return
    }
    let after = try #require(advice.p99After)
    #expect(factor < 0.6 && factor >= 0.25 / 0.7 - 0.01)
    #expect(after <= 0.7 + 1e-9)
    #expect(advice.quantityText?.contains("less capacity") == true)
  }

  @Test("a low mean with high peaks is no reason to shrink")
  func neverFromTheMean() {
    var columns = Made.history(days: 35, level: 0.05, noise: 0.01)
    // Two busy hours every night: the mean stays near 0.11, the p99 near 0.8.
    for index in 0..<columns.count where index % 48 < 4 { columns.values[index] += 0.75 }
    let mean = columns.values.reduce(0, +) / Double(columns.count)
    #expect(mean < 0.3)
    let advice = Self.advise(columns)
    #expect(advice.action != .scaleDown, "\(advice.reason)")
    #expect(advice.rejected.contains { $0.hasPrefix("scale_down") } || advice.action == .scaleUp)
  }

  @Test("growth into the limit within the lead time asks for more, with an order date")
  func scaleUp() throws {
    let advice = Self.advise(
      Made.history(days: 60, level: 0.40, growthPerDay: 0.008, noise: 0.003))
    #expect(advice.action == .scaleUp, "\(advice.reason)")
    guard case .factor(let factor)? = advice.quantity else {
      Issue.record("no quantity")
      return
    }
    #expect(factor > 1.15 && factor < 1.8)
    #expect(advice.orderBy != nil)
  }

  @Test("growth into the limit in the second lead time is held, with a coming date to order by")
  func orderLater() throws {
    // 0.82 at the end, 0.008 more each day: ten days to the limit of 0.9, seven to deliver.
    let columns = Made.history(days: 60, level: 0.34, growthPerDay: 0.008, noise: 0.003)
    let advice = Self.advise(columns)
    #expect(advice.action == .hold, "\(advice.reason)")
    let date = try #require(advice.orderBy)
    let days = Double(date.nanoseconds(since: Made.end)) / Double(Made.day)
    #expect(days > 1 && days < 4, "\(days)")
    #expect(advice.reason.contains("crossed within 14d with probability"), "\(advice.reason)")
    let steady = Self.advise(Made.history(days: 60, level: 0.68, noise: 0.003))
    #expect(steady.action == .hold && steady.orderBy == nil, "\(steady.reason)")
  }

  @Test("lows under a limit from below ask for more, however high the rest is")
  func lowsUnderTheLimit() throws {
    var columns = Made.history(days: 35, level: 0.60, noise: 0.01)
    for index in 0..<columns.count where index % 48 < 4 { columns.values[index] = 0.05 }
    let resource = Resource(
      name: "Free", selector: "free", unit: .fraction, limit: 0.1, direction: .below,
      target: 0.3, leadTimeNanoseconds: Made.day, scope: .series)
    var use = try #require(UseEvidence(columns, of: resource, at: Made.end))
    // Without a chance of a crossing the lows alone decide.
    use.forecast.crossings = []
    let advice = Advisor(resource: resource, at: Made.end).advise(nil, use)
    #expect(advice.action == .scaleUp, "\(advice.reason)")
    #expect(advice.reason.contains("the p1 of hourly lows, 5.0 %"), "\(advice.reason)")
  }

  @Test("well used is held")
  func hold() {
    let advice = Self.advise(Made.history(days: 35, level: 0.45, swing: 0.2))
    #expect(advice.action == .hold, "\(advice.reason)")
    #expect(advice.quantity == nil)
  }

  @Test("less than two whole weeks never shrinks anything")
  func oneWeek() {
    let advice = Self.advise(Made.history(days: 13, level: 0.1))
    #expect(advice.action == .hold, "\(advice.reason)")
    #expect(advice.rejected.contains { $0.contains("1 whole week of data") })
  }

  @Test("too little, thin or stale data is unknown, with words")
  func unknown() {
    let short = Self.advise(Made.history(days: 3, level: 0.1))
    #expect(short.action == .unknown)
    #expect(short.reason.contains("too little data"))
    let later = Made.end.adding(nanoseconds: 7 * Made.hour)
    let stale = Self.advise(Made.history(days: 35, level: 0.1), at: later)
    #expect(stale.action == .unknown)
    #expect(stale.reason.contains("stale"))
    let none = Advisor(resource: Self.resource(), at: Made.end).advise(nil, nil)
    #expect(none.action == .unknown)
    var thin = SampleColumns()
    let full = Made.history(days: 35, level: 0.1)
    for index in stride(from: full.count % 9, to: full.count, by: 9) {
      thin.append(time: full.times[index], value: full.values[index])
    }
    thin.append(time: Made.end.nanoseconds, value: 0.1)
    let sparse = Self.advise(thin)
    #expect(sparse.action == .unknown, "\(sparse.reason)")
  }

  @Test("a fleet is advised in members")
  func fleet() async throws {
    var source = MemorySource()
    for host in 1...6 {
      try source.set(
        "cpu_usage", host: "h\(host)",
        Made.history(days: 28, level: 0.10, swing: 0.15, seed: UInt64(host)))
    }
    var judged: [ReviewedResource] = []
    await CapacityReview(source: source, at: Made.end, lookbackNanoseconds: 90 * Made.day)
      .review([Self.resource(scope: .fleet)]) { judged.append($0) }
    let advice = try #require(judged.first?.advice)
    #expect(judged.count == 1)
    #expect(advice.action == .scaleDown, "\(advice.reason)")
    guard case .members(let now, let after)? = advice.quantity else {
      Issue.record("no quantity")
      return
    }
    #expect(now == 6 && (2...4).contains(after))
    #expect(try #require(advice.p99After) <= 0.7)
  }

  @Test("a fleet with a silent member counts the others only")
  func fleetWithSilence() {
    let live = Made.history(days: 28, level: 0.2)
    var gone = SampleColumns()
    gone.append(contentsOf: live, in: 0..<live.count / 2)
    let load = FleetLoad([live, live, gone], at: Made.end)
    #expect(load.members == 2)
    #expect(load.incompleteHours == 0)
  }

  @Test("quantiles are values that were measured")
  func quantiles() throws {
    let hours = Made.history(days: 14, level: 0.3, swing: 0.2)
    let use = try #require(UseEvidence(hours, of: Self.resource(), at: Made.end))
    #expect(use.wholeWeeks == 2)
    #expect(hours.values.contains(use.p99))
    #expect(use.p50 <= use.p95 && use.p95 <= use.p99 && use.p99 <= use.peak)
    let sorted = hours.values.sorted()
    #expect(sorted.last == use.peak)
    #expect(use.coverage == 1)
  }

  @Test("a sample at the very start of the weeks does not make more hours than there are")
  func coverageIsAShare() throws {
    let long = Made.history(days: 70, level: 0.3)
    let use = try #require(UseEvidence(long, of: Self.resource(), at: Made.end))
    #expect(use.filledHours == 1344 && use.hours == 1344 && use.coverage == 1)
  }

  @Test("seconds of data are no reason to buy, a day of it is")
  func tooLittleToBuy() throws {
    let second: Int64 = 1_000_000_000
    let end = Made.end.nanoseconds
    let two = SampleColumns(times: [end - 10 * second, end], values: [0.97, 0.97])
    let advice = Self.advise(two)
    #expect(advice.action == .unknown, "\(advice.reason)")
    #expect(advice.quantity == nil && advice.orderBy == nil)
    #expect(advice.reason.contains("1 of 1 hour holds data"), "\(advice.reason)")
    #expect(advice.reason.contains("24 hours"), "\(advice.reason)")
    #expect(advice.rejected.contains { $0.hasPrefix("scale_up") })
    #expect(!advice.evidence.contains { $0.contains("100 %") }, "\(advice.evidence)")
    let day = Self.advise(Made.history(days: 2, level: 0.97))
    #expect(day.action == .scaleUp, "\(day.reason)")
  }

  @Test("damage is told beside the advice, which is given all the same")
  func damage() async throws {
    var source = MemorySource()
    try source.set("cpu_usage", host: "a", Made.history(days: 35, level: 0.45, swing: 0.2))
    source.damage["a"] = "block 3 is damaged"
    var judged: [ReviewedResource] = []
    await CapacityReview(source: source, at: Made.end, lookbackNanoseconds: 90 * Made.day)
      .review([Self.resource()]) { judged.append($0) }
    let found = try #require(judged.first)
    #expect(found.advice.action == .hold, "\(found.advice.reason)")
    #expect(found.warnings == ["block 3 is damaged"])
    #expect(found.advice.evidence.contains("block 3 is damaged"))
  }
}
