import Foundation
import TSQCodec
import TSQCore
import TSQServer
import Testing

/// Protocol buffers by hand, so that the test shares no code with the server's generated decoder.
private enum Wire {
  static func varint(_ number: UInt64) -> [UInt8] {
    var rest = number
    var bytes: [UInt8] = []
    while rest > 0x7f {
      bytes.append(UInt8(rest & 0x7f) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }

  static func bytes(_ field: UInt64, _ content: [UInt8]) -> [UInt8] {
    varint(field << 3 | 2) + varint(UInt64(content.count)) + content
  }

  static func number(_ field: UInt64, _ number: UInt64) -> [UInt8] {
    varint(field << 3) + varint(number)
  }

  static func sample(_ value: Double, _ milliseconds: Int64) -> [UInt8] {
    let bits = value.bitPattern
    let double = varint(1 << 3 | 1) + (0..<8).map { UInt8(truncatingIfNeeded: bits >> (8 * $0)) }
    return bytes(2, double + number(2, UInt64(bitPattern: milliseconds)))
  }

  static func label(_ name: String, _ value: [UInt8]) -> [UInt8] {
    bytes(1, bytes(1, Array(name.utf8)) + bytes(2, value))
  }

  static func series(_ labels: [(String, String)], _ rest: [UInt8]) -> [UInt8] {
    bytes(1, labels.flatMap { label($0.0, Array($0.1.utf8)) } + rest)
  }
}

@Suite("Prometheus remote write")
struct RemoteWriteTests {
  private func write(
    _ running: RunningServer, _ message: [UInt8], _ headers: [String: String] = [:]
  ) async throws -> WebAnswer {
    let block = unsafe Snappy.compress(message.span.bytes)
    return try await running.ask(.post, "/api/v1/write", block, headers: headers)
  }

  private func written(_ answer: WebAnswer) -> String? {
    answer.header("X-Prometheus-Remote-Write-Samples-Written")
  }

  private static let two = [
    "content-type": "application/x-protobuf;proto=io.prometheus.write.v2.Request",
    "content-encoding": "snappy",
  ]

  @Test("1.0: 204 means visible, with counts; a stale marker keeps its bits; metadata is kept")
  func versionOne() async throws {
    try await withServer { running in
      let stale = Double(bitPattern: SpecialValue.staleBits)
      let metadata = Wire.bytes(
        3, Wire.number(1, 1) + Wire.bytes(2, Array("up".utf8)) + Wire.bytes(4, Array("Help".utf8)))
      let answer = try await write(
        running,
        Wire.series(
          [("__name__", "up"), ("job", "a")], Wire.sample(1, 1000) + Wire.sample(2, 2000))
          + Wire.series([("__name__", "gone")], Wire.sample(7, 1000) + Wire.sample(stale, 2000))
          + metadata)
      #expect(answer.status == 204)
      #expect(written(answer) == "4")
      let up = try await running.ask(.get, "/api/v1/query?query=up&time=2")
      #expect(up.text.contains("\"value\":[2,\"2\"]"), "\(up.text)")
      let gone = try await running.ask(.get, "/api/v1/query?query=gone&time=2")
      #expect(gone.text.contains("\"result\":[]"), "\(gone.text)")
      let before = try await running.ask(.get, "/api/v1/query?query=gone&time=1")
      #expect(before.text.contains("\"7\""))
      let described = try await running.ask(.get, "/api/v1/metadata")
      #expect(described.text.contains("\"counter\"") && described.text.contains("Help"))
    }
  }

  @Test("2.0: labels are places in the symbols")
  func versionTwo() async throws {
    try await withServer { running in
      let symbols = ["", "__name__", "up", "job", "a"].flatMap { Wire.bytes(4, Array($0.utf8)) }
      let good = Wire.bytes(5, Wire.bytes(1, [1, 2, 3, 4]) + Wire.sample(3, 1000))
      let answer = try await write(running, symbols + good, Self.two)
      #expect(answer.status == 204, "\(answer.text)")
      #expect(written(answer) == "1")
      let up = try await running.ask(.get, "/api/v1/query?query=up%7Bjob=%22a%22%7D&time=1")
      #expect(up.text.contains("\"3\""), "\(up.text)")
      let outside = Wire.bytes(5, Wire.bytes(1, [1, 9]) + Wire.sample(3, 1000))
      let odd = Wire.bytes(5, Wire.bytes(1, [1]) + Wire.sample(3, 1000))
      let partial = try await write(running, symbols + outside + odd + good, Self.two)
      #expect(partial.status == 400)
      #expect(written(partial) == "1")
      #expect(try await ledger(running).total.rejected_by_reason == ["bad-reference": 2])
    }
  }

  @Test("2.0: a request with everything that the specification has is stored, or counted as not")
  func versionTwoWhole() async throws {
    try await withServer { running in
      let texts = ["", "__name__", "hits_total", "job", "a", "Requests.", "trace_id", "0815", "h"]
      let symbols = texts.flatMap { Wire.bytes(4, Array($0.utf8)) }
      let bits = (0..<8).map { UInt8(truncatingIfNeeded: (0.5).bitPattern >> (8 * $0)) }
      let double = Wire.varint(2 << 3 | 1) + bits
      let exemplar = Wire.bytes(4, Wire.bytes(1, [6, 7]) + double + Wire.number(3, 1000))
      // A counter's description, and since when it counts: of the series, and of a sample.
      let metadata = Wire.bytes(5, Wire.number(1, 1) + Wire.number(3, 5) + Wire.number(4, 0))
      let started = Wire.bytes(
        2, Wire.varint(1 << 3 | 1) + bits + Wire.number(2, 2000) + Wire.number(3, 900))
      let counter = Wire.bytes(
        5,
        Wire.bytes(1, [1, 2, 3, 4]) + Wire.sample(3, 1000) + started + exemplar + metadata
          + Wire.number(6, 900))
      // Schema 3, a count, a sum and a time, as a native histogram has them.
      let histogram = Wire.bytes(
        3,
        Wire.number(1, 9) + Wire.varint(3 << 3 | 1) + bits + Wire.number(4, 6)
          + Wire.number(15, 1000))
      let native = Wire.bytes(5, Wire.bytes(1, [1, 8]) + histogram)
      let headers = Self.two.merging(
        ["x-prometheus-remote-write-version": "2.0.0", "user-agent": "test"]) { $1 }
      let answer = try await write(running, symbols + counter + native, headers)
      #expect(answer.status == 400, "\(answer.text)")
      #expect(written(answer) == "2")
      for kind in ["Histograms", "Exemplars"] {
        #expect(answer.header("X-Prometheus-Remote-Write-\(kind)-Written") == "0")
      }
      let told = try await ledger(running)
      #expect(told.total.isBalanced)
      #expect(told.total.rejected_by_reason == ["native-histogram": 1])
      #expect(told.total.stored == 2)
      #expect(told.total.ignored == 1)
      let last = try await running.ask(.get, "/api/v1/query?query=hits_total&time=2")
      #expect(last.text.contains("\"value\":[2,\"0.5\"]"), "\(last.text)")
      let described = try await running.ask(.get, "/api/v1/metadata")
      #expect(described.text.contains("\"counter\"") && described.text.contains("Requests."))
      // Without the histogram nothing is left to complain of.
      let good = try await write(running, symbols + counter, headers)
      #expect(good.status == 204)
      #expect(written(good) == "2")
    }
  }

  @Test("2.0: a few bytes that name a long symbol many times make no long series")
  func symbolBomb() async throws {
    try await withServer { running in
      let long = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
      let symbols =
        Wire.bytes(4, []) + Wire.bytes(4, Array("__name__".utf8)) + Wire.bytes(4, Array("m".utf8))
        + Wire.bytes(4, long)
      let wide = Wire.bytes(
        5, Wire.bytes(1, [1, 2] + [UInt8](repeating: 3, count: 1_000_000)) + Wire.sample(1, 1000))
      let tall = Wire.bytes(5, Wire.bytes(1, [1, 2, 3, 3]) + Wire.sample(1, 1000))
      let good = Wire.bytes(5, Wire.bytes(1, [1, 2]) + Wire.sample(1, 1000))
      let answer = try await write(running, symbols + wide + tall + good, Self.two)
      #expect(answer.status == 400)
      #expect(written(answer) == "1")
      #expect(
        try await ledger(running).total.rejected_by_reason
          == ["too-many-labels": 1, "label-too-long": 1])
    }
  }

  @Test("A partly bad request keeps its good samples and is never answered with 2xx")
  func partial() async throws {
    try await withServer { running in
      let native = Wire.bytes(4, Wire.number(1, 5))
      let notText = Wire.bytes(
        1, Wire.label("__name__", Array("m".utf8)) + Wire.label("l", [0xff]) + Wire.sample(1, 1))
      let answer = try await write(
        running,
        Wire.series([("__name__", "good")], Wire.sample(1, 1000))
          + Wire.series([("__name__", "h")], native + native) + notText
          + Wire.series([("a", "b")], Wire.sample(1, 1))
          + Wire.series([("__name__", "d"), ("a", "1"), ("a", "2")], Wire.sample(1, 1))
          + Wire.series([("__name__", "far")], Wire.sample(1, .max)) + Wire.bytes(1, [0xff]))
      #expect(answer.status == 400)
      #expect(written(answer) == "1")
      let told = try await ledger(running)
      #expect(told.total.isBalanced)
      #expect(
        told.total.rejected_by_reason == [
          "native-histogram": 2, "bad-utf8": 1, "missing-measurement": 1, "duplicate-tag": 1,
          "bad-timestamp": 1, "malformed-message": 1,
        ])
      #expect(told.total.stored == 1)
    }
  }

