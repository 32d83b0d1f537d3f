import TSQCore
import TSQTestSupport
import Testing

@testable import TSQStorage

@Suite("Store against a dictionary")
struct StorePropertyTests {
  @Test(
    "late, duplicate, backfilled and deleted samples, through every kind of upkeep",
    arguments: propertySeeds(8))
  func randomWorkload(seed: UInt64) async throws {
    var random = try RandomWorkload(seed: seed)
    var stored = try ModelledStore()
    var held: [(StoreSnapshot, StoreModel)] = []
    for step in 0..<40 {
      let place = "seed \(seed), step \(step)"
      switch Int.random(in: 0..<16, using: &random.generator) {
      case 0..<7: try stored.append(random.batch())
      case 7, 8:
        let (matchers, range) = try random.deletion()
        try await stored.delete(matchers, range)
      case 9, 10: try stored.store.flush()
      case 11: try stored.store.compact()
      case 12: _ = try stored.store.compactInBackground()
      case 13: try stored.reopen()
      case 14: held = [(stored.store.snapshot(), stored.model)]
      default: try stored.model.check(stored.store.snapshot(), place)
      }
      for (snapshot, model) in held where step % 5 == 0 {
        try model.check(snapshot, "held snapshot, \(place)")
      }
    }
    try finish(&stored, seed)
  }

  /// The same answers from memory, from many segments, from one, and after reopening.
  private func finish(_ stored: inout ModelledStore, _ seed: UInt64) throws {
    try stored.model.check(stored.store.snapshot(), "seed \(seed), at the end")
    try stored.store.flush()
    try stored.model.check(stored.store.snapshot(), "seed \(seed), flushed")
    let readOnly = try Store.openReadOnly(
      "/store", options: stored.options, fileSystem: stored.fileSystem)
    try stored.model.check(readOnly.snapshot(), "seed \(seed), read-only")
    try stored.store.compact()
    try stored.model.check(stored.store.snapshot(), "seed \(seed), compacted")
    let again = try stored.store.compact()
    #expect(again == CompactionReport(), "settled stays settled, seed \(seed)")
    #expect(stored.store.statistics().tombstones == 0, "deletions carried out, seed \(seed)")
    try stored.reopen()
    #expect(stored.store.recovery.isClean, "\(stored.store.recovery), seed \(seed)")
    try stored.model.check(stored.store.snapshot(), "seed \(seed), reopened")
    let verified = stored.store.statistics()
    let expected = stored.model.samples.values.reduce(0) { $0 + $1.count }
    #expect(verified.segmentSamples == expected, "no duplicate is kept, seed \(seed)")
    try stored.store.close()
  }
}
