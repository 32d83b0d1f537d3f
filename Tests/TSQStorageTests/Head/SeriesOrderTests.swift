import TSQCore
import TSQTestSupport
import Testing

@testable import TSQStorage

/// A segment's series come in the order of their labels, which a flush asks of the numbers alone.
@Suite("Order of series")
struct SeriesOrderTests {
  @Test("numbers sort as their labels do, as ever more series come", arguments: propertySeeds(20))
  func sorted(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let texts = ["a", "ab", "b", "K\u{F6}ln", "Ko\u{308}ln", "10", "100", "1", "\u{1F600}", "Z"]
    let (registry, order) = (SeriesRegistry(), SeriesOrder())
    // Names on either side of the metric's, and no metric at all.
    let names = ["A", "__name", "__name__", "__name__x", "host", "zone"]
    for round in 0..<6 {
      var ids: [SeriesID] = []
      for _ in 0..<Int.random(in: 1...120, using: &generator) {
        let pairs = names.filter { _ in Int.random(in: 0..<3, using: &generator) > 0 }.map {
          Label(name: $0, value: texts.randomElement(using: &generator) ?? "x")
        }
        if !pairs.isEmpty { ids.append(registry.id(of: try #require(Labels(pairs)))) }
      }
      let all = (0..<UInt32(registry.count)).map(SeriesID.init(rawValue:))
      // Few of many are sorted by themselves, many out of the kept order.
      for some in [all, Array(Set(ids)), Array(Set(ids).prefix(3))] {
        let found = registry.labels(of: order.sorted(some.shuffled(using: &generator), registry))
        let expected = registry.labels(of: some).sorted { LabelOrder.compare($0, $1) < 0 }
        #expect(found == expected, "round \(round), seed \(seed)")
      }
    }
  }
}
