import TSQCodec
import TSQServer
import TSQStorage
import Testing

@Suite("What a sender is promised")
struct AckSessionTests {
  @Test("An ok counts what came since the last sync, and starts anew")
  func counting() {
    var session = AckSession(rejectReplies: 10)
    session.acknowledge(true)
    session.stored(lines: 3, samples: 7, ignored: 0, sequence: 5)
    session.stored(lines: 2, samples: 2, ignored: 0, sequence: 6)
    #expect(session.rejected(line: 6, reason: .badTimestamp)?.hasPrefix("reject line=6 ") == true)
    session.synced(through: 6)
    #expect(session.answer(id: "17") == "ok 17 lines=6 samples=9 rejected=1 seq=6\n")
    #expect(session.answer(id: "18") == "ok 18 lines=0 samples=0 rejected=0 seq=6\n")
  }

  @Test("String fields are among the samples and said apart")
  func ignored() {
    var session = AckSession(rejectReplies: 10)
    session.stored(lines: 1, samples: 1, ignored: 2, sequence: 1)
    #expect(session.answer(id: "1") == "ok 1 lines=1 samples=3 rejected=0 seq=1 ignored=2\n")
  }

  @Test("Rejected lines are named up to the limit and counted past it, per sync")
  func bounded() {
    var session = AckSession(rejectReplies: 2)
    session.acknowledge(true)
    let said = (1...5).map { session.rejected(line: $0, reason: .badField) != nil }
    #expect(said == [true, true, false, false, false])
    #expect(session.answer(id: "1").contains(" lines=5 samples=0 rejected=5 "))
    #expect(session.rejected(line: 6, reason: .badField) != nil)
  }

  @Test("A silent sender hears of no rejected line, but its question is answered")
  func silent() {
    var session = AckSession(rejectReplies: 2)
    #expect(session.rejected(line: 1, reason: .badField) == nil)
    #expect(session.answer(unknown: "sinc") == nil)
    #expect(session.answer(id: "1") == "ok 1 lines=1 samples=0 rejected=1 seq=0\n")
  }

  @Test("After a failure nothing is promised, and it is said once")
  func failure() {
    var session = AckSession(rejectReplies: 2)
    session.acknowledge(true)
    session.stored(lines: 1, samples: 1, ignored: 0, sequence: 1)
    session.failed(.diskFull(freeBytes: 5, neededBytes: 10))
    session.failed(.closed)
    #expect(session.hasFailed)
    #expect(
      session.answer(id: "3")
        == "err 3 reason=full \"the disk is full: 5 bytes are free and 10 are needed\"\n")
    #expect(!session.hasFailed)
    #expect(session.answer(id: "4") == "ok 4 lines=0 samples=0 rejected=0 seq=1\n")
  }

  @Test("Quotes and line ends in a message cannot forge a reply")
  func escaping() {
    var session = AckSession(rejectReplies: 2)
    session.failed(.poisoned(reason: "a \"b\"\nok 1"))
    let answer = session.answer(id: "1")
    #expect(answer.filter { $0 == "\n" }.count == 1)
    #expect(answer.contains("\\\"b\\\"\\nok 1"))
  }
}
