import TSQCore
import TSQTestSupport
import Testing

@testable import TSQStorage

/// Another try of a run to roll up, because samples arrived while the one before wrote its values.
@Suite("Another try to make hourly values")
struct RollupRetryTests {
  private let hour = HourModel.hour
  private let labels = Labels(metric: "load") ?? .none

  /// A store in which the hour after five has the value of some samples, which are dropped.
  private func makeStore(_ samples: [(second: Int64, value: Double)]) throws -> ModelledStore {
    var stored = try ModelledStore()
    try append(samples, to: &stored)
    try stored.append([(labels, 40 * hour, 0)])
    _ = try stored.store.applyRetention(
      [hourlyPolicy(rawHours: 10)], now: Timestamp(nanoseconds: 40 * hour))
    return stored
  }

  private func append(
    _ samples: [(second: Int64, value: Double)], to stored: inout ModelledStore
  ) throws {
    try stored.append(samples.map { (labels, 5 * hour + $0.second * 1_000_000_000, $0.value) })
  }

  /// Makes hourly values of what stands, as one try does, and drops nothing.
  private func makeValues(
    _ store: Store, _ earlier: inout [StoreSnapshot]
  ) throws -> RollupReport {
    try store.flush()
    let seen = store.snapshot()
    let range = TimeRange(start: .distantPast, end: Timestamp(nanoseconds: 30 * hour))
    let governed = GovernedSeries(rule: hourlyPolicy(rawHours: 10), earlier: [])
    var round = RollupRound(store: store, seen: seen, earlier: earlier, range: range)
    try round.make(of: governed.withSamples(seen, in: range))
    try store.requireWriter().queue.barrierBlocking()
    earlier.append(seen)
    return round.report
  }

  private func bucket(_ store: Store) throws -> HourBucket? {
    let snapshot = store.snapshot()
    let found = try snapshot.hourBuckets(
      of: try #require(snapshot.find(labels)), in: .all, statistics: ReadStatistics())
    #expect(found.buckets.count < 2)
    return found.buckets.first
  }

  @Test("samples that the try before counted are not late, nor do they take the place of others")
  func counted() throws {
    var stored = try makeStore([(1, 10)])
    var earlier: [StoreSnapshot] = []
    try append([(20, 20)], to: &stored)
    let first = try makeValues(stored.store, &earlier)
    #expect(first.lateSamples == 0 && first.remade == 0 && first.buckets == 1)
    #expect(try bucket(stored.store)?.sum == 30)

    let second = try makeValues(stored.store, &earlier)
    #expect(second.lateSamples == 0 && second.remade == 0 && second.buckets == 0)
    // As many stand now as the value counts, and yet one that it counts is not among them.
    try append([(10, 40)], to: &stored)
    let third = try makeValues(stored.store, &earlier)
    #expect(third.lateSamples == 0 && third.remade == 0 && third.buckets == 1)
    #expect(try bucket(stored.store)?.sum == 70)
    #expect(try bucket(stored.store)?.count == 3)
  }

  @Test("samples that fell into a value of an earlier run are late once, in the last try too")
  func late() throws {
    var stored = try makeStore([(1, 1), (2, 1), (30, 1)])
    var earlier: [StoreSnapshot] = []
    try append([(20, 5)], to: &stored)
    #expect(try makeValues(stored.store, &earlier).lateSamples == 1)
    try append([(40, 7)], to: &stored)
    let second = try makeValues(stored.store, &earlier)
    #expect(second.lateSamples == 1 && second.remade == 0)
    #expect(try bucket(stored.store)?.sum == 10)
    #expect(try makeValues(stored.store, &earlier).lateSamples == 1)
  }

  @Test("what is deleted between two tries does not come back")
  func deleted() async throws {
    var stored = try makeStore([(1, 10)])
    var earlier: [StoreSnapshot] = []
    try append([(20, 20)], to: &stored)
    _ = try makeValues(stored.store, &earlier)
    let day = TimeRange(start: .distantPast, end: Timestamp(nanoseconds: 24 * hour))
    try await stored.delete([.metric("load")], day)
    try append([(15, 3)], to: &stored)
    for _ in 0..<2 {
      #expect(try makeValues(stored.store, &earlier).lateSamples == 0)
      #expect(try bucket(stored.store)?.sum == 3)
    }
    try append([(10, 4)], to: &stored)
    #expect(try makeValues(stored.store, &earlier).remade == 0)
    #expect(try bucket(stored.store)?.sum == 7)
  }
}
