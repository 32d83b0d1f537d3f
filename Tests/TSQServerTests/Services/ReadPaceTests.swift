import NIOCore
import TSQCore
import Testing

@testable import TSQServer

@Suite("Reads of chatty senders")
struct ReadPaceTests {
  private func time(_ milliseconds: Int64) -> NIODeadline {
    .uptimeNanoseconds(0) + .seconds(1000) + .milliseconds(milliseconds)
  }

  @Test("A sender of many small writes is read once an interval, others at once")
  func pace() {
    var pace = ReadPace()
    #expect(pace.nextRead == nil)
    pace.noteRead(byteCount: 100, at: time(0))
    pace.noteRead(byteCount: 100, at: time(1))
    #expect(pace.nextRead == nil, "one small read behind another is not many")
    pace.noteRead(byteCount: 100, at: time(2))
    #expect(pace.nextRead == time(52))
    // Late, because the event loop was busy: still chatty.
    pace.noteRead(byteCount: 5_000, at: time(80))
    #expect(pace.nextRead == time(130))
    pace.noteRead(byteCount: 1 << 20, at: time(131))
    #expect(pace.nextRead == nil, "a large read shows a sender at full speed")
    pace.noteRead(byteCount: 100, at: time(132))
    pace.noteRead(byteCount: 100, at: time(133))
    #expect(pace.nextRead != nil)
    pace.noteRead(byteCount: 100, at: time(1000))
    #expect(pace.nextRead == nil, "after a pause it is read at once")
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
