internal import Foundation
internal import Hummingbird
internal import TSQCore
internal import TSQQuery
internal import TSQStorage

/// Prometheus' HTTP API for reading.
struct QueryEndpoints {
  let services: WebServices

  func add(to router: Router<WebContext>) {
    both(router, "/api/v1/query") { try await instant($0) }
    both(router, "/api/v1/query_range") { try await range($0) }
    both(router, "/api/v1/series") { try await series($0) }
    both(router, "/api/v1/labels") { try await labels($0) }
    router.get("/api/v1/label/:name/values") { request, context in
      let name = try context.parameters.require("name")
      return try await values(of: name.removingPercentEncoding ?? name, request)
    }
    router.get("/api/v1/metadata") { request, _ in try await metadata(request) }
  }

  private func both(
    _ router: Router<WebContext>, _ path: RouterPath,
    _ use: @escaping @Sendable (Request) async throws -> Response
  ) {
    router.get(path) { request, _ in try await use(request) }
    router.post(path) { request, _ in try await use(request) }
  }

  /// An engine whose time limit is the request's own where that is shorter.
  private func engine(
    _ store: Store, _ form: RequestForm
  ) throws(ParameterError) -> QueryEngine {
    var limits = services.configuration.query
    if let timeout = try form.duration("timeout") {
      let seconds = max(1, timeout / 1_000_000_000)
      limits.timeoutSeconds = Int(min(Int64(limits.timeoutSeconds), seconds))
    }
    return QueryEngine(store: store, limits: limits)
  }

  private func instant(_ request: Request) async throws -> Response {
    let form = try await services.form(request)
    return try await services.withStore { store in
      let time = try form.time("time") ?? .now
      let result = try engine(store, form).instant(
        try form.required("query"), at: time, hourly: try Self.hourly(form))
      return Answer.json(.ok, try PrometheusJSON.encode(result))
    }
  }

  /// What raw samples are where only hourly values are left; Prometheus has no such parameter.
  private static func hourly(_ form: RequestForm) throws(ParameterError) -> HourlyPoints {
    switch form["hourly"] {
    case nil, "last": return .last
    case "mean": return .mean
    case .some(let text): throw ParameterError.invalid("hourly", text, "last or mean")
    }
  }

  private func range(_ request: Request) async throws -> Response {
    let form = try await services.form(request)
    return try await services.withStore { store in
      guard let start = try form.time("start") else { throw ParameterError.missing("start") }
      guard let end = try form.time("end") else { throw ParameterError.missing("end") }
      guard let step = try form.duration("step") else { throw ParameterError.missing("step") }
      let result = try engine(store, form).range(
        try form.required("query"), from: start, through: end, stepNanoseconds: step)
      return Answer.json(.ok, try PrometheusJSON.encode(result))
    }
  }

  private func series(_ request: Request) async throws -> Response {
    let form = try await services.form(request)
    return try await services.withStore { store in
      let selectors = form.all("match[]")
      guard !selectors.isEmpty else {
        throw ParameterError(message: "no match[] parameter provided")
      }
      let found = try engine(store, form).series(matching: selectors, in: try form.range())
      let (shown, warnings) = try limited(found, form)
      return Answer.json(.ok, try PrometheusJSON.encode(series: shown, warnings: warnings))
    }
  }

  private func labels(_ request: Request) async throws -> Response {
    let form = try await services.form(request)
    return try await services.withStore { store in
      let found = try engine(store, form).labelNames(
        matching: form.all("match[]"), in: try form.range())
      let (shown, warnings) = try limited(found, form)
      return Answer.json(.ok, try PrometheusJSON.encode(names: shown, warnings: warnings))
    }
  }

  private func values(of name: String, _ request: Request) async throws -> Response {
    let form = try await services.form(request)
    return try await services.withStore { store in
      let found = try engine(store, form).labelValues(
        name, matching: form.all("match[]"), in: try form.range())
      let (shown, warnings) = try limited(found, form)
      return Answer.json(.ok, try PrometheusJSON.encode(names: shown, warnings: warnings))
    }
  }

  /// The first of a list where the request sets a `limit`; cutting is said.
  private func limited<Item>(
    _ items: [Item], _ form: RequestForm
  ) throws(ParameterError) -> ([Item], [String]) {
    guard let text = form["limit"] else { return (items, []) }
    guard let limit = Int(text), limit >= 0 else {
      throw .invalid("limit", text, "a number of 0 or more")
    }
    guard limit > 0, items.count > limit else { return (items, []) }
    return (Array(items.prefix(limit)), ["results truncated due to limit"])
  }

  private struct Metadata: Encodable {
    let type: String
    let help: String
    let unit: String
  }

  private func metadata(_ request: Request) async throws -> Response {
    let form = try await services.form(request)
    return try await services.withStore { store in
      var found: [(metric: String, entries: [Metadata])] = []
      for item in store.snapshot().allMetadata
      where form["metric"] == nil || form["metric"] == item.metric {
        let entry = Metadata(type: item.kind.rawValue, help: item.help, unit: item.unit)
        found.append((item.metric, [entry]))
      }
      // By name, so that a limit leaves the same ones every time.
      found.sort { $0.metric < $1.metric }
      let (shown, warnings) = try limited(found, form)
      let data = Dictionary(shown.map { ($0.metric, $0.entries) }) { $1 }
      return Answer.json(.ok, try PrometheusJSON.encode(data: data, warnings: warnings))
    }
  }
}
