import Benchmark
import TSQCodec
import TSQCore

/// Columns to bytes and back, bytes a sample, and summaries.
///
/// One iteration is 262,144 samples: divide by the wall clock for samples a second. The metric
/// "bytes per 1000 samples" is the size of whole frames, header and checksum included.
let benchmarks: @Sendable () -> Void = {
  let size = BenchmarkMetric.custom("bytes per 1000 samples", polarity: .prefersSmaller)
  Benchmark.defaultConfiguration = .init(
    metrics: [.wallClock, .cpuUser, .mallocCountTotal],
    warmupIterations: 2, scalingFactor: .one, maxDuration: .seconds(2))

  for input in CodecInput.allCases {
    for (tier, effort, samples) in [
      ("fast", EncodingEffort.fast, ColumnFrame.samplesPerBlockMax),
      ("cold", .cold, ColumnFrame.samplesPerFrameMax),
    ] {
      Benchmark(
        "encode \(input.rawValue), \(tier)",
        configuration: .init(metrics: [.wallClock, .cpuUser, .mallocCountTotal, size])
      ) { benchmark in
        let values = input.values()
        var (writer, scratch) = (ByteWriter(), ColumnScratch())
        try encode(values, samples, effort, &writer, &scratch)
        let byteCount = writer.count
        benchmark.startMeasurement()
        for _ in benchmark.scaledIterations {
          writer.removeAllKeepingCapacity()
          try encode(values, samples, effort, &writer, &scratch)
        }
        benchmark.stopMeasurement()
        benchmark.measurement(size, byteCount * 1_000 / values.count)
      }

      Benchmark("decode \(input.rawValue), \(tier)") { benchmark in
        let values = input.values()
        var scratch = ColumnScratch()
        let frames = try stride(from: 0, to: values.count, by: samples).map { start in
          var writer = ByteWriter()
          let block = values.span.extracting(start..<start + samples)
          try ColumnFrame.encode(values: block, into: &writer, effort: effort, scratch: &scratch)
          return writer.bytes
        }
        var decoded: [Double] = []
        benchmark.startMeasurement()
        for _ in benchmark.scaledIterations {
          for frame in frames {
            decoded.removeAll(keepingCapacity: true)
            try ColumnFrame.decodeValues(frame.rawSpan, into: &decoded, scratch: &scratch)
          }
        }
        blackHole(decoded)
      }
    }
  }

  Benchmark("encode and decode jittered timestamps") { benchmark in
    let times = CodecInput.jitteredTimes()
    var (writer, scratch) = (ByteWriter(), ColumnScratch())
    var decoded: [Int64] = []
    benchmark.startMeasurement()
    for _ in benchmark.scaledIterations {
      for start in stride(from: 0, to: times.count, by: 1_024) {
        writer.removeAllKeepingCapacity()
        decoded.removeAll(keepingCapacity: true)
        let block = times.span.extracting(start..<start + 1_024)
        try ColumnFrame.encode(timestamps: block, into: &writer, scratch: &scratch)
        try ColumnFrame.decodeTimestamps(writer.rawSpan, into: &decoded, scratch: &scratch)
      }
    }
    blackHole(decoded)
  }

  Benchmark("summarise decimals") { benchmark in
    let (times, values) = (CodecInput.jitteredTimes(), CodecInput.decimalWalk.values())
    var summary = SeriesSummary()
    benchmark.startMeasurement()
    for _ in benchmark.scaledIterations {
      summary = SeriesSummary()
      for start in stride(from: 0, to: times.count, by: 1_024) {
        let range = start..<start + 1_024
        summary.merge(
          SeriesSummary(
            times: times.span.extracting(range), values: values.span.extracting(range)))
      }
    }
    blackHole(summary)
  }

  Benchmark("checksum of 2 MiB") { benchmark in
    let bytes = [UInt8](repeating: 0x5a, count: 2 << 20)
    benchmark.startMeasurement()
    for _ in benchmark.scaledIterations { blackHole(CRC32C.checksum(bytes.rawSpan)) }
  }
}

/// Writes all blocks one after another.
private func encode(
  _ values: [Double], _ samples: Int, _ effort: EncodingEffort, _ writer: inout ByteWriter,
  _ scratch: inout ColumnScratch
) throws {
  for start in stride(from: 0, to: values.count, by: samples) {
    let block = values.span.extracting(start..<start + samples)
    try ColumnFrame.encode(values: block, into: &writer, effort: effort, scratch: &scratch)
  }
}
