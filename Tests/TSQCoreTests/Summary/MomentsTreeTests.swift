import TSQCore
import TSQTestSupport
import Testing

@Suite struct MomentsTreeTests {
  @Test("any range merges to what its stretches one by one merge to", arguments: propertySeeds(6))
  func ranges(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let count = Int.random(in: 1...70, using: &random)
    var stretches: [Moments] = []
    var time: Int64 = 0
    for _ in 0..<count {
      var (times, values): ([Int64], [Double]) = ([], [])
      for _ in 0..<Int.random(in: 1...40, using: &random) {
        time += Int64.random(in: 1...90_000_000_000, using: &random)
        times.append(time)
        values.append(Double.random(in: -5...5, using: &random))
      }
      stretches.append(
        Moments(times: times.span, values: values.span, finiteCount: values.count))
    }
    let tree = MomentsTree(stretches)
    #expect(tree.count == count)
    for _ in 0..<80 {
      let first = Int.random(in: 0...count, using: &random)
      let range = first..<Int.random(in: first...count, using: &random)
      var expected = Moments()
      for stretch in stretches[range] { expected.merge(stretch) }
      let merged = tree.merged(range)
      #expect(merged.count == expected.count, "seed \(seed)")
      #expect(merged.origin == expected.origin, "seed \(seed)")
      #expect(merged.firstValue == expected.firstValue && merged.lastValue == expected.lastValue)
      for path in [
        \Moments.meanTime, \.meanValue, \.sumSquaresTime, \.sumProducts, \.sumSquaresValue,
        \.lagValueValue, \.lagTimeValue, \.lagTimeTime, \.lastTime,
      ] {
        let scale = 1 + expected[keyPath: path].magnitude + expected.sumSquaresTime * 1e-6
        let difference = merged[keyPath: path] - expected[keyPath: path]
        #expect(difference.magnitude <= 1e-9 * scale, "\(path), \(range), seed \(seed)")
      }
    }
  }
}
