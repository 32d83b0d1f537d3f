extension LineBatch {
  /// Whether another line of one sample, or another rejected line, fits.
  var hasRoom: Bool {
    rejected.count < Self.rejectedCapacity && lines.count < sampleCapacity
      && sampleCount < sampleCapacity
  }

  /// Adds an accepted line of one sample.
  mutating func accept(
    key: UInt32, time: Int64, value: Double, number: Int, bytes: Range<Int>
  ) {
    stage(sampleCount, key: key, time: time, value: value)
    lines.append(
      AcceptedLine(number: number, bytes: bytes, samples: sampleCount..<(sampleCount + 1)))
    sampleCount += 1
  }

  /// Notes a rejected line with its first bytes.
  ///
  /// - Parameters:
  ///   - reason: why.
  ///   - number: the line's number in its input.
  ///   - bytes: what `line` is a range of.
  ///   - line: where it stands, without its newline.
  ///   - inputOffset: where `bytes` begins in the whole input.
  mutating func reject(
    _ reason: RejectReason, number: Int, _ bytes: RawSpan, _ line: Range<Int>, inputOffset: Int
  ) {
    let excerptEnd = min(line.upperBound, line.lowerBound + RejectedLine.excerptBytes)
    rejected.append(
      RejectedLine(
        number: number, reason: reason,
        bytes: (inputOffset + line.lowerBound)..<(inputOffset + line.upperBound),
        excerpt: bytes.copy(from: line.lowerBound, to: excerptEnd)))
  }
}
