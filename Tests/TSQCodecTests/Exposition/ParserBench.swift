import TSQCodec
import TSQCore

/// What a parser makes of an input that arrives in pieces, as text: one entry a line in its order.
func outcome(
  _ parser: any LineParsing, _ input: [UInt8], cuts: [Int] = [],
  end: LineProtocolParser.InputEnd = .complete
) -> [String] {
  var parser = parser
  var keys = SeriesKeyTable()
  var batch = LineBatch(sampleCapacity: 4_096)
  var pending: [UInt8] = []
  var start = 0
  for stop in cuts + [input.count] {
    pending += input[start..<stop]
    start = stop
    var progress: LineProtocolParser.Progress
    repeat {
      progress = unsafe parser.parse(
        pending.span.bytes, receivedAt: 777, end: stop == input.count ? end : .open, keys: &keys,
        into: &batch)
      pending.removeFirst(progress.consumed)
    } while progress.stop != .needsInput
  }
  var found: [(Int, String)] = []
  for line in batch.lines {
    let at = line.samples.lowerBound
    let value = batch.values[at]
    let text =
      value.isNaN ? "NaN:" + String(value.bitPattern, radix: 16) : NumberText.shortest(value)
    found.append((line.number, "\(keys.labels(of: batch.keyIDs[at])) \(text) @\(batch.times[at])"))
  }
  for line in batch.rejected {
    found.append((line.number, "\(line.number):\(line.reason.rawValue)"))
  }
  return found.sorted { $0.0 < $1.0 }.map(\.1)
}
