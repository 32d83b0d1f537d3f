internal import Foundation
internal import Hummingbird
internal import NIOCore
internal import TSQCore
internal import TSQQuery
internal import TSQStorage

/// Upkeep of the store while it serves: jobs, checks, backups, retention rules.
struct UpkeepEndpoints {
  let services: WebServices

  func add(to router: Router<WebContext>) {
    router.post("/-/maintain") { request, _ in try await maintain(request) }
    router.post("/-/verify") { request, _ in try await verify(request) }
    router.post("/-/backup") { try await backup($0, $1) }
    router.post("/-/retention") { request, _ in try await applyRetention(request) }
    router.get("/api/v1/tsq/retention") { _, _ in try await rules() }
    router.post("/api/v1/tsq/retention") { request, _ in try await setRule(request) }
    router.delete("/api/v1/tsq/retention") { request, _ in try await removeRules(request) }
    router.get("/api/v1/tsq/usage") { _, _ in try await usage() }
  }

  // MARK: - Jobs

  /// One JSON line a step, while the upkeep goes on; the last says `end`.
  private func maintain(_ request: Request) async throws -> Response {
    let form = try await services.form(request)
    guard let store = services.gate.store else { return Answer.notReady() }
    let (isDry, isDeep) = (form["dry_run"] == "1", form["deep"] == "1")
    let (lines, told) = AsyncStream.makeStream(of: ByteBuffer.self)
    let body = ResponseBody(asyncSequence: lines)
    // The work goes on when the client goes away: half an upkeep helps nobody.
    Task {
      try? await BlockingThread.run("tsq-upkeep") {
        _ = store.maintain(dryRun: isDry, deep: isDeep) { told.yield(Self.line($0)) }
      }
      told.yield(Self.line(nil))
      told.finish()
    }
    return Response(
      status: .ok, headers: [.contentType: "application/x-ndjson; charset=utf-8"], body: body)
  }

  private static func line(_ event: MaintenanceEvent?) -> ByteBuffer {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // A value of plain texts and numbers can always be encoded.
    let data = (try? encoder.encode(MaintenanceLine(event))) ?? Data()
    return ByteBuffer(bytes: data + Data("\n".utf8))
  }

  private func verify(_ request: Request) async throws -> Response {
    let isDeep = try await services.form(request)["deep"] == "1"
    return try await services.withUpkeep { store in
      Answer.json(
        .ok, try PrometheusJSON.encode(data: VerifyNote(store.verify(deep: isDeep))))
    }
  }

  /// Only for clients on this machine: the folder is one of this machine, written by this process.
  private func backup(_ request: Request, _ context: WebContext) async throws -> Response {
    guard HostPort.isLoopback(peer: context.peer) else {
      return Answer.failure(
        .forbidden, "forbidden",
        "a backup is written to a folder of the server's machine; run `tsq backup` there")
    }
    let form = try await services.form(request)
    return try await services.withUpkeep { store in
      let target = try form.required("directory")
      guard target.hasPrefix("/") else {
        throw ParameterError.invalid("directory", target, "an absolute path")
      }
      return Answer.json(
        .ok, try PrometheusJSON.encode(data: BackupNote(try store.backup(to: target))))
    }
  }

  private func usage() async throws -> Response {
    try await services.withUpkeep { store in
      Answer.json(.ok, try PrometheusJSON.encode(data: try store.usage()))
    }
  }

  // MARK: - Retention

  private func rules() async throws -> Response {
    try await services.withUpkeep { store in
      Answer.json(.ok, try PrometheusJSON.encode(data: try store.retentionRules()))
    }
  }

  private func setRule(_ request: Request) async throws -> Response {
    let form = try await services.form(request)
    return try await services.withUpkeep { store in
      let rule = RetentionRule(
        metricPattern: try form.required("pattern"),
        keepSeconds: try Self.seconds(form, "keep_seconds") ?? 0)
      if let resolution = try Self.seconds(form, "resolution_seconds"), resolution != 0 {
        throw ParameterError.invalid(
          "resolution_seconds", "\(resolution)", "0; hourly values have hourly_keep_seconds")
      }
      var hourly = HourlyRule.unchanged
      if form["hourly_keep_seconds"] == "none" {
        hourly = .remove
      } else if let seconds = try Self.seconds(form, "hourly_keep_seconds") {
        hourly = .keep(seconds: seconds)
      }
      return Answer.json(
        .ok,
        try PrometheusJSON.encode(data: try store.state().setRetentionRule(rule, hourly: hourly)))
    }
  }

  private static func seconds(_ form: RequestForm, _ name: String) throws -> Int64? {
    guard let text = form[name] else { return nil }
    guard let number = Int64(text), number >= 0 else {
      throw ParameterError.invalid(name, text, "a whole number of seconds")
    }
    return number
  }

  private struct RemovedBody: Encodable {
    let removed: Int
  }

  private func removeRules(_ request: Request) async throws -> Response {
    let form = try await services.form(request)
    return try await services.withUpkeep { store in
      let pattern = try form.required("pattern")
      let removed = try store.state().removeRetentionRules(pattern: pattern)
      return Answer.json(.ok, try PrometheusJSON.encode(data: RemovedBody(removed: removed)))
    }
  }

  private func applyRetention(_ request: Request) async throws -> Response {
    let form = try await services.form(request)
    return try await services.withUpkeep { store in
      let report = try store.applyRetentionRules(dryRun: form["dry_run"] == "1")
      return Answer.json(.ok, try PrometheusJSON.encode(data: report))
    }
  }
}

extension WebServices {
  /// Answers with the store on a thread of its own; failures become answers.
  func withUpkeep(
    _ work: @escaping @Sendable (Store) throws -> Response
  ) async throws -> Response {
    guard let store = gate.store else { return Answer.notReady() }
    return try await Answer.orFailure {
      try await BlockingThread.run("tsq-upkeep") { try work(store) }
    }
  }
}

extension HostPort {
  /// Whether a peer's address, as `host:port`, is this machine's own.
  static func isLoopback(peer: String) -> Bool {
    peer.hasPrefix("127.") || peer.hasPrefix("[::1]:")
  }
}
