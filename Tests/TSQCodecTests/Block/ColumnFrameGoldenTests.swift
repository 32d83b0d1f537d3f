import Foundation
import TSQCodec
import TSQTestSupport
import Testing

/// Frames of version 1 as they lie on disks: whatever the code becomes, it reads these for ever.
///
/// The files are in Tests/Golden/Block, with the meaning of each part beside its bytes. A change of the
/// chooser may write other bytes for the same column; then the file is renewed by running with
/// `TSQ_UPDATE_GOLDEN=1`, and the old one is kept under a name of its own and still read.
@Suite("Golden column frames")
struct ColumnFrameGoldenTests {
  @Test("the bytes decode to the column", arguments: GoldenColumn.all.indices)
  func decodes(_ index: Int) throws {
    let column = GoldenColumn.all[index]
    let frame = try GoldenFile.bytes(of: column.name)
    let encoding = try ColumnFrame.inspect(frame.rawSpan).encoding
    #expect(encoding == column.encoding)
    switch column.content {
    case .values(let expected):
      var values: [Double] = []
      try ColumnFrame.decodeValues(frame.rawSpan, into: &values)
      #expect(values.map(\.bitPattern) == expected.map(\.bitPattern))
    case .times(let expected):
      var times: [Int64] = []
      try ColumnFrame.decodeTimestamps(frame.rawSpan, into: &times)
      #expect(times == expected)
    }
  }

  @Test("the column encodes to the bytes", arguments: GoldenColumn.all.indices)
  func encodes(_ index: Int) throws {
    let column = GoldenColumn.all[index]
    var writer = ByteWriter()
    var scratch = ColumnScratch()
    switch column.content {
    case .values(let values):
      try ColumnFrame.encode(
        values: values.span, into: &writer, effort: column.effort, scratch: &scratch)
    case .times(let times):
      try ColumnFrame.encode(
        timestamps: times.span, into: &writer, effort: column.effort, scratch: &scratch)
    }
    if environment("TSQ_UPDATE_GOLDEN") != nil {
      try GoldenFile.write(writer.bytes, of: column)
    }
    let expected = try GoldenFile.bytes(of: column.name)
    #expect(writer.bytes == expected)
  }
}

/// A column made by plain arithmetic, and the form it has in its golden file.
struct GoldenColumn: Sendable {
  enum Content: Sendable {
    case values([Double])
    case times([Int64])
  }

  var name: String
  var encoding: String
  var effort = EncodingEffort.fast
  var content: Content

  static let all: [GoldenColumn] =
    timeColumns + integerColumns + decimalColumns + doubleColumns + coldColumns

  private static func times(
    _ name: String, _ encoding: String, _ count: Int64, _ time: (Int64) -> Int64
  ) -> GoldenColumn {
    let start: Int64 = 1_767_225_600_000_000_000
    let times = (0..<count).map { start + time($0) }
    return GoldenColumn(name: "times-" + name, encoding: encoding, content: .times(times))
  }

  private static func values(
    _ name: String, _ encoding: String, _ count: Int, _ value: (Int) -> Double
  ) -> GoldenColumn {
    let values = (0..<count).map(value)
    return GoldenColumn(name: "values-" + name, encoding: encoding, content: .values(values))
  }

  /// A number below `limit` that follows no rule a predictor could find.
  private static func noise(_ index: Int, _ limit: UInt64) -> Int {
    var random = SeededGenerator(seed: UInt64(index))
    return Int(random.next() % limit)
  }

  /// A walk of steps -1, 0, 1 and 2.
  private static func walk(_ index: Int) -> Double {
    Double((0...index).reduce(500) { $0 + noise($1, 4) - 1 })
  }

  private static let timeColumns = [
    times("empty", "empty", 0) { $0 },
    times("linear", "linear", 20) { $0 * 10_000_000_000 },
    times("jitter", "divisor 1000000 > grid > packed 4 bits", 40) { index in
      index * 15_000_000_000 + index * index % 13 * 1_000_000
    },
    times("gaps", "divisor 5000000000 > delta > patched 0 bits", 140) { index in
      (index + index / 60 * 7) * 5_000_000_000
    },
    GoldenColumn(
      name: "times-raw", encoding: "raw",
      content: .times([.min, .max, 0x1234_5678_9abc_def0, -0x0fed_cba9_8765_4321])),
  ]

