import TSQCore
import TSQTestSupport
import Testing

@testable import TSQStorage

@Suite("Small files that stand twice")
struct CheckedFileTests {
  private let magic = Array("TSQMANIF".utf8)

  @Test("the bytes are those of docs/formats/store-folder.md")
  func golden() {
    let bytes = CheckedFile.encode(magic: magic, version: 1, payload: Array("{}".utf8))
    let copy: [UInt8] =
      magic
      + [1, 0, 0, 0]  // version
      + [2, 0, 0, 0]  // length of the payload
      + [0x7b, 0x7d]  // {}
    #expect(Array(bytes[0..<18]) == copy)
    #expect(Array(bytes[22..<40]) == copy)
    #expect(Array(bytes[18..<22]) == [0x08, 0x07, 0x3d, 0xa8])
    #expect(bytes.count == 44)
  }

  @Test("any damaged byte costs one copy, and any cut is noticed")
  func damage() {
    let payload = (0..<40).map { UInt8($0) }
    let whole = CheckedFile.encode(magic: magic, version: 1, payload: payload)
    #expect(CheckedFile.decode(whole, magic: magic)?.damagedCopies == 0)
    for offset in whole.indices {
      for mask: UInt8 in [1, 0x80, 0xff] {
        var bytes = whole
        bytes[offset] ^= mask
        let content = CheckedFile.decode(bytes, magic: magic)
        #expect(content?.payload == payload, "byte \(offset)")
        #expect(content?.damagedCopies == 1, "byte \(offset)")
      }
    }
    for length in 0..<whole.count {
      let content = CheckedFile.decode(Array(whole[..<length]), magic: magic)
      #expect(content == nil || content?.damagedCopies == 1, "cut to \(length)")
    }
    #expect(CheckedFile.decode(whole, magic: Array("TSQSTORE".utf8)) == nil)
  }

  @Test("bytes that were added, lost or cut off cost one copy at most")
  func shifted() {
    let payload = (0..<40).map { UInt8($0) }
    let whole = CheckedFile.encode(magic: magic, version: 1, payload: payload)
    for count in 1...5 {
      let changed: [[UInt8]] = [
        whole + [UInt8](repeating: 7, count: count), Array(whole.dropLast(count)),
        Array(whole.dropFirst(count)), Array(whole.prefix(whole.count / 2)),
        Array(whole.prefix(30)) + [UInt8](repeating: 0, count: count) + whole.dropFirst(30),
        Array(whole.prefix(90)) + whole.dropFirst(90 + count), whole + magic,
      ]
      for bytes in changed {
        let content = CheckedFile.decode(bytes, magic: magic)
        #expect(content?.payload == payload && content?.damagedCopies == 1, "\(count): \(bytes)")
      }
    }
  }

  @Test("a manifest reads back, and a newer one is refused with its version")
  func manifest() throws {
    let disk = SimulatedFileSystem()
    try disk.createDirectory("/s")
    var manifest = Manifest(generation: 3, flushedThrough: 17)
    manifest.tombstones = [
      SequencedTombstone(
        sequence: 9,
        tombstone: Tombstone(
          matchers: [
            .metric("m"), try LabelMatcher(name: "a\"b", kind: .notRegex, value: "x|\u{0}\n"),
          ], range: .all))
    ]
    manifest.metadata = [
      MetricMetadata(metric: "m", kind: .stateSet, unit: "s", help: "ünï\"code\"")
    ]
    try manifest.write(disk, directory: "/s")
    let read = try #require(try Manifest.read(disk, directory: "/s"))
    #expect(read.manifest == manifest)
    #expect(read.damagedCopies == 0)
    try CheckedFile.write(
      disk, directory: "/s", name: Manifest.fileName, magic: Manifest.magic, version: 2,
      payload: [])
    let expected = StoreError.newerFormat(path: "/s/MANIFEST", found: 2, supported: 1)
    #expect(throws: expected) { try Manifest.read(disk, directory: "/s") }
  }

  @Test("partitions tile all of time")
  func partitions() {
    for length: Int64 in [1_000_000_000, 7 * 86_400_000_000_000, .max] {
      for time: Int64 in [.min, .min + 1, -length, -1, 0, 1, length - 1, .max - 1, .max] {
        let number = PartitionPlan.number(of: time, length: length)
        let range = PartitionPlan.range(of: number, length: length)
        #expect(range.contains(Timestamp(nanoseconds: time)), "\(time) of \(length)")
        if range.end < .distantFuture {
          let next = range.end.nanoseconds + 1
          #expect(PartitionPlan.number(of: next, length: length) == number + 1)
        }
      }
    }
  }
}
