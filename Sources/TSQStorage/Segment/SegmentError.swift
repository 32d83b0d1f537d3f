package import TSQCore

/// The parts of a segment file that are checksummed apart.
package enum SegmentPart: String, Hashable, Sendable, CaseIterable {
  /// The first bytes: magic, version, features, store.
  case header
  /// The last bytes: where the root lies.
  case trailer
  /// What the segment as a whole is.
  case root
  /// Where the pages of labels, index and summaries lie.
  case directory
  /// The labels of a run of series.
  case labels
  /// Where the blocks of a run of series lie.
  case index
  /// The summaries of those blocks.
  case summaries
  /// What is known about metrics.
  case metadata
}

/// Why a segment file, or a part of it, cannot be used.
package enum SegmentError: Error, Hashable, Sendable {
  /// A file operation failed.
  case file(FileError)
  /// The file was written by a newer version of tsq.
  case newerFormat(path: String, version: UInt16, supported: UInt16)
  /// The file needs features that this version does not have; `bits` are those unknown.
  case unknownFeatures(path: String, bits: UInt32)
  /// A part is damaged, or the file is no segment at all (then the part is the header).
  case damagedPart(path: String, part: SegmentPart, reason: String)
  /// One block is damaged: the samples of one series in one time range cannot be read.
  case damagedBlock(path: String, series: Labels?, range: TimeRange, reason: String)
}

extension SegmentError {
  /// Whether bytes are damaged; else the file may be whole, only not readable here and now.
  package var isDamage: Bool {
    switch self {
    case .damagedPart, .damagedBlock: true
    case .file, .newerFormat, .unknownFeatures: false
    }
  }

  /// The same failure as the store reports it.
  package var storeError: StoreError {
    switch self {
    case .file(let error): .file(error)
    case .newerFormat(let path, let version, let supported):
      .newerFormat(path: path, found: UInt32(version), supported: UInt32(supported))
    case .unknownFeatures: .invalidArgument(description)
    case .damagedPart(let path, let part, let reason):
      .damaged(DamageReport(path: path, reason: "\(part.rawValue) part: \(reason)"))
    case .damagedBlock(let path, let series, let range, let reason):
      .damaged(DamageReport(path: path, series: series, range: range, reason: reason))
    }
  }
}

extension SegmentError: CustomStringConvertible {
  /// The error in words, with what to do where that is known.
  package var description: String {
    switch self {
    case .unknownFeatures(let path, let bits):
      "`\(path)` needs features that this tsq does not have (bits \(String(bits, radix: 16))): "
        + "use a newer tsq"
    case .file, .newerFormat, .damagedPart, .damagedBlock: storeError.description
    }
  }
}

/// Why the bytes of a part, whose checksum is right, still make no sense: a faulty or hostile writer.
struct InvalidPart: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
