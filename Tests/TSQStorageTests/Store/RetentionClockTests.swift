import TSQCore
import TSQTestSupport
import Testing

@testable import TSQStorage

@Suite("Retention by a clock that may be wrong")
struct RetentionClockTests {
  private static let day: Int64 = 86_400_000_000_000

  private func clock(_ days: [Int64], now: Int64) throws -> RetentionClock {
    let newest = try #require(days.max())
    return RetentionClock(
      clock: Timestamp(nanoseconds: now * Self.day),
      newest: Timestamp(nanoseconds: newest * Self.day + Self.day / 2), days: Set(days))
  }

  @Test("ages count from the last day before a jump until a week of days lies behind it")
  func jumps() throws {
    let month = Array(Int64(100)...130)
    func age(_ days: [Int64], now: Int64) throws -> Int64 {
      try clock(days, now: now).now.nanoseconds / Self.day
    }
    #expect(try age(month, now: 131) == 130)
    // A clock ahead alone, a sample of the future alone, and both.
    #expect(try age(month, now: 9000) == 130)
    #expect(try age(month + [9000], now: 131) == 130)
    #expect(try age(month + [9000], now: 9001) == 130)
    // Several wrong clocks, none for long.
    #expect(try age(month + [500, 501, 9000, 9004], now: 9005) == 130)
    // A pause of three weeks: old samples wait for a week.
    #expect(try age(month + (150...156), now: 157) == 130)
    #expect(try age(month + (150...157), now: 158) == 157)
    // Days missing now and then are no jump.
    #expect(try age([100, 103, 104, 107], now: 108) == 107)
    // Too short a past to judge by: the oldest stretch counts.
    #expect(try age([100, 101, 200], now: 201) == 101)
    #expect(try age([100], now: 9000) == 100)
    #expect(try clock(month, now: 131).doubt == nil)
    #expect(try clock(month + [9000], now: 9001).doubt?.contains("jump") == true)
  }

  /// A store of a sample an hour for so many days, with a rule of ten days.
  private func filled(_ options: StoreOptions, days: Range<Int64>) throws -> Store {
    let store = try Store.open(
      "/store", options: options,
      fileSystem: SimulatedFileSystem(
        databases: SimulatedDatabases()))
    try store.state().setRetentionRule(RetentionRule(metricPattern: "*", keepSeconds: 864_000))
    try append(store, days.flatMap { day in (0..<24).map { day * Self.day + $0 * Self.day / 24 } })
    return store
  }

  private func append(_ store: Store, _ times: [Int64]) throws {
    let id = try store.resolve(try #require(Labels(metric: "m")))
    _ = try store.appendBlocking(
      SampleBatch(series: times.map { _ in id }, times: times, values: times.map { _ in 1 }))
  }

  @Test("a clock and a sender a year ahead drop nothing by themselves", arguments: [true, false])
  func aYearAhead(isFlushed: Bool) throws {
    var options = quietOptions()
    options.clock = { Timestamp(nanoseconds: 395 * Self.day) }
    let store = try filled(options, days: 0..<9)
    if isFlushed { try store.flush() }
    try append(store, [394 * Self.day, 395 * Self.day])
    if isFlushed { try store.flush() }
    let before = try Found(store.snapshot())
    store.mergeIfDue()
    #expect(try Found(store.snapshot()) == before)
    let outcome = try #require(store.maintain(dryRun: false).first { $0.job == .retention })
    #expect(outcome.result == .nothingDue && outcome.detail.contains("jump"), "\(outcome)")
    #expect(try Found(store.snapshot()) == before)
    // Somebody looks, and says that it is so.
    let note = try store.applyRetentionRules(dryRun: false)
    #expect(note.rules.first?.series == 1, "\(note)")
    #expect(try Found(store.snapshot()).samples.values.map(\.count) == [2])
    try store.close()
  }

  @Test("what is old by all of them is dropped all the same")
  func inDoubt() throws {
    var options = quietOptions()
    options.clock = { Timestamp(nanoseconds: 395 * Self.day) }
    let store = try filled(options, days: 0..<30)
    try append(store, [395 * Self.day])
    let outcome = try #require(store.maintain(dryRun: false).first { $0.job == .retention })
    #expect(outcome.result == .done && outcome.detail.contains("jump"), "\(outcome)")
    // Ten days before the start of the last day before the jump.
    #expect(try Found(store.snapshot()).samples.values.map(\.count) == [11 * 24 + 1])
    try store.close()
  }
}
