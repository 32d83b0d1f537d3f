internal import Foundation
internal import HTTPTypes
internal import Hummingbird

/// Answers 401 to requests that show no token, where the server asks for one.
///
/// A token is taken from `Authorization: Bearer T`, `Authorization: Token T`, the password of
/// `Authorization: Basic`, and the parameter `p`, as clients of InfluxDB 1 send theirs.
struct AccessCheck: RouterMiddleware {
  let tokens: AccessTokens
  let counts: AccessCounts

  /// Open to all: they tell whether the server lives and nothing of what it holds, and clients of
  /// InfluxDB ask for `/ping` and `/health` before they show anything.
  private static let open: Set<String> = ["/ping", "/health", "/-/healthy", "/-/ready"]

  func handle(
    _ request: Request, context: WebContext,
    next: @concurrent (Request, WebContext) async throws -> Response
  ) async throws -> Response {
    guard tokens.isRequired, !Self.open.contains(request.uri.path), !isAdmitted(request) else {
      return try await next(request, context)
    }
    counts.refuseRequest()
    var response = WriteAnswer.unauthorized()
    response.headers[.wwwAuthenticate] = "Bearer realm=\"tsq\", Basic realm=\"tsq\""
    return response
  }

  private func isAdmitted(_ request: Request) -> Bool {
    if let header = request.headers[.authorization] {
      return AccessCheck.token(header).map { tokens.admits($0.utf8) } ?? false
    }
    let query = request.uri.query ?? ""
    return RequestForm(query)["p"].map { tokens.admits($0.utf8) } ?? false
  }

  /// The token in an `Authorization` header, or `nil` for a scheme that has none.
  static func token(_ header: String) -> String? {
    let parts = header.split(separator: " ", maxSplits: 1)
    guard parts.count == 2 else { return nil }
    let value = parts[1].trimmingCharacters(in: .whitespaces)
    switch parts[0].lowercased() {
    case "bearer": return value
    case "token":
      // Clients of InfluxDB 1 write `user:password` behind the word.
      return value.split(separator: ":", maxSplits: 1).last.map(String.init)
    case "basic":
      guard let bytes = Data(base64Encoded: value) else { return nil }
      let pair = String(decoding: bytes, as: UTF8.self)
      return pair.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        .dropFirst().first.map(String.init)
    default: return nil
    }
  }
}
