import TSQCore

extension HeadSeries {
  /// Stores samples in their order of arrival; of equal times the last wins.
  ///
  /// - Parameters:
  ///   - times: nanoseconds since the epoch, in any order, shape `(n)`.
  ///   - values: one per time, shape `(n)`.
  ///   - isElsewhere: asked for each sample that was not here: whether another head has its time.
  /// - Returns: how many samples replaced one here, and how many one that is elsewhere.
  /// - Complexity: O(n) for times that ascend and fall between two samples held, as all newer ones
  ///   do; else O(n (log chunks + chunkLimit)).
  mutating func insert(
    _ times: Span<Int64>, _ values: Span<Double>, isElsewhere: (Int) -> Bool
  ) -> (here: Int, elsewhere: Int) {
    var (here, elsewhere) = (0, 0)
    if let place = gap(for: times) {
      put(times, values, at: place)
      for index in times.indices where isElsewhere(index) { elsewhere += 1 }
      return (0, elsewhere)
    }
    for index in times.indices {
      if insert(time: times[index], value: values[index]) {
        here += 1
      } else if isElsewhere(index) {
        elsewhere += 1
      }
    }
    return (here, elsewhere)
  }

  /// Where a whole run belongs: behind `sample` samples of a chunk.
  private struct Gap {
    let chunk: Int
    let sample: Int
  }

  /// The place between two samples held into which a run fits whole, if there is one.
  private func gap(for times: Span<Int64>) -> Gap? {
    guard times.count > 1 else { return nil }
    for index in 1..<times.count where times[index] <= times[index - 1] { return nil }
    let (first, last) = (times[0], times[times.count - 1])
    guard let newest = chunks.last?.times.last else { return Gap(chunk: 0, sample: 0) }
    if first > newest {
      return Gap(chunk: chunks.count - 1, sample: chunks[chunks.count - 1].count)
    }
    guard let chunk = lastChunk(startingBy: first) else {
      return last < chunks[0].times[0] ? Gap(chunk: 0, sample: 0) : nil
    }
    let place = SampleColumns.partitionPoint(chunks[chunk].times) { $0 >= first }
    if place < chunks[chunk].count {
      return last < chunks[chunk].times[place] ? Gap(chunk: chunk, sample: place) : nil
    }
    // Behind this chunk's last sample; it is not the last chunk, or the run would be the newest.
    return last < chunks[chunk + 1].times[0] ? Gap(chunk: chunk, sample: place) : nil
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
