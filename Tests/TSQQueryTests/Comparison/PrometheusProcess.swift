import Foundation
import TSQCore
import TSQQuery
import Testing

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// A real Prometheus on this machine, filled with the series of a provider.
final class PrometheusProcess {
  private let folder: URL
  private let process = Process()
  private var port = 0

  struct StartFailure: Error { let reason: String }

  /// Writes the samples as OpenMetrics, turns them into blocks and starts the server on them.
  init(_ provider: MemoryProvider) async throws {
    folder = FileManager.default.temporaryDirectory.appending(
      path: "tsq-prometheus-\(UUID().uuidString)")
    let data = folder.appending(path: "data")
    try FileManager.default.createDirectory(at: data, withIntermediateDirectories: true)
    let metrics = folder.appending(path: "samples.om")
    try Data(Self.openMetrics(provider).utf8).write(to: metrics)
    let config = folder.appending(path: "prometheus.yml")
    try Data("global: {}\n".utf8).write(to: config)
    try Self.run(
      "promtool", ["tsdb", "create-blocks-from", "openmetrics", metrics.path, data.path])
    port = Int.random(in: 20_000...40_000)
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [
      "prometheus", "--config.file=\(config.path)", "--storage.tsdb.path=\(data.path)",
      "--web.listen-address=127.0.0.1:\(port)", "--storage.tsdb.retention.time=100y",
    ]
    process.standardError = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    for _ in 0..<100 {
      try await Task.sleep(for: .milliseconds(200))
      if (try? await get("/-/ready", [])) != nil { return }
    }
    throw StartFailure(reason: "prometheus did not become ready")
  }

  /// Stops the server and removes its files.
  func stop() {
    process.terminate()
    process.waitUntilExit()
    try? FileManager.default.removeItem(at: folder)
  }

  /// A range query's answer, or the error Prometheus gives.
  func range(
    _ expression: String, from start: Timestamp, through end: Timestamp, stepSeconds: Int64
  ) async throws -> QueryResult {
    let body = try await get(
      "/api/v1/query_range",
      [
        ("query", expression), ("start", "\(start.fractionalSeconds)"),
        ("end", "\(end.fractionalSeconds)"), ("step", "\(stepSeconds)"),
      ])
    return try PrometheusJSON.decode(body)
  }

  /// An instant query's answer, or the error Prometheus gives.
  func instant(_ expression: String, at time: Timestamp) async throws -> QueryResult {
    let body = try await get(
      "/api/v1/query", [("query", expression), ("time", "\(time.fractionalSeconds)")])
    return try PrometheusJSON.decode(body)
  }

  private func get(_ path: String, _ items: [(String, String)]) async throws -> Data {
    var components = URLComponents()
    (components.scheme, components.host, components.port) = ("http", "127.0.0.1", port)
    components.path = path
    components.queryItems = items.map { URLQueryItem(name: $0.0, value: $0.1) }
    // A plus sign means a space in a query, unless it is escaped.
    components.percentEncodedQuery = components.percentEncodedQuery?
      .replacingOccurrences(of: "+", with: "%2B")
    return try await URLSession.shared.data(from: try #require(components.url)).0
  }

  private static func run(_ tool: String, _ arguments: [String]) throws {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [tool] + arguments
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw StartFailure(reason: "\(tool) ended with \(process.terminationStatus)")
    }
  }

  /// The samples as OpenMetrics text, times in seconds with milliseconds.
  private static func openMetrics(_ provider: MemoryProvider) -> String {
    var text = ""
    for metric in Set(provider.series.map(\.labels.metric)).sorted() {
      text += "# TYPE \(metric) gauge\n"
      for one in provider.series where one.labels.metric == metric {
        for index in 0..<one.columns.count {
          let sample = one.columns[index]
          let value = NumberText.shortest(sample.value)
          text += "\(one.labels) \(value) \(NumberText.shortest(sample.time.fractionalSeconds))\n"
        }
      }
    }
    return text + "# EOF\n"
  }
}
