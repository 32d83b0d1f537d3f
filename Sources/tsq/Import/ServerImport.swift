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
      let gathered = BatchGatherer()
      refusals += try input.forEachPiece(
        onReject: { rejections.print($0, $1, $2) }, { gathered.append($0) })
      for batch in gathered.finish() {
        batches += 1
        refusals += try await write(batch, of: input)
      }
    }
    StandardError.writeLine("sent \(batches) batches to \(client.address), all answered as durable")
    if refusals > 0 { throw ExitCode(1) }
  }

  /// Writes one batch.
  ///
  /// - Returns: 1 where the server rejected lines of it, having kept the good ones, else 0.
  private func write(_ batch: [UInt8], of input: ImportInput) async throws -> Int {
    do {
      try await client.write(batch, precision: input.precision.rawValue)
      return 0
    } catch {
      guard case .refused(400, _, let message) = error else { throw error }
      StandardError.writeLine("\(input.name): \(message)")
      return 1
    }
  }
}

/// Cuts an input into batches of whole lines.
private final class BatchGatherer {
  private var cutter = BatchCutter(targetBytes: 1 << 20)
  private var batches: [[UInt8]] = []

  /// Takes more of the input.
  func append(_ piece: [UInt8]) {
    cutter.append(piece)
    while let batch = cutter.next() { batches.append(batch) }
  }

  /// Every batch, the last one with what is left.
  func finish() -> [[UInt8]] {
    if let rest = cutter.finish() { batches.append(rest) }
    return batches
  }
}
