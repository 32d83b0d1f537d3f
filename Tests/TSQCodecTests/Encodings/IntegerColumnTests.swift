import TSQTestSupport
import Testing

@testable import TSQCodec

@Suite("Integer columns")
struct IntegerColumnTests {
  /// Columns that one scheme each is made for.
  static let made: [(name: String, values: [Int64])] = [
    ("constant", column(500) { _ in -9 }),
    ("linear", column(500) { $0 * 7 - 3 }),
    ("quadratic", column(500) { $0 * $0 * 5 }),
    ("frame of reference > packed 3 bits", column(500) { ($0 * 5 + $0 / 7 * 3) % 8 }),
    ("run length", column(800) { [3, -900, 77][Int($0 / 90 % 3)] + $0 / 270 }),
    ("dictionary", column(800) { [1, 1 << 40, -(1 << 50), 12_345][Int($0 * $0 % 13 % 4)] }),
    ("divisor 4096 > frame", column(500) { ($0 * 7 + $0 / 9) % 31 * 4_096 }),
    ("grid", column(500) { $0 * 1_000_000 + $0 * $0 * 31 % 97 }),
  ]

  private static func column(_ count: Int64, _ value: (Int64) -> Int64) -> [Int64] {
    (0..<count).map(value)
  }

  @Test("each scheme wins where it should", arguments: 0..<made.count)
  func choice(_ index: Int) throws {
    let (name, values) = IntegerColumnTests.made[index]
    var scratch = ColumnScratch()
    var writer = ByteWriter()
    IntegerColumn.encode(values.span, into: &writer, effort: .fast, scratch: &scratch)
    var reader = ByteReader(writer.rawSpan)
    let description = try IntegerColumn.describe(&reader, count: values.count)
    #expect(description.contains(name), "\(description)")
    try expectDecodes(writer, to: values)
  }

  @Test("a few outliers cost themselves alone")
  func patches() throws {
    var values = (0..<1_024).map { Int64($0 * $0 % 61) }
    let plain = size(values)
    values[77] = 1 << 60
    values[500] = -(1 << 50)
    values[1_000] = .max
    let patched = size(values)
    #expect(patched <= plain + 3 * 12, "\(patched) bytes with three outliers, \(plain) without")
    #expect(patched > plain)
  }

  @Test("differences may wrap", arguments: EffortCase.allCases)
  func wrapping(_ effort: EffortCase) throws {
    var scratch = ColumnScratch()
    for values in [
      [.min, .max, .min, .max], [.max, .min], [0, .min, -1, .max, 1], [.min], [.max, .max - 2],
      (0..<300).map { Int64(bitPattern: UInt64($0) &* 0x9e37_79b9_7f4a_7c15) },
      (0..<300).map { $0 % 2 == 0 ? Int64.min + Int64($0) : Int64.max - Int64($0) },
    ] as [[Int64]] {
      var writer = ByteWriter()
      IntegerColumn.encode(values.span, into: &writer, effort: effort.effort, scratch: &scratch)
      try expectDecodes(writer, to: values)
    }
  }

  @Test("bins come within a few percent of the entropy", arguments: propertySeeds(5))
  func bins(_ seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    // Halves, quarters, eighths: the entropy is 1.984 bits a value.
    let values = (0..<8_192).map { _ in Int64(min(7, random.next().trailingZeroBitCount)) }
    var scratch = ColumnScratch()
    var writer = ByteWriter()
    IntegerColumn.encode(values.span, into: &writer, effort: .cold, scratch: &scratch)
    try expectDecodes(writer, to: values)
    let bits = Double(writer.count * 8) / 8_192
    #expect(bits < 1.984 * 1.03, "seed \(seed): \(bits) bits a value")
  }

  private func size(_ values: [Int64]) -> Int {
    var scratch = ColumnScratch()
    var writer = ByteWriter()
    IntegerColumn.encode(values.span, into: &writer, effort: .fast, scratch: &scratch)
    return writer.count
  }

  private func expectDecodes(_ writer: ByteWriter, to values: [Int64]) throws {
    var scratch = ColumnScratch()
    var decoded = [Int64](repeating: 0, count: values.count)
    var reader = ByteReader(writer.rawSpan)
    var target = decoded.mutableSpan
    try IntegerColumn.decode(from: &reader, into: &target, scratch: &scratch)
    let isAtEnd = reader.isAtEnd
    #expect(isAtEnd)
    #expect(decoded == values)
  }
}

/// The efforts, as test arguments.
enum EffortCase: String, CaseIterable, Sendable {
  case fast, cold

  var effort: EncodingEffort { self == .fast ? .fast : .cold }
}
