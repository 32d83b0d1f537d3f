import NIOCore
import Synchronization
import TSQCodec
import TSQCore
import TSQStorage
import TSQTestSupport
import Testing

@testable import TSQServer

@Suite("A conversation with one sender, without a socket")
struct LineConversationTests {
  /// A conversation with everything around it.
  private struct Bench {
    let sink = FaultySink()
    let center: IngestCenter
    let account: UInt64
    let replies = Texts()
    var conversation: LineConversation

    init(_ change: (inout IngestLimits) -> Void = { _ in }) {
      var limits = IngestLimits()
      limits.deadLetterBytes = 0
      change(&limits)
      center = IngestCenter(
        limits: limits, sink: sink, workers: 2,
        deadLetters: DeadLetterFolders(
          fileSystem: POSIXFileSystem(), directory: "/nonexistent", limitBytes: 0, lineBytes: 10))
      account = center.ledger.open(source: "tcp", peer: "p", now: .distantPast)
      conversation = LineConversation(center: center, account: account, peer: "p") {
        [replies] in replies.append($0)
      }
    }

    mutating func say(_ text: String) async { await conversation.receive(ByteBuffer(string: text)) }
  }

  private final class Texts: Sendable {
    private let state = Mutex<[String]>([])
    func append(_ text: String) { state.withLock { $0.append(text) } }
    var all: [String] { state.withLock { $0 } }
  }

  private let full = StoreError.diskFull(freeBytes: 1, neededBytes: 2)

