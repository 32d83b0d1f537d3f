internal import ArgumentParser
internal import Foundation
internal import TSQClient
internal import TSQCodec

/// Imports through the server that holds the store, by HTTP writes.
struct ServerImport {
  let client: ServerClient
  let rejections: ImportRejections

  /// Sends every input; each answer means durable and visible.
  ///
  /// - Throws: `ExitCode(1)` after everything was sent, where a line was rejected.
  func run(_ inputs: [ImportInput]) async throws {
    var batches = 0
    var refusals = 0
    for input in inputs {
      rejections.file = input.name
      var cutter = BatchCutter(targetBytes: 1 << 20)
      var gathered: [[UInt8]] = []
      refusals += try input.forEachPiece(
        onReject: { rejections.print($0, $1, $2) },
        { piece in
          cutter.append(piece)
          while let batch = cutter.next() { gathered.append(batch) }
        })
      if let rest = cutter.finish() { gathered.append(rest) }
      for batch in gathered {
        batches += 1
        do {
          try await client.write(batch, precision: input.precision.rawValue)
        } catch .refused(status: 400, _, let message) {
          // The good lines are kept; the server's words name the others.
          refusals += 1
          StandardError.writeLine("\(input.name): \(message)")
        }
      }
    }
    StandardError.writeLine("sent \(batches) batches to \(client.address), all answered as durable")
    if refusals > 0 { throw ExitCode(1) }
  }
}
