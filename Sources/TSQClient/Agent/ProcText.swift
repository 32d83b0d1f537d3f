/// How the texts of /proc are taken apart; all of them are lines of words.
enum ProcText {
  /// The lines, empty ones left out.
  static func lines(_ text: String) -> [Substring] { text.split(separator: "\n") }

  /// The words of a line, between any spaces and tabs.
  static func words(_ line: some StringProtocol) -> [Substring] {
    Substring(line).split { $0 == " " || $0 == "\t" }
  }

  /// A counter of the kernel: a whole number that may need all 64 bits.
  static func number(_ word: some StringProtocol) -> Double? {
    UInt64(word).map { Double($0) } ?? Double(word)
  }
}
