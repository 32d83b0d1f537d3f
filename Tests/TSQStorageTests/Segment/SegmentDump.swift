import TSQCodec
import TSQCore
import Testing

@testable import TSQStorage

/// A segment's bytes with their meaning beside them: `offset  hex | meaning`, 16 bytes a line.
struct SegmentDump {
  private(set) var lines: [String] = []
  private let bytes: [UInt8]
  private var position = 0

  /// The dump of a whole segment.
  static func text(_ bytes: [UInt8]) throws -> String {
    var dump = SegmentDump(bytes: bytes)
    let files = MemoryFiles([SegmentFixtures.path: bytes])
    let reader = try SegmentFixtures.reader(files)
    dump.header()
    try dump.frames(reader)
    try dump.pages(reader)
    dump.take(reader.root.metadata.length, "metadata: \(try reader.metadata().map(\.metric))")
    dump.take(reader.root.directory.length, "directory: series, blocks, then bytes and CRC of the")
    dump.note("pages of labels, index and summaries")
    dump.root(reader)
    dump.trailer()
    try #require(dump.position == bytes.count)
    return dump.lines.joined(separator: "\n") + "\n"
  }

  /// The bytes of a dump.
  static func bytes(_ text: String) -> [UInt8] {
    text.split(separator: "\n").filter { !$0.hasPrefix("#") }.flatMap { line in
      let hex = line.dropFirst(6).prefix { $0 != "|" }
      return hex.split(separator: " ").compactMap { UInt8($0, radix: 16) }
    }
  }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  private mutating func note(_ text: String) { lines.append("#     \(text)") }

  /// Doubles are printed so that they read back as the same.
  private mutating func note(_ summary: SeriesSummary) {
    let moments = summary.moments
    note(
      "\(summary.finiteCount) finite, \(summary.nanCount) NaN, \(summary.staleCount) stale; first "
        + "\(summary.firstValue), last \(summary.lastValue), minimum \(summary.minimum), maximum "
        + "\(summary.maximum), sum \(summary.finiteSum) + \(summary.finiteSumLow)")
    note(
      "  mean \(moments.meanTime) s, \(moments.meanValue); squares \(moments.sumSquaresTime), "
        + "\(moments.sumSquaresValue), product \(moments.sumProducts), lagged "
        + "\(moments.lagTimeTime), \(moments.lagTimeValue), \(moments.lagValueValue)")
  }

  private mutating func take(_ count: Int, _ meaning: String) {
    var meaning = meaning
    var start = position
    repeat {
      let end = min(start + 16, position + count)
      let hex = bytes[start..<end].map { byte in
        (byte < 16 ? "0" : "") + String(byte, radix: 16)
      }
      let columns = hex.joined(separator: " ")
      let padding = String(repeating: " ", count: 47 - columns.count)
      let offset = String(repeating: "0", count: max(0, 4 - String(start).count)) + String(start)
      let tail = meaning.isEmpty ? "|" : "| \(meaning)"
      lines.append("\(offset)  \(columns)\(padding) \(tail)")
      meaning = ""
      start = end
    } while start < position + count
    position += count
  }

  private mutating func header() {
    take(8, "header: magic")
    take(2, "format version")
    take(2, "zero")
    take(4, "features a reader must know")
    take(16, "store id")
    take(4, "CRC-32C of all before")
  }

  private mutating func frames(_ reader: SegmentReader) throws {
    var frames: [Int64: (length: Int32, meaning: String)] = [:]
    for local in 0..<reader.info.seriesCount {
      let shown = try reader.labels(ofLocal: local).description
      let labels = shown.split(separator: "\0").joined(separator: "<zero byte>")
      for block in try reader.blocks(ofLocal: local) {
        let name = "\(labels), block \(block.ordinal), \(block.count) samples"
        let known = frames[block.timesOffset]
        let times = known?.meaning ?? "times of \(name)"
        frames[block.timesOffset] = (block.timesLength, times)
        frames[block.valuesOffset] = (block.valuesLength, "values of \(name)")
      }
    }
    for (offset, frame) in frames.sorted(by: { $0.key < $1.key }) {
      try #require(Int(offset) == position, "frames leave no gap")
      take(Int(frame.length), "frame: \(frame.meaning)")
    }
  }

  private mutating func pages(_ reader: SegmentReader) throws {
    let rows = try reader.directory().rows
    for row in rows {
      let last = row.firstSeries + row.seriesCount - 1
      take(row.labels.length, "label page of series \(row.firstSeries) to \(last)")
    }
    for row in rows { take(row.index.length, "index page: \(row.blockCount) blocks") }
    for row in rows { take(row.summaries.length, "summary page: \(row.blockCount) rows") }
    for local in 0..<reader.info.seriesCount {
      for summary in try reader.summaries(ofLocal: local) { note(summary) }
    }
  }

  private mutating func root(_ reader: SegmentReader) {
    let root = reader.root
    func varint(_ value: UInt64) -> Int {
      var writer = ByteWriter()
      writer.append(varint: value)
      return writer.count
    }
    take(16, "root: store id")
    take(varint(root.sequences.lowerBound), "first sequence \(root.sequences.lowerBound)")
    take(
      varint(root.sequences.upperBound - root.sequences.lowerBound),
      "last sequence \(root.sequences.upperBound), as the distance")
    take(varint(ZigZag.encode(root.partition)), "partition \(root.partition)")
    take(varint(UInt64(root.supersedes.count)), "superseded segments")
    for name in root.supersedes {
      take(varint(UInt64(name.utf8.count)) + name.utf8.count, "`\(name)`")
    }
    for (name, value) in [
      ("series", root.seriesCount), ("blocks", root.blockCount), ("samples", root.sampleCount),
      ("samples of a full block", root.fullCount),
    ] {
      take(varint(UInt64(value)), "\(name): \(value)")
    }
    if let range = root.timeRange {
      take(varint(ZigZag.encode(range.start.nanoseconds)), "first time")
      take(varint(ZigZag.encode(range.end.nanoseconds)), "last time")
    }
    take(varint(UInt64(root.framesEnd)), "frames end at \(root.framesEnd)")
    for (name, length) in [
      ("label", root.labelsLength), ("index", root.indexLength),
      ("summary", root.summariesLength),
    ] {
      take(varint(UInt64(length)), "bytes of \(name) pages")
    }
    take(varint(UInt64(root.metadata.length)) + 4, "bytes and CRC of the metadata")
    take(varint(UInt64(root.directory.length)) + 4, "bytes and CRC of the directory")
  }

  private mutating func trailer() {
    take(8, "trailer: offset of the root")
    take(4, "bytes of the root")
    take(4, "CRC of the root")
    take(4, "zero")
    take(8, "magic")
    take(4, "CRC-32C of the trailer before")
  }
}
