/// What a column frame holds.
public enum ColumnKind: UInt8, Hashable, Sendable {
  /// Nanoseconds since the epoch.
  case timestamps = 1
  /// Doubles of any bit pattern.
  case values = 2
}

/// Why a column cannot be written.
public enum ColumnEncodeError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A frame holds at most `maximum` samples.
  case tooManySamples(count: Int, maximum: Int)

  /// The error in words.
  public var description: String {
    switch self {
    case .tooManySamples(let count, let maximum):
      "\(count) samples do not fit one frame, which holds \(maximum) at most"
    }
  }
}

/// Why a frame's bytes could not be turned back into a column.
///
/// Every case means damaged or foreign data: a caller may skip the frame, but must never retry.
public enum ColumnDecodeError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The frame ends before its header says it should; both numbers are bytes.
  case truncated(expectedBytes: Int, actualBytes: Int)
  /// More bytes than the header says; both numbers are bytes.
  case excessBytes(expectedBytes: Int, actualBytes: Int)
  /// A version or flag that this program does not know.
  case unsupportedFormat(version: UInt8, flags: UInt8)
  /// The frame holds another kind of column, or none that exists.
  case wrongKind(expected: ColumnKind, actualCode: UInt8)
  /// The header claims more samples than a frame may hold.
  case tooManySamples(count: UInt64, maximum: Int)
  /// The stored CRC-32C differs from the one computed over header and payload.
  case checksumMismatch(stored: UInt32, computed: UInt32)
  /// The checksum is right, but the payload follows no layout of this version.
  case malformedPayload(ByteReadError)
  /// The checksum is right, but the compressed payload does not decompress.
  case malformedCompression(LZ4Error)

  /// The error in words.
  public var description: String {
    switch self {
    case .truncated(let expectedBytes, let actualBytes):
      "column frame cut short: \(actualBytes) bytes of \(expectedBytes)"
    case .excessBytes(let expectedBytes, let actualBytes):
      "column frame of \(expectedBytes) bytes has \(actualBytes)"
    case .unsupportedFormat(let version, let flags):
      "column frame of version \(version) with flags \(flags) is not known to this program"
    case .wrongKind(let expected, let actualCode):
      "column frame of kind \(actualCode) where \(expected.rawValue) (\(expected)) should be"
    case .tooManySamples(let count, let maximum):
      "column frame claims \(count) samples, more than \(maximum)"
    case .checksumMismatch(let stored, let computed):
      "column frame is damaged: its checksum is \(computed), recorded is \(stored)"
    case .malformedPayload(let error):
      "column frame cannot be read: \(error)"
    case .malformedCompression(let error):
      "column frame cannot be read: \(error)"
    }
  }
}

/// What a frame's header and first bytes say.
public struct ColumnInfo: Hashable, Sendable {
  /// What the frame holds.
  public var kind: ColumnKind
  /// How it is written, for people: `decimal 2 > delta > packed 5 bits`, for instance.
  public var encoding: String
  /// The number of samples.
  public var count: Int
  /// Bytes of the whole frame, header and checksum included.
  public var storedBytes: Int
  /// Whether LZ4 stands around the payload.
  public var isCompressed: Bool

  /// The form without its numbers: `decimals > delta > packed bits`, the same for many frames.
  public var scheme: String {
    encoding.split(separator: " ").filter { !$0.allSatisfy(\.isNumber) }.joined(separator: " ")
  }
}

/// How hard to look for the smallest form.
public enum EncodingEffort: Hashable, Sendable {
  /// Bit-packed forms only: for data just arrived, quick to write and quickest to read.
  case fast
  /// All forms, entropy coding too: for compaction.
  case cold
}
