/// The comments of a server's dead letters that whoever reads them must see, whatever their format.
///
/// A letter of exposition text begins with `# rejected time=`; where its sender named the time of lines
/// without one, `# tsq timestamp=` and milliseconds follow, and hold up to the next letter. A parser
/// hands both out as comments.
enum LetterComment {
  /// How the comment before a kept line begins.
  static let mark = Array("# rejected time=".utf8)
  private static let order = Array("# tsq timestamp=".utf8)

  /// Whether one of them begins here.
  static func isAt(_ bytes: RawSpan, _ start: Int) -> Bool {
    // Asked of every line: most are no comments.
    guard start < bytes.byteCount, bytes.octet(start) == UInt8(ascii: "#") else { return false }
    return isMark(bytes, start) || begins(with: order, bytes, start)
  }

  /// Whether a letter begins here.
  static func isMark(_ bytes: RawSpan, _ start: Int) -> Bool { begins(with: mark, bytes, start) }

  private static func begins(with text: [UInt8], _ bytes: RawSpan, _ start: Int) -> Bool {
    guard bytes.byteCount - start >= text.count else { return false }
    for place in text.indices where bytes.octet(start + place) != text[place] { return false }
    return true
  }
}
