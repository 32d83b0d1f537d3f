internal import TSQCore

/// One line of a server's answer on an acknowledged line-protocol connection.
///
/// The grammar is in docs/ingest.md: `ok ID key=number…`, `reject line=N reason=WORD "words"`,
/// `err ID reason=WORD "words"`. Unknown keys are passed over, so that a newer server may say more.
public enum AckReply: Hashable, Sendable {
  /// Everything between this sync and the one before it is durable and visible.
  case ok(id: UInt64, lines: Int, samples: Int, rejected: Int, sequence: UInt64)
  /// One line was not stored; `line` counts the connection's lines from 1.
  case reject(line: Int, reason: String, message: String)
  /// Nothing since the sync before this one is promised: send it again.
  case error(id: UInt64?, reason: String, message: String)

  /// Reads one reply, without its line feed.
  ///
  /// - Returns: `nil` for anything that is not a reply; the connection cannot be trusted then.
  public init?(_ text: some StringProtocol) {
    let (words, message) = AckReply.split(String(text))
    guard let verb = words.first else { return nil }
    var fields: [String: String] = [:]
    for word in words.dropFirst() {
      let pair = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      if pair.count == 2 { fields[String(pair[0])] = String(pair[1]) }
    }
    let number = { (key: String) in fields[key].flatMap { Int($0) } }
    switch verb {
    case "ok":
      guard words.count >= 2, let id = UInt64(words[1]), let lines = number("lines"),
        let samples = number("samples"), let rejected = number("rejected"),
        let sequence = fields["seq"].flatMap({ UInt64($0) })
      else { return nil }
      self = .ok(id: id, lines: lines, samples: samples, rejected: rejected, sequence: sequence)
    case "reject":
      guard let line = number("line"), let reason = fields["reason"] else { return nil }
      self = .reject(line: line, reason: reason, message: message)
    case "err":
      guard let reason = fields["reason"] else { return nil }
      let id = words.count >= 2 ? UInt64(words[1]) : nil
      self = .error(id: id, reason: reason, message: message)
    default:
      return nil
    }
  }

  /// The words before the first quote, and the quoted message with its escapes undone.
  private static func split(_ text: String) -> (words: [Substring], message: String) {
    guard let quote = text.firstIndex(of: "\"") else {
      return (text.split(separator: " "), "")
    }
    var message = ""
    var escaped = false
    for character in text[text.index(after: quote)...] {
      if escaped {
        message.append(character == "n" ? "\n" : character)
        escaped = false
      } else if character == "\\" {
        escaped = true
      } else if character == "\"" {
        break
      } else {
        message.append(character)
      }
    }
    return (text[..<quote].split(separator: " "), message)
  }
}
