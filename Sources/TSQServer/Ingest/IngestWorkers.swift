package import NIOCore
internal import Synchronization
package import TSQCodec

/// A few workers that take turns parsing for every connection.
package final class IngestWorkers: Sendable {
  private final class Slot: Sendable {
    let worker = Mutex(IngestWorker())
  }

  private let slots: [Slot]
  private let sink: any SampleSink

  /// Workers for a sink; more than processors gain nothing.
  package init(count: Int, sink: any SampleSink) {
    precondition(count > 0, "somebody has to parse")
    self.slots = (0..<count).map { _ in Slot() }
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
    var preferred = 0
    return with(&preferred) { $0.fill(from: &reader, sink: sink) }
  }

  /// Runs a body with a worker that is free, the preferred one first.
  private func with(
    _ preferred: inout Int, _ body: (inout IngestWorker) -> ParsedStretch
  ) -> ParsedStretch {
    for offset in slots.indices {
      let index = (preferred + offset) % slots.count
      if let stretch = slots[index].worker.withLockIfAvailable({ body(&$0) }) {
        preferred = index
        return stretch
      }
    }
    // All are busy: a stretch is at most a few milliseconds, so waiting for one is short.
    return slots[preferred].worker.withLock { body(&$0) }
  }
}
