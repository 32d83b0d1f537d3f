import TSQCodec
import TSQTestSupport
import Testing

@Suite("Bytes written are read back")
struct ByteReaderTests {
  @Test("every kind of item, in turn")
  func roundTrip() throws {
    var writer = ByteWriter()
    writer.append(7)
    writer.append(littleEndian: UInt16(0x1234))
    writer.append(littleEndian: Int32(-5))
    writer.append(littleEndian: UInt64.max - 1)
    writer.append(varint: 300)
    writer.append(zigzag: -65)
    writer.append(contentsOf: [1, 2, 3])
    #expect(
      writer.bytes == [
        7, 0x34, 0x12, 0xfb, 0xff, 0xff, 0xff, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xac,
        0x02, 0x81, 0x01, 1, 2, 3,
      ])
    var reader = ByteReader(writer.rawSpan)
    let (byte, short) = (try reader.readByte(), try reader.read(littleEndian: UInt16.self))
    #expect(byte == 7)
    #expect(short == 0x1234)
    let signed = try reader.read(littleEndian: Int32.self)
    #expect(signed == -5)
    let long = try reader.read(littleEndian: UInt64.self)
    #expect(long == UInt64.max - 1)
    let (count, zigzag) = (try reader.readCount(maximum: 300), try reader.readZigzag())
    #expect(count == 300)
    #expect(zigzag == -65)
    let runCount = try reader.readBytes(3).byteCount
    #expect(runCount == 3)
    let isAtEnd = reader.isAtEnd
    #expect(isAtEnd)
  }

  @Test("varints at every length", arguments: 0..<64)
  func varints(_ bit: Int) throws {
    for value in [UInt64(1) << bit, UInt64(1) << bit &- 1, .max >> UInt64(bit)] {
      var writer = ByteWriter()
      writer.append(varint: value)
      #expect(writer.count == max(1, (64 - value.leadingZeroBitCount + 6) / 7))
      var reader = ByteReader(writer.rawSpan)
      let read = try reader.readVarint()
      #expect(read == value)
      let signed = Int64(bitPattern: value)
      #expect(ZigZag.decode(ZigZag.encode(signed)) == signed)
      #expect(ZigZag.decode(ZigZag.encode(-1 &- signed)) == -1 &- signed)
    }
  }

  @Test("what is cut short says by how much")
  func truncated() {
    let bytes: [UInt8] = [1, 2, 3]
    var reader = ByteReader(bytes.rawSpan)
    var error: ByteReadError?
    do throws(ByteReadError) {
      _ = try reader.read(littleEndian: UInt64.self)
    } catch let thrown { error = thrown }
    #expect(error == .truncated(offset: 0, missingBytes: 5))
    let position = reader.position
    #expect(position == 0)
    do throws(ByteReadError) { _ = try reader.readBytes(4) } catch let thrown { error = thrown }
    #expect(error == .truncated(offset: 0, missingBytes: 1))
    do throws(ByteReadError) { _ = try reader.readBytes(-1) } catch let thrown { error = thrown }
    #expect(error == .truncated(offset: 0, missingBytes: 0))
  }

  @Test("a varint too long or too large is malformed")
  func malformedVarints() {
    for bytes in [
      [UInt8](repeating: 0x80, count: 11), [UInt8](repeating: 0xff, count: 9) + [0x02],
      [UInt8](repeating: 0xff, count: 12),
    ] {
      var reader = ByteReader(bytes.rawSpan)
      var error: ByteReadError?
      do throws(ByteReadError) { _ = try reader.readVarint() } catch let thrown { error = thrown }
      #expect(error == .malformedVarint(offset: 0))
    }
  }

  @Test("a count above its maximum is refused before anybody takes memory")
  func countOutOfRange() {
    var writer = ByteWriter()
    writer.append(varint: UInt64.max)
    var reader = ByteReader(writer.rawSpan)
    var error: ByteReadError?
    do throws(ByteReadError) { _ = try reader.readCount(maximum: 10) } catch let thrown {
      error = thrown
    }
    #expect(error == .countOutOfRange(offset: 0, count: .max, maximum: 10))
  }
}
