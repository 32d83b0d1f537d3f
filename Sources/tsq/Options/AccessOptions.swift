internal import ArgumentParser
internal import Foundation
internal import TSQClient

/// How a command is let in by a server, and how it knows the server.
struct AccessOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A file with the token to show; by default `TSQ_TOKEN` is the token.", valueName: "file"))
  var tokenFile: String?

  @Option(
    help: ArgumentHelp(
      "Authorities of the server's certificate, PEM; by default `TSQ_TLS_CA`, else the system's.",
      valueName: "file"))
  var tlsCa: String?

  @Option(
    help: ArgumentHelp(
      "This side's certificate, PEM, where the server asks for one.", valueName: "file"))
  var tlsCert: String?

  @Option(help: ArgumentHelp("The private key of --tls-cert, PEM.", valueName: "file"))
  var tlsKey: String?

  func validate() throws {
    guard (tlsCert == nil) == (tlsKey == nil) else {
      throw ValidationError("--tls-cert and --tls-key go together")
    }
  }

  /// The access that the flags and the environment name.
  func access() throws -> ServerAccess {
    var access = ServerAccess()
    access.token = try token()
    access.authorities = tlsCa ?? Self.environment("TSQ_TLS_CA")
    access.certificate = tlsCert
    access.key = tlsKey
    access.usesTLS = access.authorities != nil || tlsCert != nil
    return access
  }

  private func token() throws -> String? {
    guard let tokenFile else { return Self.environment("TSQ_TOKEN") }
    guard let text = try? String(contentsOfFile: tokenFile, encoding: .utf8) else {
      throw CommandFailure(
        "cannot read the token file `\(tokenFile)`",
        hint: "a text file with the token, for this user to read; TSQ_TOKEN can hold it instead")
    }
    let lines = text.split(whereSeparator: \.isNewline)
      .map { $0.trimmingCharacters(in: .whitespaces) }
    guard let token = lines.first(where: { !$0.isEmpty && !$0.hasPrefix("#") }) else {
      throw CommandFailure("there is no token in `\(tokenFile)`")
    }
    return token
  }

  private static func environment(_ name: String) -> String? {
    ProcessInfo.processInfo.environment[name].flatMap { $0.isEmpty ? nil : $0 }
  }
}
