/// The texts of all labels, each kept once and named by a number.
///
/// A label name or value repeats in thousands of series; four bytes in their place are what keeps
/// an idle series small. The texts lie one behind the other, so that a million values are one
/// allocation and reading them from a file makes no `String`. Texts are equal where their bytes
/// are: `String` calls two spellings of one letter equal; to whoever sent them they are two labels.
struct SymbolTable: Sendable {
  private var bytes: [UInt8] = []
  /// Where each text ends.
  private var ends: [Int] = []
  private var slots = NumberSlots()

  /// The number of a text, given to it now where it is new.
  ///
  /// - Complexity: O(length).
  mutating func intern(_ text: String) -> UInt32 {
    var text = text
    return text.withUTF8 { utf8 in
      let hash = unsafe SymbolTable.hash(UnsafeRawBufferPointer(utf8))
      if let known = unsafe find(UnsafeRawBufferPointer(utf8), hash) { return known }
      return unsafe append(UnsafeRawBufferPointer(utf8), hash)
    }
  }

  /// The same for bytes that came from a file.
  ///
  /// - Throws: where they are new and no UTF-8.
  mutating func intern(_ text: RawSpan) throws -> UInt32 {
    try unsafe text.withUnsafeBytes { utf8 in
      let hash = unsafe SymbolTable.hash(utf8)
      if let known = unsafe find(utf8, hash) { return known }
      guard unsafe String(validating: utf8, as: UTF8.self) != nil else {
        throw InvalidPart("a label is not UTF-8")
      }
      return unsafe append(utf8, hash)
    }
  }

  /// The number of a text that is known.
  func find(_ text: String) -> UInt32? {
    var text = text
    return text.withUTF8 { utf8 in
      let raw = UnsafeRawBufferPointer(utf8)
      return unsafe find(raw, SymbolTable.hash(raw))
    }
  }

  /// The text of a number.
  func text(_ number: UInt32) -> String {
    // Only valid UTF-8 came in.
    String(decoding: bytes[range(number)], as: UTF8.self)
  }

  /// Compares two texts by their bytes: negative, zero or positive, as the first sorts before, with
  /// or after.
  func compare(_ left: UInt32, _ right: UInt32) -> Int {
    if left == right { return 0 }
    let (a, b) = (range(left), range(right))
    for offset in 0..<min(a.count, b.count) {
      let (x, y) = (bytes[a.lowerBound + offset], bytes[b.lowerBound + offset])
      if x != y { return Int(x) - Int(y) }
    }
    return a.count - b.count
  }

  private func range(_ number: UInt32) -> Range<Int> {
    (number == 0 ? 0 : ends[Int(number) - 1])..<ends[Int(number)]
  }

  /// The standard library's hash: seeded, so that a sender cannot choose texts that collide.
  private static func hash(_ text: UnsafeRawBufferPointer) -> UInt32 {
    var hasher = Hasher()
    unsafe hasher.combine(bytes: text)
    return UInt32(truncatingIfNeeded: hasher.finalize())
  }

  private func find(_ text: UnsafeRawBufferPointer, _ hash: UInt32) -> UInt32? {
    slots.find(hash) { number in
      let place = range(number)
      guard place.count == text.count else { return false }
      return unsafe bytes.withUnsafeBytes { all in
        unsafe all[place].elementsEqual(text)
      }
    }
  }

  private mutating func append(_ text: UnsafeRawBufferPointer, _ hash: UInt32) -> UInt32 {
    unsafe bytes.append(contentsOf: text)
    ends.append(bytes.count)
    return slots.append(hash)
  }
}
