import TSQCodec
import TSQTestSupport
import Testing

@Suite("CRC-32C")
struct CRC32CTests {
  /// RFC 3720, appendix B.4, and the check value every catalogue of checksums gives.
  static let published: [(bytes: [UInt8], checksum: UInt32)] = [
    ([UInt8](repeating: 0, count: 32), 0x8a91_36aa),
    ([UInt8](repeating: 0xff, count: 32), 0x62a8_ab43),
    ((0..<32).map { UInt8($0) }, 0x46dd_794e),
    ((0..<32).map { UInt8(31 - $0) }, 0x113f_db5c),
    (Array("123456789".utf8), 0xe306_9283),
    ([], 0),
  ]

  @Test("published vectors, by the instruction and by tables", arguments: 0..<published.count)
  func publishedVectors(_ index: Int) {
    let (bytes, checksum) = CRC32CTests.published[index]
    let (fast, portable) = (
      CRC32C.checksum(bytes.rawSpan), CRC32C.portableChecksum(bytes.rawSpan)
    )
    #expect(fast == checksum)
    #expect(portable == checksum)
  }

  @Test(
    "the instruction and the tables agree, and parts make up the whole", arguments: propertySeeds())
  func twinsAgree(_ seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    // Above 384 and 3,072 bytes, three runs are taken at once.
    for most in Array(repeating: 300, count: 40) + Array(repeating: 9_000, count: 4) {
      let bytes = (0..<Int.random(in: 0...most, using: &random)).map { _ in
        UInt8.random(in: .min ... .max, using: &random)
      }
      let whole = CRC32C.checksum(bytes.rawSpan)
      let portable = CRC32C.portableChecksum(bytes.rawSpan)
      #expect(whole == portable, "seed \(seed)")
      let cut = Int.random(in: 0...bytes.count, using: &random)
      let first = CRC32C.checksum(bytes.rawSpan.extracting(0..<cut))
      let second = CRC32C.checksum(bytes.rawSpan.extracting(cut...), seed: first)
      #expect(second == whole, "seed \(seed), cut at \(cut) of \(bytes.count)")
    }
  }
}
