import TSQClient
import Testing

@Suite("Replies of the server")
struct AckReplyTests {
  @Test("An ok carries its id and four figures")
  func ok() {
    let reply = AckReply("ok 17 lines=5000 samples=21000 rejected=3 seq=912")
    #expect(
      reply == .ok(id: 17, lines: 5000, samples: 21000, rejected: 3, sequence: 912))
  }

  @Test("A newer server may say more")
  func unknownKeys() {
    let reply = AckReply("ok 1 lines=1 samples=2 rejected=0 seq=9 ignored=1 mood=good")
    #expect(reply == .ok(id: 1, lines: 1, samples: 2, rejected: 0, sequence: 9))
  }

  @Test("A reject carries line, reason and words with their escapes undone")
  func reject() {
    let reply = AckReply("reject line=42 reason=bad-timestamp \"not a \\\"number\\\"\"")
    #expect(
      reply == .reject(line: 42, reason: "bad-timestamp", message: "not a \"number\""))
  }

  @Test("An error may lack its id")
  func error() {
    #expect(
      AckReply("err 17 reason=full \"the disk is full\"")
        == .error(id: 17, reason: "full", message: "the disk is full"))
    #expect(
      AckReply("err - reason=unknown-control \"sinc 3\"")
        == .error(id: nil, reason: "unknown-control", message: "sinc 3"))
  }

  @Test(
    "Anything else is no reply",
    arguments: [
      "", "HTTP/1.1 400 Bad Request", "ok", "ok x lines=1 samples=1 rejected=0 seq=1",
      "ok 1 lines=1", "reject reason=x", "reject line=1", "err 3", "okay 1",
    ])
  func notAReply(text: String) {
    #expect(AckReply(text) == nil)
  }
}
