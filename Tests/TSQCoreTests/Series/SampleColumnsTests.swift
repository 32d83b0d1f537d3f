import TSQCore
import TSQTestSupport
import Testing

@Suite("Sample columns")
struct SampleColumnsTests {
  @Test("a range is found as by looking at every sample", arguments: propertySeeds())
  func ranges(_ seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var times: [Int64] = []
    for _ in 0..<Int.random(in: 0...30, using: &random) {
      times.append((times.last ?? -50) + Int64.random(in: 1...9, using: &random))
    }
    let columns = SampleColumns(times: times, values: times.map { Double($0) })
    for _ in 0..<50 {
      let start = Int64.random(in: -60...250, using: &random)
      let end = start + Int64.random(in: 0...80, using: &random)
      let range = TimeRange(
        start: Timestamp(nanoseconds: start), end: Timestamp(nanoseconds: end))
      let expected = times.filter { $0 >= start && $0 <= end }
      #expect(Array(times[columns.indices(in: range)]) == expected, "seed \(seed)")
    }
  }

  @Test("appending, and emptying for reuse")
  func appending() {
    var columns = SampleColumns()
    columns.append(time: 1, value: 10)
    columns.append(time: 2, value: 20)
    var other = SampleColumns()
    other.append(contentsOf: columns, in: 1..<2)
    #expect(other.times == [2])
    #expect(other[0].value == 20)
    #expect(other[0].time == Timestamp(nanoseconds: 2))
    other.removeAllKeepingCapacity()
    #expect(other.isEmpty && other.count == 0)
  }

  @Test("the stale marker is one bit pattern, not any NaN")
  func staleMarker() {
    #expect(SpecialValue.isStale(Double(bitPattern: 0x7ff0_0000_0000_0002)))
    #expect(!SpecialValue.isStale(.nan))
    #expect(!SpecialValue.isStale(1))
  }
}
