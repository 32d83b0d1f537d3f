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
            store.statistics(), seriesLimit: services.configuration.store.seriesLimit)))
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

/// What the store holds, as JSON.
private struct StatisticsBody: Encodable {
  let series: Int
  let seriesLimit: Int?
  let headSamples: Int
  let segments: Int
  let segmentSamples: Int
  let segmentBlocks: Int
  let segmentBytes: Int64
  let logBytes: Int64
  let firstTime: String?
  let lastTime: String?
  let lastSequence: UInt64
  let tombstones: Int
  let upkeepErrors: Int
  let lastUpkeepError: String?
  let unreadable: [String]
  let damagedBlocks: [String]
  let freeBytes: Int64?

  enum CodingKeys: String, CodingKey {
    case series, segments, tombstones, unreadable
    case seriesLimit = "series_limit"
    case headSamples = "head_samples"
    case segmentSamples = "segment_samples"
    case segmentBlocks = "segment_blocks"
    case segmentBytes = "segment_bytes"
    case logBytes = "log_bytes"
    case firstTime = "first_time"
    case lastTime = "last_time"
    case lastSequence = "last_sequence"
    case upkeepErrors = "upkeep_errors"
    case lastUpkeepError = "last_upkeep_error"
    case damagedBlocks = "damaged_blocks"
    case freeBytes = "free_bytes"
  }

  init(_ statistics: StoreStatistics, seriesLimit limit: Int) {
    series = statistics.series
    seriesLimit = limit > 0 ? limit : nil
    headSamples = statistics.headSamples
    segments = statistics.segments
    segmentSamples = statistics.segmentSamples
    segmentBlocks = statistics.segmentBlocks
    segmentBytes = statistics.segmentBytes
    logBytes = statistics.logBytes
    firstTime = statistics.timeRange?.start.description
    lastTime = statistics.timeRange?.end.description
    lastSequence = statistics.lastSequence
    tombstones = statistics.tombstones
    upkeepErrors = statistics.upkeepErrors
    lastUpkeepError = statistics.lastUpkeepError
    unreadable = statistics.unreadable.map(\.description)
    damagedBlocks = statistics.damagedBlocks.prefix(ReadStatistics.damageLimit)
      .map(\.description)
    freeBytes = statistics.freeBytes
  }
}
