internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import TSQCore
internal import TSQQuery
internal import TSQStorage

/// Health, orders to the store, and facts about the server.
struct AdminEndpoints {
  let services: WebServices

  func add(to router: Router<WebContext>) {
    router.get("/") { _, _ in Answer.text(.ok, "tsq \(services.configuration.version)") }
    router.get("/-/healthy") { _, _ in healthy() }
    router.get("/-/ready") { _, _ in ready() }
    router.get("/health") { _, _ in try health() }
    router.get("/metrics") { request, _ in try await metrics(request) }
    router.post("/-/flush") { _, _ in try await flush() }
    router.post("/-/compact") { _, _ in try await compact() }
    router.post("/api/v1/admin/tsdb/delete_series") { try await delete($0, $1) }
    router.put("/api/v1/admin/tsdb/delete_series") { try await delete($0, $1) }
    router.get("/api/v1/status/buildinfo") { _, _ in try buildInformation() }
  }

  private func healthy() -> Response {
    guard let reason = poisoned else { return Answer.text(.ok, "healthy") }
    return Answer.text(
      .internalServerError, "the store takes nothing more until a restart: \(reason)")
  }

  private func ready() -> Response {
    guard services.gate.store != nil else { return Answer.notReady() }
    guard poisoned == nil else { return healthy() }
    return Answer.text(.ok, fullDisk.map { "ready for queries; \($0)" } ?? "ready")
  }

  /// Why the store takes nothing any more, or `nil`: an append or a flush may have found out.
  private var poisoned: String? {
    services.center.poisoned ?? services.gate.store?.failure?.description
  }

  /// Why writes are refused although the store is well, or `nil` where they are not.
  private var fullDisk: String? {
    let kept =
      services.gate.store?.keptFreeBytes ?? services.configuration.store.freeSpaceFloor
    let needed = max(kept, services.center.neededBytes)
    let folder = services.configuration.dataDirectory
    let free: Int64
    do throws(FileError) { free = try POSIXFileSystem().freeSpace(folder) } catch {
      return "writes are in doubt: the folder cannot be looked at (\(error))"
    }
    guard free < needed else { return nil }
    return "writes are refused: the disk is full (\(free) bytes are free, \(kept) stay free)"
  }

  private struct Health: Encodable {
    let name: String
    let message: String
    let status: String
    let version: String
  }

  private func health() throws -> Response {
    let isReady = services.gate.store != nil && poisoned == nil
    let trouble = isReady ? fullDisk : nil
    let message = trouble.map { "ready for queries; \($0)" } ?? "ready for queries and writes"
    // Queries are answered, so the status of the answer stays: a load balancer reads that.
    let body = Health(
      name: "tsq", message: isReady ? message : "not ready",
      status: !isReady ? "fail" : trouble == nil ? "pass" : "warn",
      version: services.configuration.version)
    return Answer.json(isReady ? .ok : .serviceUnavailable, try JSONEncoder().encode(body))
  }

  private func metrics(_ request: Request) async throws -> Response {
    let services = services
    let withConnections = RequestForm(request.uri.query ?? "")["connections"] == "1"
    // The store's figures come from its folder: no work for a thread that others wait for.
    let text = try await BlockingThread.run("tsq-metrics") {
      var text = MetricsText()
      text.add(services)
      if withConnections { text.addAccounts(services.center.ledger.accounts) }
      return text
    }
    var response = Answer.text(.ok, String(text.text.dropLast()))
    response.headers[.contentType] = "text/plain; version=0.0.4; charset=utf-8"
    return response
  }

  private func flush() async throws -> Response {
    try await services.withUpkeep { store in
      Answer.json(.ok, try PrometheusJSON.encode(data: FlushNote(try store.flush())))
    }
  }

  private func compact() async throws -> Response {
    try await services.withUpkeep { store in
      let note = CompactionNote(try store.compact())
      return Answer.json(
        .ok,
        try PrometheusJSON.encode(data: note, warnings: note.damage.map(\.description)))
    }
  }

  /// Deletes what any of the selectors matches; as Prometheus, 204 when it is done.
  private func delete(_ request: Request, _ context: WebContext) async throws -> Response {
    let form = try await services.form(request)
    guard let store = services.gate.store else { return Answer.notReady() }
    return try await Answer.orFailure {
      let selectors = form.all("match[]")
      guard !selectors.isEmpty else {
        throw ParameterError(message: "no match[] parameter provided")
      }
      let range = try form.range()
      // All are read before the first takes effect: a typing error deletes nothing.
      let engine = QueryEngine(store: store, limits: services.configuration.query)
      let matchers = try selectors.map { try engine.matchers(of: $0) }
      var series = 0
      for set in matchers { series += try await store.delete(set, range: range).series }
      var response = Answer.nothing()
      // In a header, since Prometheus' answer has no body.
      if let name = HTTPField.Name("X-Tsq-Series") { response.headers[name] = String(series) }
      return response
    }
  }

  private struct BuildInformation: Encodable {
    /// The version of Prometheus' API that is spoken: dashboards choose their requests by it.
    let version = "3.0.0"
    let application = "tsq"
    let applicationVersion: String
    let revision = ""
    let branch = ""
    let buildUser = ""
    let buildDate = ""
    let goVersion = ""
  }

  private func buildInformation() throws -> Response {
    let body = BuildInformation(applicationVersion: services.configuration.version)
    return Answer.json(.ok, try PrometheusJSON.encode(data: body))
  }
}
