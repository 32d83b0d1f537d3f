import TSQCore

extension HeadSeries {
  /// Stores samples in their order of arrival; of equal times the last wins.
  ///
  /// - Parameters:
  ///   - times: nanoseconds since the epoch, in any order, shape `(n)`.
  ///   - values: one per time, shape `(n)`.
  ///   - other: the same series in another head, where a replaced sample may be too.
  /// - Returns: how many samples replaced one here, and how many only one of the other.
  /// - Complexity: O(n) for times that ascend and fall between two samples held, as all newer ones
  ///   do, and O(log chunks + chunkLimit) for each further stretch between two samples held.
  mutating func insert(
    _ times: Span<Int64>, _ values: Span<Double>, other: HeadSeries?
  ) -> (here: Int, elsewhere: Int) {
    if chunks.isEmpty, few.count + times.count <= HeadSeries.fewMax {
      return insertSingly(times, values, other)
    }
    unfold()
    guard HeadSeries.isAscending(times) else { return insertSingly(times, values, other) }
    var (here, elsewhere) = (0, 0)
    let newestElsewhere = other?.timeRange?.end.nanoseconds
    var start = 0
    while start < times.count {
      guard let gap = gap(for: times[start]) else {
        _ = insert(time: times[start], value: values[start])
        here += 1
        start += 1
        continue
      }
      var end = times.count
      if let limit = gap.limit { end = HeadSeries.end(of: times, from: start, below: limit) }
      put(times.extracting(start..<end), values.extracting(start..<end), at: gap)
      if let other, let newestElsewhere, times[start] <= newestElsewhere {
        for index in start..<end where other.contains(time: times[index]) { elsewhere += 1 }
      }
      start = end
    }
    return (here, elsewhere)
  }

  private mutating func insertSingly(
    _ times: Span<Int64>, _ values: Span<Double>, _ other: HeadSeries?
  ) -> (here: Int, elsewhere: Int) {
    var (here, elsewhere) = (0, 0)
    for index in times.indices {
      if insert(time: times[index], value: values[index]) {
        here += 1
      } else if other?.contains(time: times[index]) == true {
        elsewhere += 1
      }
    }
    return (here, elsewhere)
  }

  private static func isAscending(_ times: Span<Int64>) -> Bool {
    for index in 1..<max(1, times.count) where times[index] <= times[index - 1] { return false }
    return true
  }

  /// The end of the stretch of ascending times from `start` on that are below a limit.
  private static func end(of times: Span<Int64>, from start: Int, below limit: Int64) -> Int {
    if times[times.count - 1] < limit { return times.count }
    var end = start + 1
    while times[end] < limit { end += 1 }
    return end
  }

  /// A place between two samples held: behind `sample` samples of a chunk.
  private struct Gap {
    let chunk: Int
    let sample: Int
    /// The next sample held; `nil` where there is none.
    let limit: Int64?
  }

  /// The place of a time that is not here; `nil` where it is.
  private func gap(for time: Int64) -> Gap? {
    guard let newest = chunks.last?.times.last else { return Gap(chunk: 0, sample: 0, limit: nil) }
    if time > newest {
      return Gap(chunk: chunks.count - 1, sample: chunks[chunks.count - 1].count, limit: nil)
    }
    guard let chunk = lastChunk(startingBy: time) else {
      return Gap(chunk: 0, sample: 0, limit: chunks[0].times[0])
    }
    let place = SampleColumns.partitionPoint(chunks[chunk].times) { $0 >= time }
    if place == chunks[chunk].count {
      // Behind this chunk's last sample; it is not the last chunk, or the time would be the newest.
      return Gap(chunk: chunk, sample: place, limit: chunks[chunk + 1].times[0])
    }
    let held = chunks[chunk].times[place]
    return held == time ? nil : Gap(chunk: chunk, sample: place, limit: held)
  }

  /// Puts a run into a gap, in place where its chunk has room.
  private mutating func put(_ times: Span<Int64>, _ values: Span<Double>, at gap: Gap) {
    if chunks.isEmpty { chunks.append(SampleColumns()) }
    let isInside = gap.sample < chunks[gap.chunk].count
    if isInside, chunks[gap.chunk].count + times.count <= HeadSeries.chunkLimit {
      chunks[gap.chunk].times.insert(times, at: gap.sample)
      chunks[gap.chunk].values.insert(values, at: gap.sample)
      return
    }
    if isInside { cut(gap.chunk, at: gap.sample) }
    fill(from: gap.chunk, times, values)
  }

  /// Appends a run to a chunk and, when it is full, to new ones behind it.
  private mutating func fill(from first: Int, _ times: Span<Int64>, _ values: Span<Double>) {
    var chunk = first
    var index = 0
    while index < times.count {
      let room = HeadSeries.chunkLimit - chunks[chunk].count
      if room == 0 {
        chunk += 1
        // A series that filled a chunk will fill another: its memory is taken once.
        var next = SampleColumns()
        next.times.reserveCapacity(HeadSeries.chunkLimit)
        next.values.reserveCapacity(HeadSeries.chunkLimit)
        chunks.insert(next, at: chunk)
        continue
      }
      let end = min(times.count, index + room)
      chunks[chunk].times.append(times.extracting(index..<end))
      chunks[chunk].values.append(values.extracting(index..<end))
      index = end
    }
  }

  /// Cuts a chunk in two; its first part may be empty, and is then filled by `fill`.
  private mutating func cut(_ chunk: Int, at place: Int) {
    var rest = SampleColumns()
    rest.append(contentsOf: chunks[chunk], in: place..<chunks[chunk].count)
    chunks[chunk].times.removeSubrange(place...)
    chunks[chunk].values.removeSubrange(place...)
    chunks.insert(rest, at: chunk + 1)
  }
}

extension Array where Element: BitwiseCopyable {
  /// Adds the elements of a span at the end, as one copy.
  fileprivate mutating func append(_ elements: Span<Element>) {
    unsafe elements.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
  }

  /// Puts the elements of a span before the element at `place`.
  ///
  /// O(elements put in and moved).
  fileprivate mutating func insert(_ elements: Span<Element>, at place: Int) {
    unsafe elements.withUnsafeBufferPointer { unsafe insert(contentsOf: $0, at: place) }
  }
}
