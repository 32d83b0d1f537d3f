import Foundation
import Synchronization
import TSQCore
import TSQQuery
import Testing

@Suite struct StackTests {
  @Test(
    "the deepest expressions allowed fit half a usual thread",
    arguments: [("(", ")"), ("-", ""), ("abs(", ")"), ("sum(", ")"), ("1 + (", ")"), ("1 ^ ", "")])
  func deepest(_ open: String, _ close: String) throws {
    let provider = try loading("up 1")
    var parsed = 0
    for count in stride(from: QueryLimits().depth, to: 0, by: -1) {
      let text =
        String(repeating: open, count: count) + "up" + String(repeating: close, count: count)
      let outcome = try onSmallStack {
        try QueryEngine(provider: provider).instant(text, at: minutes(0))
      }
      if case .success = outcome {
        parsed = count
        break
      }
    }
    #expect(parsed >= 60, "\(open): only \(parsed) levels are accepted")
  }

  private func onSmallStack(
    _ body: @escaping @Sendable () throws -> QueryResult
  ) throws -> Result<QueryResult, any Error> {
    let outcome = OutcomeBox()
    let done = DispatchSemaphore(value: 0)
    let thread = Thread {
      let result = Result { try body() }
      outcome.state.withLock { $0 = result }
      done.signal()
    }
    // Threads have 8 MiB on Linux; unoptimised frames are several times those of a release.
    thread.stackSize = 4 << 20
    thread.start()
    done.wait()
    return try #require(outcome.state.withLock { $0 })
  }
}

private final class OutcomeBox: Sendable {
  let state = Mutex<Result<QueryResult, any Error>?>(nil)
}
