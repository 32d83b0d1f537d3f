import AllocationCount
import ArgumentParser
import TSQCodec

/// Counts how often encoding and decoding ask for memory.
struct Allocations: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "allocations",
    abstract: "Allocations of encoding and decoding once their buffers have grown; fails on any.",
    discussion: """
      64 blocks of each kind are encoded and decoded three times with one scratch; the last time counts.
      The first row asks for 100 arrays, to show that counting works.
      """)

  func run() throws {
    let control = Self.count {
      for size in 1...100 { Self.keep([UInt8](repeating: 1, count: size)) }
    }
    Measure.head("what", "blocks", "allocations")
    Measure.row("100 arrays", "-", "\(control)")
    var total = 0
    for kind in Kind.allCases {
      for (tier, effort, samples) in [
        ("fast", EncodingEffort.fast, ColumnFrame.samplesPerBlockMax),
        ("cold", .cold, ColumnFrame.samplesPerFrameMax),
      ] {
        let (encode, decode) = try Self.measure(kind, effort, samples)
        total += encode + decode
        Measure.row("encode \(kind.rawValue), \(tier)", "\(Self.blocks)", "\(encode)")
        Measure.row("decode \(kind.rawValue), \(tier)", "\(Self.blocks)", "\(decode)")
      }
    }
    guard control >= 100 else { throw ValidationError("counting does not work here") }
    guard total == 0 else { throw ValidationError("\(total) allocations") }
  }

  private static let blocks = 64

  /// Kinds of columns that are encoded by different schemes.
  private enum Kind: String, CaseIterable {
    case integers, decimals, constant
    case nearlyDecimals = "nearly decimals"
    case trueDoubles = "true doubles"

    func column(_ count: Int) -> [Double] {
      var noise = Noise(state: 42)
      var level = 50.0
      return (0..<count).map { _ in
        level = min(100, max(0, level + noise.uniform() * 4 - 2))
        switch self {
        case .integers: return level.rounded()
        case .decimals: return (level * 100).rounded() / 100
        case .constant: return 16
        case .nearlyDecimals: return 100 - (level * 100).rounded() / 100 - 0.1 - 0.2
        case .trueDoubles: return level * 1.000_000_321
        }
      }
    }
  }

  private static func measure(
    _ kind: Kind, _ effort: EncodingEffort, _ samples: Int
  ) throws -> (encode: Int, decode: Int) {
    let values = kind.column(blocks * samples)
    var (writer, scratch) = (ByteWriter(), ColumnScratch())
    var decoded: [Double] = []
    var (encodes, decodes) = (0, 0)
    for _ in 0..<3 {
      (encodes, decodes) = (0, 0)
      for block in 0..<blocks {
        let part = values.span.extracting(block * samples..<(block + 1) * samples)
        writer.removeAllKeepingCapacity()
        encodes += try count {
          try ColumnFrame.encode(values: part, into: &writer, effort: effort, scratch: &scratch)
        }
        decoded.removeAll(keepingCapacity: true)
        decodes += try count {
          try ColumnFrame.decodeValues(writer.rawSpan, into: &decoded, scratch: &scratch)
        }
      }
    }
    return (encodes, decodes)
  }

  private static func count(_ body: () throws -> Void) rethrows -> Int {
    let before = allocation_count()
    try body()
    return Int(allocation_count() - before)
  }

  /// Keeps the optimiser from leaving an array out.
  @inline(never)
  private static func keep(_ bytes: [UInt8]) { precondition(bytes.first == 1) }
}
