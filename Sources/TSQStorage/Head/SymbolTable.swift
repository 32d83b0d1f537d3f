/// The texts of all labels, each kept once and named by a number.
///
/// A label name or value repeats in thousands of series; four bytes in their place are what keeps an
/// idle series small.
struct SymbolTable: Sendable {
  private(set) var texts: [String] = []
  private var numbers: [String: UInt32] = [:]

  /// The number of a text, given to it now where it is new.
  mutating func intern(_ text: String) -> UInt32 {
    if let known = numbers[text] { return known }
    let number = UInt32(texts.count)
    texts.append(text)
    numbers[text] = number
    return number
  }

  /// The number of a text that is known.
  func find(_ text: String) -> UInt32? { numbers[text] }

  /// The text of a number.
  func text(_ number: UInt32) -> String { texts[Int(number)] }
}
