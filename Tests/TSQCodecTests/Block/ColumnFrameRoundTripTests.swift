import TSQCodec
import TSQTestSupport
import Testing

@Suite("Column frames give back every bit")
struct ColumnFrameRoundTripTests {
  @Test("every kind of values, at counts around every boundary", arguments: ValueClass.allCases)
  func valuesRoundTrip(_ valueClass: ValueClass) throws {
    var scratch = ColumnScratch()
    for count in interestingCounts {
      let values = valueClass.values(count: count, seed: UInt64(count) &+ 77)
      try expectRoundTrip(values, scratch: &scratch, "\(valueClass), \(count) values")
    }
  }

  @Test("every kind of timestamps, at counts around every boundary", arguments: TimeClass.allCases)
  func timestampsRoundTrip(_ timeClass: TimeClass) throws {
    var scratch = ColumnScratch()
    for count in interestingCounts {
      let times = timeClass.times(count: count, seed: UInt64(count) &+ 78)
      try expectRoundTrip(times, scratch: &scratch, "\(timeClass), \(count) timestamps")
    }
  }

  @Test("every count from 0 to 1,100")
  func everyCount() throws {
    var scratch = ColumnScratch()
    for count in 0...1_100 {
      let valueClass = ValueClass.allCases[count % ValueClass.allCases.count]
      let efforts = [count % 10 == 0 ? EncodingEffort.cold : .fast]
      try expectRoundTrip(
        valueClass.values(count: count, seed: UInt64(count)), scratch: &scratch,
        efforts: efforts, "\(valueClass), \(count) values")
      let timeClass = TimeClass.allCases[count % TimeClass.allCases.count]
      try expectRoundTrip(
        timeClass.times(count: count, seed: UInt64(count)), scratch: &scratch,
        efforts: efforts, "\(timeClass), \(count) timestamps")
    }
  }

  @Test("full frames of eight blocks", arguments: ValueClass.allCases.prefix(10))
  func fullFrames(_ valueClass: ValueClass) throws {
    var scratch = ColumnScratch()
    let values = valueClass.values(count: ColumnFrame.samplesPerFrameMax, seed: 5)
    try expectRoundTrip(values, scratch: &scratch, "\(valueClass), full frame")
  }

  @Test("more samples than a frame holds are refused")
  func tooMany() {
    let most = ColumnFrame.samplesPerFrameMax
    var writer = ByteWriter()
    #expect(throws: ColumnEncodeError.tooManySamples(count: most + 1, maximum: most)) {
      try ColumnFrame.encode(
        values: [Double](repeating: 1, count: most + 1).span, into: &writer)
    }
    #expect(throws: ColumnEncodeError.tooManySamples(count: most + 1, maximum: most)) {
      try ColumnFrame.encode(
        timestamps: [Int64](repeating: 1, count: most + 1).span, into: &writer)
    }
    #expect(writer.count == 0)
  }

  @Test("frames are appended after what the writer holds, columns after what the array holds")
  func appends() throws {
    var writer = ByteWriter()
    writer.append(contentsOf: [1, 2, 3])
    try ColumnFrame.encode(values: [1.5, 2.5].span, into: &writer)
    #expect(Array(writer.bytes.prefix(3)) == [1, 2, 3])
    var values = [9.0]
    let frame = Array(writer.bytes.dropFirst(3))
    try ColumnFrame.decodeValues(frame.rawSpan, into: &values)
    #expect(values == [9, 1.5, 2.5])
  }
}

/// Counts at and beside every boundary of the packing, and a few between.
let interestingCounts = [
  0, 1, 2, 3, 7, 8, 15, 16, 17, 100, 127, 128, 129, 255, 256, 257, 896, 1_000, 1_023, 1_024, 1_025,
  1_152, 2_048,
]

func expectRoundTrip(
  _ values: [Double], scratch: inout ColumnScratch,
  efforts: [EncodingEffort] = [.fast, .cold], _ what: String
) throws {
  for effort in efforts {
    var writer = ByteWriter()
    try ColumnFrame.encode(
      values: values.span, into: &writer, effort: effort, scratch: &scratch)
    var decoded: [Double] = []
    try ColumnFrame.decodeValues(writer.rawSpan, into: &decoded)
    #expect(decoded.map(\.bitPattern) == values.map(\.bitPattern), "\(what), \(effort)")
    #expect(try ColumnFrame.inspect(writer.rawSpan).count == values.count)
    // A frame never takes more than the raw doubles and its header.
    #expect(writer.count <= values.count * 8 + 16, "\(what), \(effort)")
  }
}

func expectRoundTrip(
  _ times: [Int64], scratch: inout ColumnScratch,
  efforts: [EncodingEffort] = [.fast, .cold], _ what: String
) throws {
  for effort in efforts {
    var writer = ByteWriter()
    try ColumnFrame.encode(
      timestamps: times.span, into: &writer, effort: effort, scratch: &scratch)
    var decoded: [Int64] = []
    try ColumnFrame.decodeTimestamps(writer.rawSpan, into: &decoded)
    #expect(decoded == times, "\(what), \(effort)")
    #expect(try ColumnFrame.inspect(writer.rawSpan).count == times.count)
    #expect(writer.count <= times.count * 8 + 16, "\(what), \(effort)")
  }
}
