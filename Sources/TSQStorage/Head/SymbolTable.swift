/// The texts of all labels, each kept once and named by a number.
///
/// A label name or value repeats in thousands of series; four bytes in their place are what keeps
/// an idle series small.
struct SymbolTable: Sendable {
  private(set) var texts: [String] = []
  private var numbers: [ByteText: UInt32] = [:]

  /// The number of a text, given to it now where it is new.
  mutating func intern(_ text: String) -> UInt32 {
    if let known = numbers[ByteText(text: text)] { return known }
    let number = UInt32(texts.count)
    texts.append(text)
    numbers[ByteText(text: text)] = number
    return number
  }

  /// The number of a text that is known.
  func find(_ text: String) -> UInt32? { numbers[ByteText(text: text)] }

  /// The text of a number.
  func text(_ number: UInt32) -> String { texts[Int(number)] }
}

/// A text as a key that is equal where its bytes are.
///
/// `String` calls two spellings of one letter equal; to whoever sent them they are two labels.
private struct ByteText: Hashable {
  let text: String

  static func == (left: ByteText, right: ByteText) -> Bool {
    left.text.utf8.elementsEqual(right.text.utf8)
  }

  // Texts of equal bytes are equal to `String` too, so its hash serves.
  func hash(into hasher: inout Hasher) { hasher.combine(text) }
}
