import TSQCore
import TSQTestSupport
import Testing

@Suite("Labels")
struct LabelsTests {
  @Test("the order given does not matter, empty values mean nothing")
  func identity() throws {
    let one = try #require(Labels(metric: "cpu", [("host", "a"), ("zone", "b"), ("gone", "")]))
    let two = try #require(Labels(metric: "cpu", [("zone", "b"), ("host", "a")]))
    #expect(one == two)
    #expect(one.hashValue == two.hashValue)
    #expect(one["gone"] == nil)
    #expect(one["host"] == "a")
    #expect(one.metric == "cpu")
  }

  @Test("an empty name, and a name twice, are no labels")
  func refused() {
    #expect(Labels(metric: "") == nil)
    #expect(Labels(metric: "m", [("", "x")]) == nil)
    #expect(Labels(metric: "m", [("a", "1"), ("a", "2")]) == nil)
    #expect(Labels(metric: "m", [("__name__", "other")]) == nil)
    #expect(Labels([]) == Labels.none)
  }

  @Test(
    "PromQL's form, quoted where it must be",
    arguments: [
      ("cpu", [("host", "a")], #"cpu{host="a"}"#),
      ("cpu", [], "cpu"),
      ("disk free", [("b", "1"), ("a", "2")], #"{"disk free",a="2",b="1"}"#),
      ("m", [("a.b", "x\"y\\z\n")], #"m{"a.b"="x\"y\\z\n"}"#),
      ("a:b", [("größe", "ü")], #"a:b{"größe"="ü"}"#),
      ("7up", [], #"{"7up"}"#),
    ] as [(String, [(String, String)], String)])
  func text(_ metric: String, _ rest: [(String, String)], _ expected: String) throws {
    #expect(try #require(Labels(metric: metric, rest)).description == expected)
  }

  @Test("setting and removing a label")
  func setting() throws {
    let labels = try #require(Labels(metric: "m", [("a", "1")]))
    #expect(labels.setting("a", to: "2")["a"] == "2")
    #expect(labels.setting("a", to: "").pairs.count == 1)
    #expect(labels.setting("b", to: "x").description == #"m{a="1",b="x"}"#)
    #expect(labels.filter { $0 != "a" }.description == "m")
  }

  @Test("names and values are ordered by their bytes, whatever the language")
  func order() throws {
    let names = ["m", "é", "z", "Z", "a", "ä"]
    let sorted = try names.map { try #require(Labels(metric: $0)) }.sorted().map(\.metric)
    #expect(sorted == ["Z", "a", "m", "z", "ä", "é"])
    let one = try #require(Labels(metric: "m", [("a", "1")]))
    let two = try #require(Labels(metric: "m", [("a", "2")]))
    #expect(one < two)
    #expect(!(two < one))
  }

  @Test("canonically equivalent texts of different bytes are different series")
  func bytesDecide() {
    let composed = Labels(metric: "m", [("a", "\u{e9}")])
    let decomposed = Labels(metric: "m", [("a", "e\u{301}")])
    #expect(composed != nil && decomposed != nil)
    #expect(composed != decomposed)
  }
}
