import TSQCodec
import TSQServer
import Testing

@Suite("Orders inside line protocol")
struct ControlLineTests {
  @Test(
    "Each order is known",
    arguments: [
      ("# tsq ack=durable", ControlLine.acknowledge(true)),
      ("# tsq ack=none", .acknowledge(false)),
      ("# tsq ack=durable\r\n", .acknowledge(true)),
      ("# tsq precision=s", .precision(.seconds)),
      ("# tsq precision=ns", .precision(.nanoseconds)),
      ("# tsq sync 17", .sync(id: "17")),
      ("# tsq sync a-b_C.9", .sync(id: "a-b_C.9")),
    ])
  func known(text: String, expected: ControlLine) {
    #expect(ControlLine(text.utf8) == expected)
  }

  @Test(
    "An order with a mistake is said to be one, never guessed",
    arguments: [
      "# tsq sinc 3", "# tsq sync", "# tsq sync 1 2", "# tsq precision=d", "# tsq ack=maybe",
      "# tsq sync a\"b",
    ])
  func unknown(text: String) {
    #expect(ControlLine(text.utf8) == .unknown(String(text.dropFirst(6))))
  }

  @Test("An id past its limit is no id")
  func longID() {
    let id = String(repeating: "7", count: 65)
    #expect(ControlLine("# tsq sync \(id)".utf8) == .unknown("sync \(id)"))
    #expect(ControlLine("# tsq sync \(id.dropLast())".utf8) == .sync(id: String(id.dropLast())))
  }

  @Test(
    "Other comments are none of ours", arguments: ["# hello", "#tsq sync 1", "# tsq", "# TSQ x y"])
  func comments(text: String) {
    #expect(ControlLine(text.utf8) == nil)
  }
}
