import Foundation
import TSQCodec
import TSQTestSupport
import Testing

/// Decodes any bytes as a frame, with the checksum set right so that the payload is reached.
///
/// A decoder that traps, hangs or takes memory without bound fails here; whatever decodes must encode
/// and decode again to the same bits.
func fuzzColumnFrame(_ bytes: [UInt8], scratch: inout ColumnScratch) throws {
  var frame = bytes
  if frame.count >= 8 {
    let body = frame.count - 4
    let checksum = CRC32C.checksum(frame.rawSpan.extracting(0..<body))
    for byte in 0..<4 { frame[body + byte] = UInt8(truncatingIfNeeded: checksum >> (8 * byte)) }
  }
  guard let info = try? ColumnFrame.inspect(frame.rawSpan) else { return }
  try #require(info.count <= ColumnFrame.samplesPerFrameMax)
  switch info.kind {
  case .timestamps:
    var times: [Int64] = []
    guard (try? ColumnFrame.decodeTimestamps(frame.rawSpan, into: &times, scratch: &scratch)) != nil
    else { return }
    try #require(times.count == info.count)
    try expectRoundTrip(times, scratch: &scratch, efforts: [.fast], "decoded from fuzz")
  case .values:
    var values: [Double] = []
    guard (try? ColumnFrame.decodeValues(frame.rawSpan, into: &values, scratch: &scratch)) != nil
    else { return }
    try #require(values.count == info.count)
    try expectRoundTrip(values, scratch: &scratch, efforts: [.fast], "decoded from fuzz")
  }
}

@Suite("Column frames from any bytes")
struct ColumnFrameFuzzTests {
  /// A few hundred mutations in every run; `TSQ_FUZZ_SECONDS` goes on for so long, over new seeds.
  @Test("mutated frames give an error or data, never a trap")
  func mutations() throws {
    let corpus = try ColumnFrameDamageTests.frames(count: 60)
    let seconds = environment("TSQ_FUZZ_SECONDS").flatMap(Double.init) ?? 0
    let deadline = Date(timeIntervalSinceNow: seconds)
    var scratch = ColumnScratch()
    var seed: UInt64 = seconds > 0 ? UInt64(Date().timeIntervalSince1970) : 1
    var rounds = 0
    repeat {
      var random = SeededGenerator(seed: seed)
      for frame in corpus {
        let mutated = Self.mutated(frame, corpus, &random)
        do {
          try fuzzColumnFrame(mutated, scratch: &scratch)
        } catch {
          Issue.record("seed \(seed): \(error) from \(mutated)")
        }
      }
      seed &+= 1
      rounds += 1
    } while rounds < 20 || Date() < deadline
  }

  private static func mutated(
    _ frame: [UInt8], _ corpus: [[UInt8]], _ random: inout SeededGenerator
  ) -> [UInt8] {
    var bytes = frame
    for _ in 0..<Int.random(in: 1...4, using: &random) {
      let place = Int.random(in: 0..<bytes.count, using: &random)
      switch Int.random(in: 0..<6, using: &random) {
      case 0: bytes[place] = UInt8.random(in: .min ... .max, using: &random)
      case 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      case 2: bytes[place] = [0, 1, 0x7f, 0x80, 0xff].randomElement(using: &random) ?? 0
      case 3: bytes.insert(UInt8.random(in: .min ... .max, using: &random), at: place)
      case 4 where bytes.count > 12: bytes.remove(at: place)
      default:
        // A piece of another frame: codes of one scheme in front of the data of another.
        let other = corpus.randomElement(using: &random) ?? frame
        let from = Int.random(in: 0..<other.count, using: &random)
        let length = min(other.count - from, bytes.count - place, 16)
        for offset in 0..<length { bytes[place + offset] = other[from + offset] }
      }
    }
    return bytes
  }
}
