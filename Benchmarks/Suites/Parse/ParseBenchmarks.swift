import Benchmark
import Foundation
import TSQCodec

/// Bytes to columns: line protocol as senders write it, all keys known after the first pass.
///
/// Set `TSQ_BENCH_LINES` to a file of line protocol to measure that instead of the generated lines.
let benchmarks: @Sendable () -> Void = {
  Benchmark.defaultConfiguration = .init(
    metrics: [.throughput, .wallClock, .cpuUser, .mallocCountTotal],
    warmupIterations: 2, scalingFactor: .one, maxDuration: .seconds(3))

  for shape in LineShape.allCases {
    Benchmark("parse \(shape.rawValue), \(ParseInput.megabytes) MB in 256 KiB reads") { benchmark in
      let input = ParseInput.lines(shape)
      var keys = SeriesKeyTable()
      var batch = LineBatch()
      benchmark.startMeasurement()
      for _ in benchmark.scaledIterations {
        blackHole(parse(input, readBytes: 256 << 10, &keys, &batch))
      }
    }
  }

  Benchmark("parse integers, \(ParseInput.megabytes) MB, one line a read") { benchmark in
    let input = ParseInput.lines(.integers)
    var keys = SeriesKeyTable()
    var batch = LineBatch()
    benchmark.startMeasurement()
    for _ in benchmark.scaledIterations {
      blackHole(parse(input, readBytes: nil, &keys, &batch))
    }
  }

  Benchmark("parse new series, one sample each") { benchmark in
    let input = ParseInput.newSeries()
    var batch = LineBatch()
    benchmark.startMeasurement()
    for _ in benchmark.scaledIterations {
      var keys = SeriesKeyTable()
      blackHole(parse(input, readBytes: 256 << 10, &keys, &batch))
    }
  }
}

/// Parses an input that arrives in reads of a size, or line by line; gives the samples counted.
func parse(
  _ input: [UInt8], readBytes: Int?, _ keys: inout SeriesKeyTable, _ batch: inout LineBatch
) -> Int {
  var parser = LineProtocolParser()
  var samples = 0
  var start = 0
  var filled = 0
  let bytes = input.span.bytes
  while start < input.count {
    if let readBytes {
      filled = min(max(filled, start) + readBytes, input.count)
    } else {
      filled = (input[start...].firstIndex(of: 10) ?? input.count - 1) + 1
    }
    var stop = LineProtocolParser.Stop.batchFull
    while stop != .needsInput {
      let progress = parser.parse(
        bytes.extracting(start..<filled), receivedAt: 0, keys: &keys, into: &batch)
      start += progress.consumed
      stop = progress.stop
      if stop != .needsInput || batch.sampleCount > batch.sampleCapacity / 2 {
        samples += batch.sampleCount
        batch.removeAll()
      }
    }
  }
  return samples + batch.sampleCount
}
