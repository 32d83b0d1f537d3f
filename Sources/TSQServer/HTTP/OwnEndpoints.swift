internal import Foundation
internal import Hummingbird
internal import TSQCore
internal import TSQForecast
internal import TSQQuery
internal import TSQStorage

/// What tsq answers beyond other stores: trends from summaries, statistics, the ledger.
struct OwnEndpoints {
  let services: WebServices

  func add(to router: Router<WebContext>) {
    router.get("/api/v1/tsq/trend") { request, _ in try await trend(request) }
    router.post("/api/v1/tsq/trend") { request, _ in try await trend(request) }
    router.get("/api/v1/tsq/stats") { _, _ in try await statistics() }
    router.get("/api/v1/tsq/ledger") { _, _ in try ledger() }
  }

  private func trend(_ request: Request) async throws -> Response {
    let form = try await services.form(request)
    return try await services.withStore { store in
      let engine = QueryEngine(store: store, limits: services.configuration.query)
      let selector = try form.required("selector")
      let result = try engine.trends(selector, in: try form.range())
      return Answer.json(
        .ok, try PrometheusJSON.encode(data: TrendBody(result), warnings: result.warnings))
    }
  }

  private func statistics() async throws -> Response {
    try await services.withStore { store in
      Answer.json(
        .ok,
        try PrometheusJSON.encode(
          data: StatisticsBody(
            store.statistics(), try store.layout(),
            seriesLimit: services.configuration.store.seriesLimit)))
    }
  }

  private func ledger() throws -> Response {
    let center = services.center
    let now = center.ledger.snapshot
    let body = LedgerBody(
      total: .init(now.total), connections: .init(now.connections),
      deadLettersWritten: center.deadLetters.counts.written,
      deadLettersLost: center.deadLetters.counts.lost,
      earlier: .init(now.earlier),
      accounts: now.accounts.map { LedgerBody.Account($0) })
    return Answer.json(.ok, try PrometheusJSON.encode(data: body))
  }
}
