internal import AsyncHTTPClient
internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import NIOSSL

/// The network library's errors in the few words a person needs.
enum NetworkReason {
  /// What went wrong, without the names of functions and types.
  static func text(_ error: any Error) -> String {
    switch error {
    case let error as NIOConnectionError:
      // One for each address of the name; the first is the preferred one's.
      if let first = error.connectionErrors.first { return text(first.error) }
      if error.dnsAError != nil || error.dnsAAAAError != nil { return "the name is not known" }
      return "nothing answers"
    case let error as IOError: return unsafe String(cString: strerror(error.errnoCode))
    case ChannelError.connectTimeout: return "nothing answers in time"
    case is NIOSSLError, is BoringSSLError, is NIOSSLExtraError:
      return trouble(tls: error)?.words ?? "TLS could not be agreed on"
    case let error as HTTPClientError: return text(http: error)
    default: return "\(error)"
    }
  }

  private static func text(http error: HTTPClientError) -> String {
    switch error {
    case .remoteConnectionClosed: return closed.words
    case .connectTimeout, .readTimeout, .deadlineExceeded, .tlsHandshakeTimeout:
      return "nothing answers in time"
    default: return "\(error)"
    }
  }

  /// What to try where a text of this page says what went wrong.
  static func hint(for text: String) -> String? {
    (troubles + [otherName, closed]).first { $0.words == text }?.hint
  }

  /// Something that goes wrong with TLS: the library's word, ours, and what to try.
  private struct Trouble {
    let word: String
    let words: String
    let hint: String?
  }

  private static func trouble(tls error: any Error) -> Trouble? {
    if let error = error as? NIOSSLExtraError, error == .failedToValidateHostname {
      return otherName
    }
    let text = "\(error)"
    return troubles.first { text.contains($0.word) }
  }

  private static let otherName = Trouble(
    word: "", words: "the server's certificate is for another name",
    hint: "use a name or an address that the certificate bears")
  private static let closed = Trouble(
    word: "", words: "the connection was closed without an answer",
    hint: "does the server speak TLS on this port? Then its address begins with https://")

  /// The library tells the causes apart by OpenSSL's words only.
  private static let troubles = [
    Trouble(
      word: "CERTIFICATE_VERIFY_FAILED",
      words: "the server's certificate is not trusted: no known authority signed it, or it is not"
        + " valid at this time",
      hint: "name the file of its authority with --tls-ca"),
    Trouble(
      word: "WRONG_VERSION_NUMBER", words: "the server does not speak TLS on this port",
      hint: "its address begins with http://, or TLS is off"),
    Trouble(
      word: "CERTIFICATE_REQUIRED", words: "the server asks for a certificate of the client",
      hint: "--tls-cert and --tls-key name it"),
    Trouble(
      word: "UNKNOWN_CA", words: "the server does not trust the certificate of the client",
      hint: nil),
    Trouble(
      word: "EOF during handshake", words: "the connection was closed while TLS was agreed on",
      hint: nil),
    Trouble(word: "uncleanShutdown", words: "the connection was cut", hint: nil),
  ]
}
