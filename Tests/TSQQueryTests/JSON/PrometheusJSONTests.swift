import Foundation
import TSQCore
import TSQQuery
import TSQTestSupport
import Testing

@Suite struct PrometheusJSONTests {
  static func text(_ value: QueryValue, warnings: [String] = []) throws -> String {
    let data = try PrometheusJSON.encode(QueryResult(value: value, warnings: warnings))
    return try #require(String(bytes: data, encoding: .utf8))
  }

  static func up(_ rest: [(String, String)] = []) throws -> Labels {
    try #require(Labels(metric: "up", rest))
  }

  @Test("every type of value has Prometheus' shape")
  func shapes() throws {
    let time = try #require(Timestamp(milliseconds: 1_435_781_451_781))
    #expect(
      try Self.text(.scalar(time, 1.5))
        == #"{"data":{"result":[1435781451.781,"1.5"],"resultType":"scalar"},"status":"success"}"#)
    #expect(
      try Self.text(.string(time, "a/\"b\""))
        == #"{"data":{"result":[1435781451.781,"a/\"b\""],"resultType":"string"},"status":"success"}"#
    )
    let sample = VectorSample(labels: try Self.up([("job", "x")]), time: time, value: 1)
    #expect(
      try Self.text(.vector([sample]))
        == #"{"data":{"result":[{"metric":{"__name__":"up","job":"x"},"value":[1435781451.781,"1"]}],"#
        + #""resultType":"vector"},"status":"success"}"#)
    let columns = SampleColumns(
      times: [1_435_781_430_000_000_000, 1_435_781_445_500_000_000], values: [1, 0.1])
    #expect(
      try Self.text(.matrix([SeriesSamples(labels: .none, columns: columns)]))
        == #"{"data":{"result":[{"metric":{},"values":[[1435781430,"1"],[1435781445.5,"0.1"]]}],"#
        + #""resultType":"matrix"},"status":"success"}"#)
    #expect(
      try Self.text(.vector([]))
        == #"{"data":{"result":[],"resultType":"vector"},"status":"success"}"#)
  }

  @Test(
    "numbers are texts that read back to the same bits",
    arguments: [
      (Double.nan, "NaN"), (.infinity, "+Inf"), (-.infinity, "-Inf"), (0, "0"), (-0.0, "-0"),
      (1e21, "1e+21"), (1e20, "100000000000000000000"), (1e-7, "1e-07"),
      (0.1 + 0.2, "0.30000000000000004"),
      (.leastNonzeroMagnitude, "5e-324"),
    ])
  func numbers(_ value: Double, _ expected: String) throws {
    let shown = try Self.text(.scalar(Timestamp(nanoseconds: 0), value))
    #expect(shown.contains("[0,\"\(expected)\"]"), "\(shown)")
  }

  @Test("warnings and infos stand apart")
  func notes() throws {
    let shown = try Self.text(
      .vector([]), warnings: ["samples are missing: x", "PromQL info: y"])
    #expect(shown.contains(#""infos":["PromQL info: y"]"#))
    #expect(shown.contains(#""warnings":["samples are missing: x"]"#))
  }

  @Test("of several samples in one millisecond the last is kept")
  func milliseconds() throws {
    let columns = SampleColumns(
      times: [1_000_000, 1_500_000, 1_999_999, 2_000_000], values: [1, 2, 3, 4])
    let shown = try Self.text(.matrix([SeriesSamples(labels: .none, columns: columns)]))
    #expect(shown.contains(#""values":[[0.001,"3"],[0.002,"4"]]"#), "\(shown)")
  }

  @Test("errors have their class and words, and a client gets them back")
  func errors() throws {
    let cases: [(QueryError, String)] = [
      (QueryError(.parse(position: 3, message: "no")), "bad_data"),
      (QueryError(.execution("no")), "execution"), (QueryError(.limit("no")), "execution"),
      (QueryError(.timeout("no")), "timeout"), (QueryError(.storage("no")), "internal"),
      (QueryError(.badData("no"), hint: "do x"), "bad_data"),
    ]
    for (error, type) in cases {
      let data = PrometheusJSON.encode(error)
      let shown = try #require(String(bytes: data, encoding: .utf8))
      #expect(shown.contains("\"errorType\":\"\(type)\""), "\(shown)")
      #expect(shown.contains("\"status\":\"error\""))
      let back = #expect(throws: QueryError.self) { try PrometheusJSON.decode(data) }
      #expect(back?.prometheusType == type)
      #expect(back?.message.contains("no") == true)
    }
  }

  @Test("what is written is read back")
  func roundTrip() throws {
    let time = try #require(Timestamp(milliseconds: -1_234_567))
    let labels = try Self.up([("label with space", "ä\n\"")])
    let columns = SampleColumns(
      times: [-5_000_000, 0, 1_700_000_000_123_000_000], values: [1, -0.0, .infinity])
    let values: [QueryValue] = [
      .scalar(time, .nan), .string(time, "text"),
      .vector([VectorSample(labels: labels, time: time, value: 1e-300)]),
      .matrix([SeriesSamples(labels: labels, columns: columns)]),
    ]
    for value in values {
      let data = try PrometheusJSON.encode(QueryResult(value: value, warnings: ["w"]))
      let back = try PrometheusJSON.decode(data)
      #expect(back.warnings == ["w"])
      #expect(try PrometheusJSON.encode(back) == data)
      #expect(back.value.typeName == value.typeName)
    }
  }

  @Test(
    "a body that is none is an error",
    arguments: [
      "", "[]", "{}", "{\"status\":\"success\"}", "null",
      #"{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"x"]}]}}"#,
      #"{"status":"success","data":{"resultType":"odd","result":[]}}"#,
      #"{"status":"success","data":{"resultType":"scalar","result":[1e300,"1"]}}"#,
    ])
  func badBodies(_ body: String) {
    #expect(throws: QueryError.self) { try PrometheusJSON.decode(Data(body.utf8)) }
  }

  @Test("lists of names and series")
  func lists() throws {
    let names = try PrometheusJSON.encode(names: ["a", "b"])
    #expect(String(bytes: names, encoding: .utf8) == #"{"data":["a","b"],"status":"success"}"#)
    let series = try PrometheusJSON.encode(series: [try Self.up()], warnings: ["w"])
    #expect(
      String(bytes: series, encoding: .utf8)
        == #"{"data":[{"__name__":"up"}],"status":"success","warnings":["w"]}"#)
  }

  @Test("a matrix is written as the encoder writes it, byte for byte", arguments: propertySeeds(10))
  func writer(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var series: [SeriesSamples] = []
    for index in 0..<4 {
      var columns = SampleColumns()
      var time = Int64.random(in: -2_000_000_000_000...2_000_000_000_000_000_000, using: &random)
      for _ in 0..<200 {
        time += Int64.random(in: 1...3_000_000, using: &random)
        columns.append(time: time, value: Self.number(&random))
      }
      let labels = try #require(Labels(metric: "m\"\\/é\u{1}", [("i", "\(index)\n</a>")]))
      series.append(SeriesSamples(labels: labels, columns: columns))
    }
    series.append(SeriesSamples(labels: .none, columns: SampleColumns()))
    for warnings in [[], ["a \"b\""], ["PromQL info: c", "d"]] {
      let result = QueryResult(value: .matrix(series), warnings: warnings)
      #expect(
        try PrometheusJSON.encode(result) == PrometheusJSON.encodeByCodable(result), "seed \(seed)")
    }
  }

  /// Doubles of every magnitude, whole ones and special ones.
  private static func number(_ random: inout SeededGenerator) -> Double {
    switch Int.random(in: 0..<6, using: &random) {
    case 0: Double(Int64.random(in: -1000...1000, using: &random))
    case 1: Double(bitPattern: random.next())
    case 2: Double(Int64(bitPattern: random.next()))
    case 3: Double.random(in: -100...100, using: &random)
    case 4: Double(Int64.random(in: -100_000...100_000, using: &random)) / 1000
    default:
      [0, -0.0, .nan, .infinity, 1e21, 1e-7, 0x1p53, 0x1p54].randomElement(using: &random) ?? 0
    }
  }
}
