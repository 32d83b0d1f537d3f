import Foundation
import TSQCore
import Testing

@testable import TSQClient

@Suite("Answers of the HTTP API")
struct RemoteValueTests {
  private func answer(_ json: String) throws -> RemoteValue {
    let envelope = try JSONDecoder().decode(
      Envelope<QueryPayload>.self, from: Data(json.utf8))
    return try #require(envelope.data).value
  }

  @Test("A vector keeps labels, times and special values")
  func vector() throws {
    let value = try answer(
      """
      {"status":"success","data":{"resultType":"vector","result":[
      {"metric":{"__name__":"up","host":"a"},"value":[1700000000.123,"1.5"]},
      {"metric":{"host":"b"},"value":[1700000000.123,"NaN"]}]}}
      """)
    guard case .vector(let series) = value else {
      Issue.record("not a vector")
      return
    }
    #expect(series.count == 2)
    #expect(series[0].labels.description == "up{host=\"a\"}")
    #expect(series[0].sample.time == Timestamp(nanoseconds: 1_700_000_000_123_000_000))
    #expect(series[0].sample.value == 1.5)
    #expect(series[1].sample.value.isNaN)
  }

  @Test("A matrix keeps every sample")
  func matrix() throws {
    let value = try answer(
      """
      {"status":"success","data":{"resultType":"matrix","result":[
      {"metric":{"__name__":"up"},"values":[[1,"1"],[2.5,"+Inf"],[3,"-Inf"]]}]}}
      """)
    guard case .matrix(let series) = value else {
      Issue.record("not a matrix")
      return
    }
    #expect(series.first?.columns.times == [1_000_000_000, 2_500_000_000, 3_000_000_000])
    #expect(series.first?.columns.values == [1, .infinity, -.infinity])
  }

  @Test("A scalar and a string")
  func scalars() throws {
    let scalar = try answer(
      #"{"status":"success","data":{"resultType":"scalar","result":[5,"2"]}}"#)
    guard case .scalar(let time, 2) = scalar else {
      Issue.record("not the scalar: \(scalar)")
      return
    }
    #expect(time == Timestamp(nanoseconds: 5_000_000_000))
    let string = try answer(
      #"{"status":"success","data":{"resultType":"string","result":[5,"hi"]}}"#)
    guard case .string(_, "hi") = string else {
      Issue.record("not the string: \(string)")
      return
    }
  }

  @Test(
    "Wrong answers are errors, never empty results",
    arguments: [
      #"{"status":"success","data":{"resultType":"what","result":[]}}"#,
      #"{"status":"success","data":{"resultType":"scalar","result":[5,"two"]}}"#,
      #"{"status":"success","data":{"resultType":"scalar","result":[1e300,"2"]}}"#,
      #"{"status":"success","data":{"resultType":"vector","result":[{"value":[1,"1"]}]}}"#,
    ])
  func wrong(json: String) {
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(Envelope<QueryPayload>.self, from: Data(json.utf8))
    }
  }

  @Test("The server's words are passed on, whatever shape they have")
  func refusals() {
    #expect(
      ServerClient.refusal(
        400, Data(#"{"status":"error","errorType":"bad_data","error":"no such"}"#.utf8))
        == .refused(status: 400, type: "bad_data", message: "no such"))
    #expect(
      ServerClient.refusal(400, Data(#"{"error":"partial write: line 3"}"#.utf8))
        == .refused(status: 400, type: "", message: "partial write: line 3"))
    #expect(
      ServerClient.refusal(502, Data("Bad Gateway".utf8))
        == .refused(status: 502, type: "", message: "Bad Gateway"))
  }

  @Test("Times and forms are written exactly")
  func texts() {
    #expect(ServerClient.text(Timestamp(nanoseconds: 1_500_000_001)) == "1.500000001")
    #expect(ServerClient.text(Timestamp(nanoseconds: -1_500_000_000)) == "-1.5")
    #expect(ServerClient.text(Timestamp(nanoseconds: 3_000_000_000)) == "3")
    #expect(
      ServerClient.encode([("match[]", "up{a=\"é +\"}"), ("x", "")])
        == "match%5B%5D=up%7Ba%3D%22%C3%A9%20%2B%22%7D&x=")
  }

  @Test("An address needs a host", arguments: ["", "http://", "ftp://a", "http:///x"])
  func badAddress(text: String) {
    #expect(throws: ServerClientError.badAddress(text)) { try ServerClient(text) }
  }

  @Test("A bare host and port is HTTP")
  func bareAddress() throws {
    #expect(try ServerClient("127.0.0.1:9010").address == "http://127.0.0.1:9010")
    #expect(try ServerClient("https://x/").address == "https://x")
  }
}