  /// A silent sender would never hear that its order was wrong, and its times would be.
  @Test("Behind an order that names no unit a line with a time is rejected until one names a unit")
  func unknownUnit() async {
    var bench = Bench()
    await bench.say("# tsq precision=s\na value=1 1\n# tsq precision=xyz\na value=1 2\n")
    await bench.say("b value=1\nc value=1 3\nbad\n# tsq precision=s\nd value=1 4\n")
    await bench.say("# tsq precision=\nd value=1 5\n# tsq precision=s t\nd value=1 6\n")
    await bench.say("# tsq sync 1\n")
    #expect(bench.sink.times.filter { $0 < 1 << 40 } == [1_000_000_000, 4_000_000_000])
    let total = bench.center.ledger.total
    #expect(total.rejectedByReason == [.unknownUnit: 4, .missingField: 1])
    #expect(total.isBalanced && total.accepted == 3)
    #expect(
      bench.replies.all.map { $0.prefix(32) }
        == ["ok 1 lines=8 samples=3 rejected=5"].map { $0.prefix(32) })
  }

  @Test("A sender with acknowledgements is told of the order and of each line behind it, by number")
  func unknownUnitAcknowledged() async {
    var bench = Bench()
    await bench.say(
      "# tsq ack=durable\n# tsq precision=xyz\na value=1 2\na value=2\n# tsq sync 1\n")
    #expect(bench.replies.all.first == "err - reason=unknown-control \"precision=xyz\"\n")
    #expect(
      bench.replies.all.dropFirst().first?.hasPrefix("reject line=3 reason=unknown-unit ") == true)
    #expect(bench.replies.all.last?.hasPrefix("ok 1 lines=2 samples=1 rejected=1 ") == true)
    #expect(bench.replies.all.count == 3)
  }

  @Test("A full disk is said at the sync, nothing after it is promised, and it passes")
  func diskFull() async {
    var bench = Bench()
    await bench.say("# tsq ack=durable\na value=1 1\n# tsq sync 1\n")
    bench.sink.fail(full)
    await bench.say("a value=2 2\n# tsq sync 2\n")
    bench.sink.fail(nil)
    await bench.say("a value=2 2\n# tsq sync 3\n")
    #expect(
      bench.replies.all.map { $0.prefix(19) } == [
        "ok 1 lines=1 sample", "err 2 reason=full \"", "ok 3 lines=1 sample",
      ])
    #expect(bench.center.ledger.total.rejectedByReason == [.storeUnavailable: 1])
    #expect(bench.center.ledger.total.isBalanced)
  }

  @Test("Between a failure and its sync nothing more is stored: an ok can never hide a gap")
  func noGap() async {
    var bench = Bench()
    bench.sink.fail(full)
    await bench.say("# tsq ack=durable\na value=1 1\n# a comment\n")
    await bench.conversation.settle()
    bench.sink.fail(nil)
    await bench.say("a value=2 2\n")
    await bench.conversation.settle()
    #expect(bench.sink.count == 0)
    await bench.say("# tsq sync 9\n")
    #expect(bench.replies.all.first?.hasPrefix("err 9 reason=full") == true)
    await bench.say("a value=3 3\n# tsq sync 10\n")
    #expect(bench.replies.all.last?.hasPrefix("ok 10 lines=1 samples=1") == true)
    #expect(bench.sink.count == 1)
  }

  @Test("A silent sender is held up by a full disk and loses nothing")
  func silentSenderWaits() async throws {
    var bench = Bench()
    bench.sink.fail(full)
    await bench.say("a value=1 1\na value=2 2\n")
    #expect(bench.sink.count == 0)
    bench.sink.fail(nil)
    await bench.conversation.finish()
    #expect(bench.sink.count == 2)
    #expect(bench.center.ledger.total.rejected == 0)
    #expect(bench.replies.all.isEmpty)
  }

  @Test("A server that stops does not wait for space")
  func stopping() async {
    var bench = Bench()
    bench.sink.fail(full)
    await bench.say("a value=1 1\n")
    bench.center.stop()
    await bench.conversation.finish()
    #expect(bench.center.ledger.total.rejectedByReason == [.storeUnavailable: 1])
  }

  @Test("A poisoned store is remembered, so that health can say so")
  func poisoned() async {
    var bench = Bench()
    bench.sink.fail(.poisoned(reason: "the sync failed"))
    await bench.say("# tsq ack=durable\na value=1 1\n# tsq sync 1\n")
    #expect(bench.replies.all.first?.hasPrefix("err 1 reason=poisoned") == true)
    #expect(bench.center.poisoned == "the sync failed")
  }

  @Test("Batches of one sender reach the sink in order, however slow it is")
  func order() async {
    var bench = Bench()
    bench.sink.delay(.milliseconds(2))
    for number in 1...60 { await bench.say("a value=1 \(number)\n") }
    await bench.say("# tsq sync 1\n")
    #expect(bench.sink.order == Array(1...60).map(Int64.init))
    #expect(bench.replies.all.first?.hasPrefix("ok 1 lines=60 samples=60") == true)
    #expect(bench.center.budget.used == 0)
  }

  @Test("What comes behind a batch that waits for space is stored behind it")
  func orderOnAFullDisk() async {
    var bench = Bench()
    bench.sink.fail(.diskFull(freeBytes: 0, neededBytes: 1))
    await bench.say("a value=1 1\n")
    let sink = bench.sink
    let space = Task {
      try? await Task.sleep(for: .milliseconds(50))
      sink.fail(nil)
    }
    for number in 2...20 { await bench.say("a value=1 \(number)\n") }
    await space.value
    await bench.say("# tsq sync 1\n")
    #expect(bench.sink.order == Array(1...20).map(Int64.init))
  }

  @Test("A sync with nothing new asks the store for nothing")
  func idleSync() async {
    var bench = Bench()
    await bench.say("# tsq sync 1\n# tsq sync 2\na value=1 1\n# tsq sync 3\n# tsq sync 4\n")
    #expect(bench.replies.all.count == 4)
    #expect(bench.sink.syncs == 0, "the batch itself asked for its sync")
    await bench.say("a value=1 1\n")
    await bench.say("# tsq sync 5\n")
    #expect(bench.sink.syncs == 1)
  }

  @Test("Whatever is sent, lines and samples balance to the last one", arguments: propertySeeds())
  func balance(seed: UInt64) async {
    var generator = SeededGenerator(seed: seed)
    var bench = Bench { $0.line.lineBytes = 200 }
    let pieces = [
      "a value=1 1\n", "a value=1 1\n", "b,h=x value=2i,u=3 2\n", "c t=\"text\" 3\n", "\n",
      "# comment\n", "bad\n", "b value=x 1\n", "# tsq ack=durable\n", "# tsq sync 1\n",
      "d value=1 99999999999999999999\n", "\u{7f}\u{80}\n", "e v=1,v=2 1\n", "# tsq precision=s\n",
      "# tsq precision=x\n",
      String(repeating: "y", count: 300) + "\n", "f value=1i,t=\"open\n",
    ]
    var sent = 0
    for _ in 0..<100 {
      var text = ""
      for _ in 0..<Int.random(in: 1...8, using: &generator) {
        text += pieces[Int.random(in: 0..<pieces.count, using: &generator)]
      }
      let cut = Int.random(in: 0...text.utf8.count, using: &generator)
      let bytes = Array(text.utf8)
      await bench.conversation.receive(ByteBuffer(bytes: bytes[..<cut]))
      await bench.conversation.receive(ByteBuffer(bytes: bytes[cut...]))
      sent += bytes.count
      if Int.random(in: 0..<10, using: &generator) == 0 {
        bench.sink.fail(bench.conversation.isAcknowledging ? full : nil)
      } else {
        bench.sink.fail(nil)
      }
    }
    bench.sink.fail(nil)
    await bench.conversation.finish()
    let total = bench.center.ledger.total
    #expect(total.isBalanced, "seed \(seed)")
    #expect(total.bytes == sent, "seed \(seed)")
    #expect(total.stored == bench.sink.count, "seed \(seed)")
    #expect(total == bench.center.ledger.accounts.first?.counts, "seed \(seed)")
    #expect(bench.center.budget.used == 0, "seed \(seed)")
    #expect(bench.center.deadLetters.counts.lost <= total.rejected)
  }
}
