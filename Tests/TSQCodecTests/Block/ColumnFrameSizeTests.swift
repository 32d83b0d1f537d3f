import TSQCodec
import TSQTestSupport
import Testing

/// Sizes that a change of the chooser must not lose; figures and data classes are in the format page.
@Suite("Column frames are small")
struct ColumnFrameSizeTests {
  @Test(
    "bits a sample stay below what was reached",
    arguments: [
      (ValueClass.constant, EncodingEffort.fast, 0.12), (.integerWalk, .fast, 6.3),
      (.decimalWalk, .fast, 6.3), (.memorySizes, .fast, 14.3), (.steps, .fast, 0.9),
      (.fewLevels, .fast, 2.6), (.float32, .fast, 6.4), (.meansOfDecimals, .fast, 9.5),
      (.tinyDecimals, .fast, 7.3), (.staleMarkers, .fast, 7.7),
      (.fewLevels, .cold, 2.4), (.steps, .cold, 0.9),
    ])
  func values(_ valueClass: ValueClass, _ effort: EncodingEffort, _ bitsMax: Double) throws {
    let values = valueClass.values(count: 1_024, seed: 3)
    var scratch = ColumnScratch()
    var writer = ByteWriter()
    try ColumnFrame.encode(values: values.span, into: &writer, effort: effort, scratch: &scratch)
    let bits = Double(writer.count * 8) / 1_024
    let form = try ColumnFrame.inspect(writer.rawSpan).encoding
    #expect(bits <= bitsMax, "\(valueClass), \(effort): \(bits) bits as \(form)")
  }

  @Test("whole numbers over seven keep their few residuals: a range says nothing of them")
  func sevenths() throws {
    var random = SeededGenerator(seed: 3)
    let values = (0..<1_024).map { _ in Double(Int.random(in: 0..<1_000_000, using: &random)) / 7 }
    var writer = ByteWriter()
    try ColumnFrame.encode(values: values.span, into: &writer)
    let bits = Double(writer.count * 8) / 1_024
    let form = try ColumnFrame.inspect(writer.rawSpan).encoding
    #expect(bits <= 41, "\(bits) bits as \(form)")
  }

  @Test("timestamps on a grid cost nothing, jitter costs its own bits")
  func timestamps() throws {
    for (timeClass, bitsMax) in [
      (TimeClass.grid, 0.2), (.jittered, 20.3), (.milliseconds, 7.3), (.gaps, 0.7),
    ] {
      let times = timeClass.times(count: 1_024, seed: 3)
      var writer = ByteWriter()
      try ColumnFrame.encode(timestamps: times.span, into: &writer)
      let bits = Double(writer.count * 8) / 1_024
      let form = try ColumnFrame.inspect(writer.rawSpan).encoding
      #expect(bits <= bitsMax, "\(timeClass): \(bits) bits as \(form)")
    }
  }

  @Test("the cold tier never takes more than the fast one", arguments: ValueClass.allCases)
  func coldIsNotLarger(_ valueClass: ValueClass) throws {
    let values = valueClass.values(count: 2_000, seed: 4)
    var scratch = ColumnScratch()
    var (fast, cold) = (ByteWriter(), ByteWriter())
    try ColumnFrame.encode(values: values.span, into: &fast, effort: .fast, scratch: &scratch)
    try ColumnFrame.encode(values: values.span, into: &cold, effort: .cold, scratch: &scratch)
    #expect(cold.count <= fast.count)
  }
}
