internal import ArgumentParser
internal import Foundation
internal import TSQServer

/// Who is let in by `tsq serve`, and how connections are encrypted.
struct ServeAccess: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Ask every sender and client for one of the tokens in this file, one a line.",
      valueName: "file"))
  var tokenFile: String?

  @Option(
    help: ArgumentHelp(
      "Encrypt every address with this certificate and its chain, PEM.", valueName: "file"))
  var tlsCert: String?

  @Option(help: ArgumentHelp("The private key of --tls-cert, PEM.", valueName: "file"))
  var tlsKey: String?

  @Option(
    help: ArgumentHelp(
      "Ask clients for a certificate of these authorities, PEM.", valueName: "file"))
  var tlsCa: String?

  /// Whether strangers are kept out or at least nothing is sent in the clear.
  var isGuarded: Bool { tokenFile != nil || tlsCert != nil }

  func validate() throws {
    guard (tlsCert == nil) == (tlsKey == nil) else {
      throw ValidationError("--tls-cert and --tls-key go together")
    }
    guard tlsCa == nil || tlsCert != nil else {
      throw ValidationError("--tls-ca asks clients for certificates, which needs --tls-cert too")
    }
  }

  /// Reads the files into a configuration.
  func fill(_ configuration: inout ServeConfiguration) throws {
    if let tokenFile {
      guard let text = try? String(contentsOfFile: tokenFile, encoding: .utf8) else {
        throw CommandFailure(
          "cannot read the token file `\(tokenFile)`",
          hint: "a text file with one token a line, for this user to read")
      }
      configuration.tokens = try AccessTokens(text: text)
    }
    if let tlsCert, let tlsKey {
      configuration.tls = TLSFiles(certificate: tlsCert, key: tlsKey, clientAuthorities: tlsCa)
    }
  }
}
