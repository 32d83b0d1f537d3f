import TSQTestSupport
import Testing

@testable import TSQCodec

@Suite("Patched frames")
struct PatchedFrameTests {
  /// Bytes of some integers written by a plan, as a plan counts them: each gap between patches one.
  private func written(_ values: [Int64], _ plan: PatchedFrame.Plan) -> Int {
    var (writer, words) = (ByteWriter(), [UInt64]())
    PatchedFrame.encode(values.span, plan: plan, into: &writer, words: &words)
    let patches = values.indices.filter { (values[$0] &- plan.base) >> Int64(plan.width) != 0 }
    let longGaps = zip([-1] + patches, patches).count { $1 - $0 - 1 >= 128 }
    return writer.count - longGaps
  }

  @Test("a plan says what is written, and no other width takes less", arguments: propertySeeds(60))
  func plans(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let width = Int64.random(in: 1...30, using: &generator)
    let rarity = Int.random(in: 4...60, using: &generator)
    let values = (0..<Int.random(in: 20...600, using: &generator)).map { index -> Int64 in
      let value = Int64.random(in: 0..<(1 << width), using: &generator)
      // Outliers of every length, on both sides.
      guard index % rarity == 1 else { return value }
      let far = Int64(bitPattern: generator.next()) >> Int64.random(in: 1...62, using: &generator)
      return value &+ far
    }
    let plan = PatchedFrame.plan(values.span, skipping: 0)
    #expect(written(values, plan) == plan.byteCount, "seed \(seed): \(plan)")
    for width in 0...63 where width != plan.width {
      var other = plan
      other.width = width
      other.patchCount = values.count { ($0 &- plan.base) >> Int64(width) != 0 }
      // What patches more than a third is not looked at.
      if other.patchCount * 3 > values.count { continue }
      #expect(written(values, other) >= plan.byteCount, "seed \(seed): \(other) beats \(plan)")
    }
  }
}