  private static let integerColumns = [
    values("constant", "integers > constant", 100) { _ in 16 },
    values("packed", "integers > frame of reference > packed 3 bits", 150) { index in
      Double(noise(index, 8))
    },
    values("delta-of-delta", "integers > delta of delta > packed 2 bits", 60) { index in
      Double(index * index * 50 + index / 9)
    },
    values("runs", "integers > run length 25", 500) { index in
      Double(noise(index * index / 10_000, 1_000))
    },
    values("patched", "integers > frame of reference > patched 6 bits", 200) { index in
      index == 77 ? 1e9 : index == 150 ? -5e7 : Double(noise(index, 64))
    },
    values("compressed", "integers > dictionary 64", 1_024) { index in
      Double(noise(index % 64, 60_000))
    },
  ]

  private static let decimalColumns = [
    values("delta", "decimals 2 > delta > packed 2 bits", 140) { index in
      walk(index) / 100
    },
    values("exceptions", "decimals 1 with exceptions > delta > packed 2 bits", 64) { index in
      index == 20 ? .nan : walk(index) / 10
    },
    values("dictionary", "decimals 2 > dictionary 4", 120) { index in
      [0.25, 1e12, -3.5, 70_000][noise(index, 4)]
    },
    values("residuals", "decimals 2 + residuals > delta > packed 2 bits", 80) { index in
      0.1 + 0.2 + walk(index) / 100
    },
    values("float", "float decimals 1 > delta > packed 2 bits", 80) { index in
      Double(Float(210 + index * 3 + index % 3) / 10)
    },
  ]

  private static let doubleColumns = [
    values("bits", "bits > frame of reference > packed 52 bits", 40) { index in
      1 + Double(noise(index, 1 << 52)) * 0x1p-52
    },
    values("split", "bits split at 48 > divisor 32765 > frame of reference > packed 1 bits", 100) {
      index in
      let high: UInt64 = noise(index, 3) == 0 ? 0x7e59 : 0x81a3
      return Double(bitPattern: high << 48 | UInt64(noise(index + 1_000, 1 << 48)))
    },
    GoldenColumn(
      name: "values-raw", encoding: "raw",
      content: .values([
        .pi, -.infinity, -0.0, .leastNonzeroMagnitude, Double(bitPattern: 0x7ff0_0000_0000_0002),
      ])),
  ]

  private static let coldColumns = [
    GoldenColumn(
      name: "values-bins", encoding: "integers > frame of reference > bins", effort: .cold,
      content: .values(
        (1...600).map { (number: Int) -> Double in
          Double(number.trailingZeroBitCount * 3 + (number % 5 == 0 ? 1 : 0))
        }))
  ]
}

/// Golden files: hexadecimal bytes, with remarks after `#`.
enum GoldenFile {
  static func url(_ name: String) -> URL {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Golden/Block/\(name).hex")
  }

  static func bytes(of name: String) throws -> [UInt8] {
    let text = try String(contentsOf: url(name), encoding: .utf8)
    var bytes: [UInt8] = []
    for line in text.split(separator: "\n") {
      for item in line.prefix(while: { $0 != "#" }).split(separator: " ") {
        bytes.append(try #require(UInt8(item, radix: 16), "in \(name): \(item)"))
      }
    }
    return bytes
  }

  /// Writes a frame with the name of each part of its header beside it.
  static func write(_ frame: [UInt8], of column: GoldenColumn) throws {
    var reader = ByteReader(frame.rawSpan)
    var text = "# \(column.name): \(try ColumnFrame.inspect(frame.rawSpan).encoding)\n"
    func line(_ range: Range<Int>, _ remark: String) {
      let hex = frame[range].map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }
      text += hex.joined(separator: " ") + (remark.isEmpty ? "" : "  # \(remark)") + "\n"
    }
    _ = try reader.readByte()
    line(0..<1, "version 1, kind \(frame[0] & 15)")
    let flags = try reader.readByte()
    line(1..<2, "flags: \(["none", "LZ4", "raw"][Int(flags & 3)])")
    var from = reader.position
    let count = try reader.readVarint()
    line(from..<reader.position, "\(count) samples")
    from = reader.position
    let stored = try reader.readVarint()
    line(from..<reader.position, "\(stored) payload bytes")
    from = reader.position
    if flags == 1 {
      let plain = try reader.readVarint()
      line(from..<reader.position, "\(plain) bytes decompressed")
    }
    from = reader.position
    let end = frame.count - 4
    for start in stride(from: from, to: end, by: 16) {
      line(start..<min(end, start + 16), start == from ? "payload" : "")
    }
    line(end..<frame.count, "CRC-32C of all before")
    try text.write(to: url(column.name), atomically: true, encoding: .utf8)
  }
}