  @Test("Dead letters have value and time, and are imported once they are mended")
  func letters() async throws {
    let folder = try TemporaryFolder()
    let running = try await RunningServer.start(folder.path)
    let stale = Double(bitPattern: SpecialValue.staleBits)
    let one =
      Wire.series([("a", "b\"c")], Wire.sample(1.5, 1000))
      + Wire.series([("__name__", "d"), ("a", "1"), ("a", "2")], Wire.sample(stale, 2000))
      + Wire.series([("__name__", "h"), ("a", "b")], Wire.bytes(4, Wire.number(1, 5)))
      + Wire.bytes(1, [0xff])
    #expect(try await write(running, one).status == 400)
    let symbols = ["", "__name__", "up", "job"].flatMap { Wire.bytes(4, Array($0.utf8)) }
    let dangling = Wire.bytes(5, Wire.bytes(1, [1, 2, 3, 9]) + Wire.sample(3, 3000))
    let answer = try await write(running, symbols + dangling, Self.two)
    #expect(answer.text.contains("refers to a symbol"), "\(answer.text)")
    try await running.stop()

    let directory = folder.path + "/dead-letters/prometheus"
    let name = try #require(try FileManager.default.contentsOfDirectory(atPath: directory).first)
    let text = try String(contentsOfFile: directory + "/" + name, encoding: .utf8)
    let lines = text.split(separator: "\n").map(String.init)
    #expect(
      lines.filter { !$0.hasPrefix("# rejected ") } == [
        "{a=\"b\\\"c\"} 1.5 1000", "d{a=\"1\",a=\"2\"} NaN(0x7ff0000000000002) 2000",
        "# native histogram of h{a=\"b\"}", "up{job=<missing>} 3 3000",
      ])
    #expect(lines.count == 9, "\(text)")
    let mended = text.replacing("{a=\"b\\", with: "m{a=\"b\\").replacing(",a=\"2\"", with: "")
      .replacing("<missing>", with: "\"j\"")
    try await withServer { running in
      let path = "/api/v1/tsq/import?format=prometheus"
      #expect(try await running.ask(.post, path, Array(text.utf8)).status == 400)
      #expect(try await running.ask(.post, path, Array(mended.utf8)).status == 204)
      let found = try await running.ask(.get, "/api/v1/query?query=up%7Bjob=%22j%22%7D&time=3")
      #expect(found.text.contains("\"3\""), "\(found.text)")
    }
  }

  @Test("A bomb, damage and foreign forms are refused in words before they take memory")
  func refusals() async throws {
    try await withServer({ $0.web.remoteWriteBytes = 1 << 20 }) { running in
      let bomb = [UInt8](repeating: 0, count: 8 << 20)
      #expect(try await write(running, bomb).status == 413)
      let damaged = try await running.ask(.post, "/api/v1/write", Array("no snappy".utf8))
      #expect(damaged.status == 400)
      let noMessage = try await write(running, [0xff, 0xff])
      #expect(noMessage.status == 400)
      #expect(noMessage.text.contains("no `prometheus.WriteRequest` message"))
      for headers in [
        ["content-type": "application/json"], ["content-encoding": "gzip"],
        ["content-type": "application/x-protobuf;proto=other"],
      ] {
        #expect(try await write(running, [], headers).status == 415)
      }
      #expect(try await write(running, []).status == 204)
      #expect(try await ledger(running).total.lines == 0)
    }
  }

  @Test("Text import: Prometheus' format in milliseconds, OpenMetrics by its content type")
  func textImport() async throws {
    try await withServer { running in
      let text = Array("# TYPE a counter\na 1 1000\nb{c=\"d\"} 2\nbad\n".utf8)
      let answer = try await running.ask(
        .post, "/api/v1/import/prometheus?timestamp=2000", text)
      #expect(answer.status == 400)
      #expect(answer.text.contains("line 4: bad-value"))
      let found = try await running.ask(.get, "/api/v1/query?query=b&time=2")
      #expect(found.text.contains("\"2\""))
      let open = try await running.ask(
        .post, "/api/v1/import/prometheus", Array("c 3 1.5\n# EOF\n".utf8),
        headers: ["content-type": "application/openmetrics-text; version=1.0.0"])
      #expect(open.status == 204, "\(open.text)")
      let rows = try await running.ask(
        .post, "/api/v1/tsq/import?format=csv&line=7",
        Array("d,1,NaN(0x7ff0000000000002)\nx\n".utf8))
      #expect(rows.status == 400)
      #expect(rows.text.contains("line 8: bad-row"))
      let header = try await running.ask(
        .post, "/api/v1/tsq/import?format=csv&line=100",
        Array("\u{feff}series,timestamp,value\nd,2,1\n".utf8))
      #expect(header.status == 204, "\(header.text)")
      #expect(try await running.ask(.post, "/api/v1/tsq/import?format=xml", []).status == 400)
    }
  }
}
