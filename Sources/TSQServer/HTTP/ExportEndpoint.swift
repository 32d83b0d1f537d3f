internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import TSQCodec
internal import TSQCore
internal import TSQQuery
internal import TSQStorage

/// Every sample of some series as CSV, the one format that can say all of them.
///
/// The last row is a comment, `# end samples=N series=N missing=N hourly=N`: an answer without it is cut.
struct ExportEndpoint {
  let services: WebServices
  /// Bytes of one piece of the answer: enough that a hop to a thread of the pool costs nothing.
  private static let pieceBytes = 256 << 10

  func add(to router: Router<WebContext>) {
    router.get("/api/v1/tsq/export") { request, _ in try await export(request) }
    router.post("/api/v1/tsq/export") { request, _ in try await export(request) }
  }

  private func export(_ request: Request) async throws -> Response {
    let form = try await services.form(request)
    let pool = services.pool
    return try await services.withStore { store in
      let engine = QueryEngine(store: store, limits: services.configuration.query)
      let selectors = form.all("match[]")
      guard !selectors.isEmpty else { throw ParameterError.missing("match[]") }
      let export = StoreExport(
        snapshot: store.snapshot(), selectors: try selectors.map { try engine.matchers(of: $0) },
        range: try form.range())
      return Response(
        status: .ok, headers: [.contentType: "text/csv; charset=utf-8"],
        body: ResponseBody { writer in
          var step = Step(export: export, writer: ExportFormat.csv.writer, isLast: false)
          while !step.isLast {
            let last = step
            step = try await pool.run { try last.next() }
            try await writer.write(ByteBuffer(bytes: step.writer.bytes))
          }
          let export = step.export
          let end =
            "# end samples=\(export.samples) series=\(export.seriesWritten) "
            + "missing=\(export.damage.count) hourly=\(export.hourlySeries)\n"
          try await writer.write(ByteBuffer(string: end))
          try await writer.finish(nil)
        })
    }
  }

  /// Where an export stands between two pieces.
  private struct Step: @unchecked Sendable {
    var export: StoreExport
    var writer: any SampleWriting
    var isLast: Bool

    /// The next piece, in the writer.
    func next() throws -> Step {
      var next = self
      if !next.writer.bytes.isEmpty, next.export.samples > 0 { next.writer.removeAll() }
      next.isLast = try !next.export.write(ExportEndpoint.pieceBytes, with: &next.writer)
      return next
    }
  }
}
