import Foundation
import TSQCodec
import TSQTestSupport
import Testing

@Suite("Damaged column frames")
struct ColumnFrameDamageTests {
  /// Frames of every kind, small enough to damage at every byte.
  static func frames(count: Int) throws -> [[UInt8]] {
    var scratch = ColumnScratch()
    var frames: [[UInt8]] = []
    for effort in [EncodingEffort.fast, .cold] {
      for valueClass in ValueClass.allCases {
        var writer = ByteWriter()
        let values = valueClass.values(count: count, seed: 6)
        try ColumnFrame.encode(
          values: values.span, into: &writer, effort: effort, scratch: &scratch)
        frames.append(writer.bytes)
      }
      for timeClass in TimeClass.allCases {
        var writer = ByteWriter()
        let times = timeClass.times(count: count, seed: 6)
        try ColumnFrame.encode(
          timestamps: times.span, into: &writer, effort: effort, scratch: &scratch)
        frames.append(writer.bytes)
      }
    }
    return frames
  }

  @Test("every flipped byte is noticed")
  func flips() throws {
    for frame in try Self.frames(count: 40) {
      for place in frame.indices {
        var damaged = frame
        damaged[place] ^= UInt8(1 << (place % 8))
        let error = decodeError(damaged)
        #expect(error != nil, "byte \(place) of \(frame.count) flipped unnoticed")
        // Behind the header, the checksum is what notices.
        if place > 8, place < frame.count - 4 {
          guard case .checksumMismatch? = error else {
            Issue.record("byte \(place): \(String(describing: error))")
            continue
          }
        }
      }
    }
  }

  @Test("every truncation and every excess is noticed")
  func truncations() throws {
    for frame in try Self.frames(count: 30) {
      for count in 0..<frame.count {
        guard case .truncated? = decodeError(Array(frame.prefix(count))) else {
          Issue.record("\(count) of \(frame.count) bytes: not called truncated")
          continue
        }
      }
      #expect(
        decodeError(frame + [0])
          == .excessBytes(expectedBytes: frame.count, actualBytes: frame.count + 1))
    }
  }

  @Test("an error leaves the column as it was, and names the other kind")
  func wrongKind() throws {
    var writer = ByteWriter()
    try ColumnFrame.encode(values: [1, 2, 3].span, into: &writer)
    var times: [Int64] = [4]
    let error = #expect(throws: ColumnDecodeError.self) {
      try ColumnFrame.decodeTimestamps(writer.rawSpan, into: &times)
    }
    #expect(error == .wrongKind(expected: .timestamps, actualCode: 2))
    #expect(times == [4])
    #expect(error?.description.contains("kind 2") == true)
  }

  @Test("a newer version and unknown flags are refused by name")
  func newerFormats() throws {
    var writer = ByteWriter()
    try ColumnFrame.encode(values: [1, 2, 3].span, into: &writer)
    var newer = writer.bytes
    newer[0] = 2 << 4 | 2
    #expect(decodeError(newer) == .unsupportedFormat(version: 2, flags: 0))
    var flagged = writer.bytes
    flagged[1] = 4
    #expect(decodeError(flagged) == .unsupportedFormat(version: 1, flags: 4))
  }

  @Test("a count from nowhere is refused before memory is taken")
  func hugeCounts() {
    var writer = ByteWriter()
    writer.append(0x12)
    writer.append(0)
    writer.append(varint: UInt64.max)
    writer.append(varint: 0)
    writer.append(littleEndian: CRC32C.checksum(writer.rawSpan))
    #expect(
      decodeError(writer.bytes)
        == .tooManySamples(count: .max, maximum: ColumnFrame.samplesPerFrameMax))
  }

  private func decodeError(_ frame: [UInt8]) -> ColumnDecodeError? {
    var (times, values): ([Int64], [Double]) = ([], [])
    do throws(ColumnDecodeError) {
      let info = try ColumnFrame.inspect(frame.rawSpan)
      switch info.kind {
      case .timestamps: try ColumnFrame.decodeTimestamps(frame.rawSpan, into: &times)
      case .values: try ColumnFrame.decodeValues(frame.rawSpan, into: &values)
      }
      return nil
    } catch {
      #expect(times.isEmpty && values.isEmpty)
      return error
    }
  }
}
