/// The name of a segment file: `<first sequence>-<last sequence>-<partition>-<generation>.seg`.
///
/// Sequences have twelve digits at least, so that names sort by age; a partition before 1970 is
/// written `n3` for -3, others `p2921`. The generation tells a compaction's output from its input of
/// the same sequences.
package struct SegmentName: Hashable, Sendable {
  /// The ending of all segment files.
  package static let fileExtension = ".seg"
  /// The ending of a segment being written; such a file is removed when a store opens.
  package static let temporaryExtension = ".seg.tmp"

  /// The log entries covered.
  package let sequences: ClosedRange<UInt64>
  /// The time partition.
  package let partition: Int64
  /// How often the data was rewritten, from 0.
  package let generation: UInt32

  /// A name from its parts.
  package init(sequences: ClosedRange<UInt64>, partition: Int64, generation: UInt32) {
    self.sequences = sequences
    self.partition = partition
    self.generation = generation
  }

  /// Reads a file name; `nil` unless it is exactly what `fileName` gives.
  package init?(fileName: String) {
    guard fileName.hasSuffix(SegmentName.fileExtension) else { return nil }
    let stem = fileName.dropLast(SegmentName.fileExtension.count)
    let parts = stem.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 4, let first = UInt64(parts[0]), let last = UInt64(parts[1]),
      first <= last, let partition = SegmentName.partition(parts[2]),
      let generation = UInt32(parts[3])
    else { return nil }
    self.init(sequences: first...last, partition: partition, generation: generation)
    // Rules out other spellings of the same numbers, so that one name means one file.
    if self.fileName != fileName { return nil }
  }

  /// The name as text.
  package var fileName: String {
    let mark = partition < 0 ? "n" : "p"
    return "\(Self.padded(sequences.lowerBound))-\(Self.padded(sequences.upperBound))"
      + "-\(mark)\(partition.magnitude)-\(generation)\(SegmentName.fileExtension)"
  }

  private static func padded(_ number: UInt64) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, 12 - digits.count)) + digits
  }

  private static func partition(_ text: Substring) -> Int64? {
    switch text.first {
    case "p": Int64(text.dropFirst())
    case "n": Int64("-" + text.dropFirst())
    default: nil
    }
  }
}
