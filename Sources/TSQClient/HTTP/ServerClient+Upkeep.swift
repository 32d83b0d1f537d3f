internal import AsyncHTTPClient
public import Foundation
internal import NIOCore
internal import NIOHTTP1

/// Orders to the store behind a server. Each returns when the work is done, however long it takes.
extension ServerClient {
  /// How long an upkeep may take: long enough that only a hung server meets it.
  private static let upkeepTimeout = Duration.seconds(7 * 86_400)

  /// The same client with the patience for long work.
  var patient: ServerClient { ServerClient(self, timeout: Self.upkeepTimeout) }

  /// Checks the store's files; the server's report as JSON.
  public func verify(deep: Bool) async throws(ServerClientError) -> Data {
    try await patient.body("/-/verify", .POST, deep ? [("deep", "1")] : [])
  }

  /// Copies the store into a folder of the server's machine.
  ///
  /// - Parameter directory: an absolute path; missing or empty.
  /// - Returns: the server's report as JSON.
  /// - Throws: `refused` where this machine is not the server's, or the folder holds something.
  public func backup(to directory: String) async throws(ServerClientError) -> Data {
    try await patient.body("/-/backup", .POST, [("directory", directory)])
  }

  /// What each metric and day takes on disk, as the server's JSON.
  public func usage() async throws(ServerClientError) -> Data {
    try await patient.body("/api/v1/tsq/usage", .GET, [])
  }

  /// The retention rules as the server's JSON.
  public func retentionRules() async throws(ServerClientError) -> Data {
    try await body("/api/v1/tsq/retention", .GET, [])
  }

  /// Sets a retention rule; 0 seconds keeps for ever.
  ///
  /// - Parameters:
  ///   - pattern: of metric names.
  ///   - keepSeconds: how long samples are kept.
  ///   - hourly: seconds that hourly values are kept, or `none`; `nil` leaves that as it is.
  /// - Returns: all rules, as the server's JSON.
  /// - Throws: `unreachable`; `refused` where the rule cannot be meant.
  public func setRetention(
    pattern: String, keepSeconds: Int64, hourly: String?
  ) async throws(ServerClientError) -> Data {
    try await body(
      "/api/v1/tsq/retention", .POST,
      [("pattern", pattern), ("keep_seconds", String(keepSeconds))]
        + (hourly.map { [("hourly_keep_seconds", $0)] } ?? []))
  }

  /// Removes the retention rules of a pattern; the server's answer as JSON.
  public func removeRetention(pattern: String) async throws(ServerClientError) -> Data {
    try await body(
      "/api/v1/tsq/retention?" + ServerClient.encode([("pattern", pattern)]), .DELETE, [])
  }

  /// Drops what is older than the rules allow; the server's report as JSON.
  public func applyRetention(dryRun: Bool) async throws(ServerClientError) -> Data {
    try await patient.body("/-/retention", .POST, dryRun ? [("dry_run", "1")] : [])
  }

  /// Does every job that is due.
  ///
  /// - Parameters:
  ///   - dryRun: only tell what is due.
  ///   - deep: the verification decodes every block.
  ///   - line: given each line of the server's report as it comes, JSON.
  /// - Throws: `unreachable`, `refused`; and what was told so far may be all there is.
  public func maintain(
    dryRun: Bool, deep: Bool, line: (Data) -> Void
  ) async throws(ServerClientError) {
    let form = (dryRun ? [("dry_run", "1")] : []) + (deep ? [("deep", "1")] : [])
    var request = HTTPClientRequest(url: address + "/-/maintain?" + ServerClient.encode(form))
    request.method = .POST
    do {
      let wait = TimeAmount.nanoseconds(Int64(Self.upkeepTimeout / .nanoseconds(1)))
      let response = try await execute(request, timeout: wait)
      let status = Int(response.status.code)
      guard (200..<300).contains(status) else {
        let words = try await response.body.collect(upTo: 1 << 16)
        throw ServerClient.refusal(status, Data(words.readableBytesView))
      }
      var pending: [UInt8] = []
      for try await piece in response.body {
        pending += piece.readableBytesView
        while let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
          line(Data(pending[..<end]))
          pending.removeSubrange(...end)
        }
      }
    } catch let error as ServerClientError {
      throw error
    } catch {
      throw .unreachable(address: address, reason: NetworkReason.text(error))
    }
  }
}
