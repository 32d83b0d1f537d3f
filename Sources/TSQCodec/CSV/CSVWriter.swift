public import TSQCore

/// Writes samples as `series,timestamp,value`, which `CSVParser` reads back to the same bits.
public struct CSVWriter: SampleWriting, Sendable {
  /// What was written since the buffer was last emptied: whole rows.
  public private(set) var bytes: [UInt8]

  /// A writer that has written the header.
  public init() { bytes = Array("series,timestamp,value\n".utf8) }

  /// Empties the buffer and keeps its memory.
  public mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

  /// Writes samples of one series; the format can say every one.
  ///
  /// - Returns: 0.
  public mutating func append(_ labels: Labels, _ samples: SampleColumns) -> Int {
    let cell = CSVWriter.cell(labels)
    for index in samples.times.indices {
      append(cell: cell, time: samples.times[index], value: samples.values[index])
    }
    return 0
  }

  /// Writes one sample of a series whose cell was made by `cell(_:)`.
  public mutating func append(cell: [UInt8], time: Int64, value: Double) {
    bytes.append(contentsOf: cell)
    bytes.append(Octet.comma)
    TimeDigits.appendSeconds(time, to: &bytes)
    bytes.append(Octet.comma)
    bytes.append(contentsOf: CSVWriter.text(value).utf8)
    bytes.append(Octet.newline)
  }

  /// The format has nothing at its end.
  public mutating func finish() {}

  /// A series as a cell, quoted as RFC 4180 has it where it must be.
  public static func cell(_ labels: Labels) -> [UInt8] {
    let text = Array(labels.description.utf8)
    guard text.contains(where: { $0 == Octet.comma || $0 == Octet.quote }) else { return text }
    var cell = [Octet.quote]
    for byte in text {
      if byte == Octet.quote { cell.append(Octet.quote) }
      cell.append(byte)
    }
    cell.append(Octet.quote)
    return cell
  }

  /// The shortest decimal; a NaN with the bits that `NaN` does not mean is written with its bits.
  static func text(_ value: Double) -> String {
    guard value.isNaN, value.bitPattern != SpecialValue.namedNaN.bitPattern else {
      return NumberText.shortest(value)
    }
    let digits = String(value.bitPattern, radix: 16)
    return "NaN(0x" + String(repeating: "0", count: 16 - digits.count) + digits + ")"
  }
}
