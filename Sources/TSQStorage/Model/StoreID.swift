/// What tells the files of one store from those of another: 16 random bytes, fixed at creation.
///
/// Every file of a store carries it, so that a file copied in from elsewhere is refused instead of
/// being read as this store's data.
public struct StoreID: Hashable, Sendable {
  /// The bytes, exactly 16.
  public let bytes: [UInt8]

  /// Bytes of a store id.
  public static let byteCount = 16

  /// An id from its bytes, or `nil` unless there are exactly 16.
  public init?(bytes: [UInt8]) {
    guard bytes.count == StoreID.byteCount else { return nil }
    self.bytes = bytes
  }

  /// An id from a text of 32 hexadecimal digits, or `nil` for anything else.
  public init?(hexadecimal text: String) {
    let digits = Array(text.utf8)
    guard digits.count == 2 * StoreID.byteCount else { return nil }
    var bytes: [UInt8] = []
    for index in stride(from: 0, to: digits.count, by: 2) {
      guard let high = Character(UnicodeScalar(digits[index])).hexDigitValue,
        let low = Character(UnicodeScalar(digits[index + 1])).hexDigitValue
      else { return nil }
      bytes.append(UInt8(high << 4 | low))
    }
    self.bytes = bytes
  }

  /// A new id that no other store has.
  public static func random() -> StoreID {
    var generator = SystemRandomNumberGenerator()
    return random(using: &generator)
  }

  /// A new id from a given source of randomness.
  public static func random(using generator: inout some RandomNumberGenerator) -> StoreID {
    StoreID(checkedBytes: (0..<byteCount).map { _ in UInt8.random(in: 0...255, using: &generator) })
  }

  private init(checkedBytes: [UInt8]) { self.bytes = checkedBytes }
}

extension StoreID: CustomStringConvertible {
  /// 32 hexadecimal digits.
  public var description: String {
    let digits = Array("0123456789abcdef")
    return bytes.reduce(into: "") { text, byte in
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
  }
}
