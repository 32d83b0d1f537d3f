/// One column of one block as bytes: self-describing, checksummed, verified when written.
///
/// Layout (integers little-endian; docs/formats/block.md has the whole of it):
///
///     version << 4 | kind      1 byte     version 1; kind 1 timestamps, 2 values
///     flags                    1 byte     bit 0 LZ4 around the payload, bit 1 payload is raw
///     sample count             varint
///     payload bytes stored     varint
///     payload bytes            varint     only with LZ4: what it decompresses to
///     payload                  ...
///     CRC-32C of all before    4 bytes
///
/// A raw payload is 8 bytes a sample, bit patterns as they are.
public enum ColumnFrame {
  /// Samples a full block holds: enough that a header of ten bytes costs a hundredth of a byte a
  /// sample, few enough that decoding the edge of a range takes a microsecond.
  public static let samplesPerBlockMax = 1_024

  /// Most samples a frame may hold, eight full blocks: what bounds the memory a frame can claim.
  public static let samplesPerFrameMax = 8 * samplesPerBlockMax

  static let version: UInt8 = 1
  static let checksumBytes = 4

  /// The flags of a frame.
  struct Flags: OptionSet {
    let rawValue: UInt8
    static let compressed = Flags(rawValue: 1)
    static let raw = Flags(rawValue: 2)
    static let known: Flags = [.compressed, .raw]
  }

  /// A frame's header and where its payload lies.
  struct Header {
    var kind: ColumnKind
    var flags: Flags
    var count: Int
    var payload: Range<Int>
    /// Bytes of the payload once decompressed.
    var payloadCount: Int
  }

  /// Reads the header, checks sizes and checksum.
  static func header(of frame: RawSpan) throws(ColumnDecodeError) -> Header {
    var reader = ByteReader(frame)
    do {
      let first = try reader.readByte()
      let flags = Flags(rawValue: try reader.readByte())
      guard first >> 4 == version, flags.isSubset(of: .known), flags != .known else {
        throw ColumnDecodeError.unsupportedFormat(version: first >> 4, flags: flags.rawValue)
      }
      guard let kind = ColumnKind(rawValue: first & 15) else {
        throw ColumnDecodeError.wrongKind(expected: .values, actualCode: first & 15)
      }
      let count = try reader.readVarint()
      guard count <= UInt64(samplesPerFrameMax) else {
        throw ColumnDecodeError.tooManySamples(count: count, maximum: samplesPerFrameMax)
      }
      let stored = try reader.readVarint()
      let payloadCount = flags.contains(.compressed) ? try reader.readVarint() : stored
      let start = reader.position
      // Whatever does not come out smaller is written raw.
      let payloadMax = count * 8
      guard stored <= payloadMax, payloadCount <= payloadMax else {
        throw ColumnDecodeError.malformedPayload(
          .countOutOfRange(
            offset: start, count: max(stored, payloadCount), maximum: Int(payloadMax)))
      }
      let end = start + Int(stored)
      try checkSize(frame, payloadEnd: end)
      try checkSum(frame, payloadEnd: end)
      return Header(
        kind: kind, flags: flags, count: Int(count), payload: start..<end,
        payloadCount: Int(payloadCount))
    } catch let error as ColumnDecodeError {
      throw error
    } catch let error as ByteReadError {
      if case .truncated(let offset, let missing) = error {
        throw .truncated(expectedBytes: offset + missing, actualBytes: frame.byteCount)
      }
      throw .malformedPayload(error)
    } catch {
      throw .truncated(expectedBytes: 0, actualBytes: frame.byteCount)
    }
  }

  private static func checkSize(
    _ frame: RawSpan, payloadEnd: Int
  ) throws(ColumnDecodeError) {
    let expected = payloadEnd + checksumBytes
    if frame.byteCount < expected {
      throw .truncated(expectedBytes: expected, actualBytes: frame.byteCount)
    }
    if frame.byteCount > expected {
      throw .excessBytes(expectedBytes: expected, actualBytes: frame.byteCount)
    }
  }

  private static func checkSum(_ frame: RawSpan, payloadEnd: Int) throws(ColumnDecodeError) {
    let stored = unsafe UInt32(
      littleEndian: frame.unsafeLoadUnaligned(fromByteOffset: payloadEnd, as: UInt32.self))
    let computed = CRC32C.checksum(frame.extracting(0..<payloadEnd))
    if stored != computed { throw .checksumMismatch(stored: stored, computed: computed) }
  }
}
