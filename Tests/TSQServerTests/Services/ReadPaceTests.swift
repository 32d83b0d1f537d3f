import NIOCore
import NIOEmbedded
import TSQCore
import Testing

@testable import TSQServer

@Suite("Reads of chatty senders")
struct ReadPaceTests {
  private func time(_ milliseconds: Int64) -> NIODeadline {
    .uptimeNanoseconds(0) + .seconds(1000) + .milliseconds(milliseconds)
  }

  @Test("A sender of many small writes is read in intervals, others at once")
  func pace() {
    var pace = ReadPace()
    #expect(pace.nextRead == nil)
    pace.noteRead(byteCount: 100, at: time(0))
    pace.noteRead(byteCount: 100, at: time(1))
    #expect(pace.nextRead == nil, "one small read behind another is not many")
    pace.noteRead(byteCount: 100, at: time(2))
    #expect(pace.nextRead == time(60), "50 ms, and the next ten")
    // Late, because the event loop was busy: still chatty.
    pace.noteRead(byteCount: 5_000, at: time(80))
    #expect(pace.nextRead == time(130), "the interval grows behind reads that bring little only")
    pace.noteRead(byteCount: 1 << 20, at: time(131))
    #expect(pace.nextRead == nil, "a large read shows a sender at full speed")
    pace.noteRead(byteCount: 100, at: time(132))
    pace.noteRead(byteCount: 100, at: time(133))
    #expect(pace.nextRead != nil)
    pace.noteRead(byteCount: 100, at: time(1000))
    #expect(pace.nextRead == nil, "after a pause it is read at once")
  }

  @Test("The interval doubles up to the longest and begins anew behind a large read or a pause")
  func growth() {
    var pace = ReadPace()
    // One line every 80 ms, read when it comes.
    for n in 0..<3 { pace.noteRead(byteCount: 60, at: time(Int64(n) * 80)) }
    var now: Int64 = 160
    for interval in [50, 100, 200, 400, 500, 500] as [Int64] {
      #expect(pace.nextRead == time((now + interval + 9) / 10 * 10))
      now += interval
      pace.noteRead(byteCount: 600, at: time(now))
    }
    for _ in 0..<3 { pace.noteRead(byteCount: 20_000, at: time(now)) }
    #expect(pace.nextRead == nil)
    for n in 0..<2 { pace.noteRead(byteCount: 60, at: time(now + Int64(n))) }
    #expect(pace.nextRead == time((now + 1 + 50 + 9) / 10 * 10))
    now += 1000
    for n in 0..<3 { pace.noteRead(byteCount: 60, at: time(now + Int64(n) * 510)) }
    #expect(pace.nextRead == nil, "one that writes less than twice a second is never put off")
  }

  @Test("A read that was put off comes at once when the sender asks for an answer")
  func readAtOnce() throws {
    final class Reads: ChannelOutboundHandler {
      typealias OutboundIn = ByteBuffer
      var count = 0
      func read(context: ChannelHandlerContext) {
        count += 1
        context.read()
      }
    }
    let (gauge, reads) = (ReadGauge(), Reads())
    let channel = EmbeddedChannel()
    try channel.pipeline.syncOperations.addHandlers([reads, ReadWatcher(gauge: gauge)])
    for _ in 0..<3 { try channel.writeInbound(ByteBuffer(string: "a b=1 1\n")) }
    let before = reads.count
    channel.read()
    #expect(reads.count == before, "put off")
    gauge.readAtOnce()
    channel.read()
    #expect(reads.count == before + 1)
    try channel.writeInbound(ByteBuffer(string: "a b=1 2\n"))
    channel.read()
    #expect(reads.count == before + 2)
    _ = try channel.finish()
  }

  @Test("Lines written one by one without a wish for answers all arrive, and so does the end")
  func chatty() async throws {
    try await withServer { running in
      let client = try await LineClient.connect(running.lines)
      for n in 0..<300 { try await client.send("chatty n=\(n) \(n + 1)\n") }
      try await client.send("chatty n=1")
      try await client.close()
      var told = try await ledger(running)
      for _ in 0..<2000 where told.total.lines < 301 {
        try await Task.sleep(for: .milliseconds(5))
        told = try await ledger(running)
      }
      #expect(told.total.accepted == 300)
      #expect(told.total.rejected_by_reason == ["incomplete-line": 1])
    }
  }
}
