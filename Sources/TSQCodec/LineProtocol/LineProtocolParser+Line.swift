extension LineProtocolParser {
  /// Deals with the line at the cursor.
  ///
  /// - Returns: why to stop, or `nil` to go on with the next line.
  mutating func step(
    _ bytes: RawSpan, _ run: inout Run, _ keys: inout SeriesKeyTable, _ batch: inout LineBatch
  ) -> Stop? {
    guard batch.rejected.count < LineBatch.rejectedCapacity else { return .batchFull }
    let lineStart = run.cursor
    let limit = min(bytes.byteCount, lineStart + limits.lineBytes + 1)
    guard let newline = bytes.firstOffset(of: Octet.newline, from: lineStart, to: limit) else {
      return stepUnterminated(bytes, &run, &keys, &batch)
    }
    let start = LineScanner.skipBlanks(bytes, from: lineStart)
    let first = bytes.octet(start)
    if first == Octet.newline || (first == Octet.carriageReturn && start + 1 == newline) {
      run.cursor = newline + 1
      lineNumber += 1
      return nil
    }
    if first == Octet.hash {
      run.cursor = newline + 1
      lineNumber += 1
      return .comment(start..<textEnd(bytes, from: start, newline: newline))
    }
    do {
      let window = bytes.extracting(first: limit)
      try LineScanner(precision: precision).scan(window, from: start, into: &line)
    } catch .fault(let fault) {
      reject(fault, bytes, &run, &batch)
      return nil
    } catch {
      return stepBroken(error, bytes, &run, &keys, &batch)
    }
    do {
      return try accept(bytes, &run, &keys, &batch)
    } catch {
      reject(error, bytes, &run, &batch)
      return nil
    }
  }

  /// The end of a line's text: a carriage return before the newline belongs to the line end.
  private func textEnd(_ bytes: RawSpan, from start: Int, newline: Int) -> Int {
    newline > start && bytes.octet(newline - 1) == Octet.carriageReturn ? newline - 1 : newline
  }

  /// A line without a newline, as far as the input or the length limit goes.
  private mutating func stepUnterminated(
    _ bytes: RawSpan, _ run: inout Run, _ keys: inout SeriesKeyTable, _ batch: inout LineBatch
  ) -> Stop? {
    let length = bytes.byteCount - run.cursor
    if length > limits.lineBytes {
      reject(LineFault(.lineTooLong, at: run.cursor), bytes, &run, &batch)
      return nil
    }
    switch run.end {
    case .open:
      waiting = .newline(scanned: length)
      return .needsInput
    case .cut:
      reject(LineFault(.incompleteLine, at: run.cursor), bytes, &run, &batch)
      return nil
    case .complete:
      return stepLast(bytes, &run, &keys, &batch)
    }
  }

  /// The last line of a whole input, with the newline it lacks.
  private mutating func stepLast(
    _ bytes: RawSpan, _ run: inout Run, _ keys: inout SeriesKeyTable, _ batch: inout LineBatch
  ) -> Stop? {
    let start = run.cursor
    let terminated = bytes.copy(from: start, to: bytes.byteCount) + [Octet.newline]
    // With its newline in place it can only be whole or broken; nothing is left to complete.
    var inner = Run(receivedAt: run.receivedAt, end: .cut)
    consumedBytes += start
    let stop = unsafe step(terminated.span.bytes, &inner, &keys, &batch)
    consumedBytes -= start
    run.cursor = min(start + inner.cursor, bytes.byteCount)
    guard case .comment(let range) = stop else { return stop }
    return .comment((start + range.lowerBound)..<(start + range.upperBound))
  }

  /// A line whose quoted value or rest goes past the input or the length limit.
  private mutating func stepBroken(
    _ failure: LineScanner.Failure, _ bytes: RawSpan, _ run: inout Run,
    _ keys: inout SeriesKeyTable, _ batch: inout LineBatch
  ) -> Stop? {
    let lineStart = run.cursor
    let isTooLong = bytes.byteCount - lineStart > limits.lineBytes
    switch failure {
    case .fault(let fault):
      reject(fault, bytes, &run, &batch)
    case .needsClosingQuote(let opened, let resumeAt):
      if !isTooLong, run.end == .open {
        waiting = .closingQuote(scanned: resumeAt - lineStart)
        return .needsInput
      }
      reject(LineFault(.unterminatedString, at: opened), bytes, &run, &batch)
    case .needsNewline:
      if isTooLong {
        reject(LineFault(.lineTooLong, at: lineStart), bytes, &run, &batch)
      } else if run.end == .open {
        waiting = .newline(scanned: bytes.byteCount - lineStart)
        return .needsInput
      } else if run.end == .complete {
        return stepLast(bytes, &run, &keys, &batch)
      } else {
        reject(LineFault(.incompleteLine, at: bytes.byteCount), bytes, &run, &batch)
      }
    }
    return nil
  }

  /// Notes a rejected line and goes behind it.
  mutating func reject(
    _ fault: LineFault, _ bytes: RawSpan, _ run: inout Run, _ batch: inout LineBatch
  ) {
    let start = run.cursor
    let newline =
      fault.lineEnd ?? bytes.firstOffset(of: Octet.newline, from: fault.offset, to: bytes.byteCount)
    let textEnd = textEnd(bytes, from: start, newline: newline ?? bytes.byteCount)
    batch.reject(
      fault.reason, number: lineNumber, bytes, start..<textEnd, inputOffset: consumedBytes)
    run.cursor = newline.map { $0 + 1 } ?? bytes.byteCount
    lineNumber += bytes.count(of: Octet.newline, from: start, to: run.cursor)
    if newline == nil, run.end == .open { isSkipping = true }
  }
}
