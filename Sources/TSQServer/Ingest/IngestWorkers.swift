package import NIOCore
internal import Synchronization
package import TSQCodec

/// A few workers that take turns parsing for every connection, and one that requests have first.
///
/// A stretch of many new series holds its worker for a good part of a second: without one of their own
/// requests would wait behind senders that never pause.
package final class IngestWorkers: Sendable {
  private final class Slot: Sendable {
    let worker = Mutex(IngestWorker())
  }

  private let slots: [Slot]
  /// The last slot: no connection's.
  private var requestSlot: Int { slots.count - 1 }
  private let sink: any SampleSink

  /// Workers for a sink, and one more for requests; more than processors gain nothing.
  package init(count: Int, sink: any SampleSink) {
    precondition(count > 0, "somebody has to parse")
    self.slots = (0...count).map { _ in Slot() }
    self.sink = sink
  }

  /// Parses a stretch with a worker that is free, the sender's last one first.
  ///
  /// - Parameters:
  ///   - input: the sender's place; its parser moves on.
  ///   - buffer: the bytes from the first one not consumed.
  ///   - receivedAt: the time of lines without one, nanoseconds.
  ///   - end: what follows the bytes.
  /// - Returns: what was found; call again at once unless it needs input.
  package func parse(
    _ input: inout LineInput, _ buffer: ByteBuffer, receivedAt: Int64,
    end: LineProtocolParser.InputEnd
  ) -> ParsedStretch {
    if input.isRequest {
      return withRequestWorker {
        $0.parse(&input, buffer, receivedAt: receivedAt, end: end, sink: sink)
      }
    }
    var preferred = input.worker
    let stretch = with(&preferred) { worker in
      worker.parse(&input, buffer, receivedAt: receivedAt, end: end, sink: sink)
    }
    input.worker = preferred
    return stretch
  }

  /// Takes samples of a remote write request with a worker that is free.
  ///
  /// - Returns: what was found; call again as long as there is more.
  package func fill(from reader: inout RemoteWriteReader) -> ParsedStretch {
    withRequestWorker { $0.fill(from: &reader, sink: sink) }
  }

  /// Runs a body with the requests' worker, or with another that is free.
  private func withRequestWorker(
    _ body: (inout IngestWorker) -> ParsedStretch
  ) -> ParsedStretch {
    for slot in slots.reversed() {
      if let stretch = slot.worker.withLockIfAvailable({ body(&$0) }) { return stretch }
    }
    return slots[requestSlot].worker.withLock { body(&$0) }
  }

  /// Runs a body with a worker that is free, the preferred one first.
  private func with(
    _ preferred: inout Int, _ body: (inout IngestWorker) -> ParsedStretch
  ) -> ParsedStretch {
    for offset in 0..<requestSlot {
      let index = (preferred + offset) % requestSlot
      if let stretch = slots[index].worker.withLockIfAvailable({ body(&$0) }) {
        preferred = index
        return stretch
      }
    }
    // All are busy: a stretch is at most a few milliseconds, so waiting for one is short.
    return slots[preferred].worker.withLock { body(&$0) }
  }
}
