import TSQCore

/// The samples of one series that are not in a segment yet.
///
/// Chunks are ascending and disjoint in time, each ascending and free of duplicates, whatever the
/// order of arrival: a late sample is inserted where it belongs. Arrays are values, so a snapshot
/// holds its own view for the price of a reference, and the next append to a chunk somebody still
/// reads copies that chunk only.
struct HeadSeries: Sendable {
  /// Samples in a chunk at most; the size of what one append may have to copy or shift (4 KiB).
  static let chunkLimit = 256

  /// Samples a series has before it takes chunks.
  static let fewMax = 63

  var chunks: [SampleColumns] = []
  /// All samples while they are few, ascending; then there are no chunks.
  ///
  /// Chunks take two more arrays and 160 bytes, and a store of many series writes what it has before
  /// most have more.
  private(set) var few: [HeadSample] = []

  /// Whether there are no samples.
  var isEmpty: Bool { chunks.isEmpty && few.isEmpty }

  /// The number of samples.
  ///
  /// O(chunks).
  var count: Int { chunks.reduce(few.count) { $0 + $1.count } }

  /// The samples in ascending pieces.
  var pieces: [SampleColumns] {
    if few.isEmpty { return chunks }
    return [SampleColumns(times: few.map(\.time), values: few.map(\.value))]
  }

  /// Puts the few samples into a chunk, where all others of the series are.
  mutating func unfold() {
    if few.isEmpty { return }
    chunks = pieces
    few = []
  }

  /// First and last sample time, or `nil` while there is none.
  var timeRange: TimeRange? {
    if !few.isEmpty {
      return TimeRange(
        start: Timestamp(nanoseconds: few[0].time),
        end: Timestamp(nanoseconds: few[few.count - 1].time))
    }
    guard let first = chunks.first?.times.first, let last = chunks.last?.times.last else {
      return nil
    }
    return TimeRange(start: Timestamp(nanoseconds: first), end: Timestamp(nanoseconds: last))
  }

  /// Stores one sample; the last stored wins.
  ///
  /// - Returns: whether a sample of that time was here already and is replaced.
  /// - Complexity: O(1) for the newest sample, else O(log chunks + chunkLimit).
  mutating func insert(time: Int64, value: Double) -> Bool {
    if chunks.isEmpty, few.count < HeadSeries.fewMax { return insertFew(time: time, value: value) }
    unfold()
    guard let newest = chunks.last?.times.last else { return false }
    let last = chunks.count - 1
    if time > newest {
      if chunks[last].count < HeadSeries.chunkLimit {
        chunks[last].append(time: time, value: value)
      } else {
        chunks.append(SampleColumns(times: [time], values: [value]))
      }
      return false
    }
    if time == newest {
      chunks[last].values[chunks[last].count - 1] = value
      return true
    }
    return insertLate(time: time, value: value)
  }

  private mutating func insertFew(time: Int64, value: Double) -> Bool {
    var place = few.count
    while place > 0, few[place - 1].time > time { place -= 1 }
    if place > 0, few[place - 1].time == time {
      few[place - 1].value = value
      return true
    }
    // By a quarter, where an array doubles: a million series would hold half of their memory empty.
    if few.count == few.capacity {
      few.reserveCapacity(few.isEmpty ? 1 : few.count + max(3, few.count / 4))
    }
    few.insert(HeadSample(time: time, value: value), at: place)
    return false
  }

  private mutating func insertLate(time: Int64, value: Double) -> Bool {
    // The last chunk that starts at or before the sample; the first where all start later.
    let chunk = lastChunk(startingBy: time) ?? 0
    let place = SampleColumns.partitionPoint(chunks[chunk].times) { $0 >= time }
    if place < chunks[chunk].count, chunks[chunk].times[place] == time {
      chunks[chunk].values[place] = value
      return true
    }
    chunks[chunk].times.insert(time, at: place)
    chunks[chunk].values.insert(value, at: place)
    if chunks[chunk].count > HeadSeries.chunkLimit { split(chunk) }
    return false
  }

  private mutating func split(_ chunk: Int) {
    let whole = chunks[chunk]
    let middle = whole.count / 2
    var (left, right) = (SampleColumns(), SampleColumns())
    left.append(contentsOf: whole, in: 0..<middle)
    right.append(contentsOf: whole, in: middle..<whole.count)
    chunks[chunk] = left
    chunks.insert(right, at: chunk + 1)
  }

  /// The last chunk that starts at or before an instant; `nil` where all start later.
  ///
  /// Reads the chunks in place: handing each to a closure would count two references a look.
  func lastChunk(startingBy time: Int64) -> Int? {
    var (low, high) = (0, chunks.count)
    while low < high {
      let middle = low + (high - low) / 2
      if chunks[middle].times[0] > time { high = middle } else { low = middle + 1 }
    }
    return low == 0 ? nil : low - 1
  }

  /// The first chunk for which a condition holds that stays true once it does.
  private func firstChunk(_ condition: (SampleColumns) -> Bool) -> Int {
    var (low, high) = (0, chunks.count)
    while low < high {
      let middle = low + (high - low) / 2
      if condition(chunks[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }

  /// Whether a sample of exactly this time is here.
  ///
  /// O(1) for what is newer than everything here, else O(log n).
  func contains(time: Int64) -> Bool {
    if !few.isEmpty { return few[few.count - 1].time >= time && few.contains { $0.time == time } }
    guard let newest = chunks.last?.times.last, time <= newest,
      let chunk = lastChunk(startingBy: time)
    else { return false }
    let place = SampleColumns.partitionPoint(chunks[chunk].times) { $0 >= time }
    return place < chunks[chunk].count && chunks[chunk].times[place] == time
  }

  /// Whether any sample lies in a range.
  ///
  /// O(log n).
  func hasSamples(in range: TimeRange) -> Bool {
    if !few.isEmpty { return few.contains { $0.lies(in: range) } }
    let chunk = firstChunk { ($0.times.last ?? .max) >= range.start.nanoseconds }
    guard chunk < chunks.count else { return false }
    return !chunks[chunk].indices(in: range).isEmpty
  }

  /// Appends the samples of a range to `columns`.
  ///
  /// O(log chunks + samples).
  func copy(in range: TimeRange, into columns: inout SampleColumns) {
    for sample in few where sample.lies(in: range) {
      columns.append(time: sample.time, value: sample.value)
    }
    var chunk = firstChunk { ($0.times.last ?? .max) >= range.start.nanoseconds }
    while chunk < chunks.count, chunks[chunk].times[0] <= range.end.nanoseconds {
      let isWhole =
        chunks[chunk].times[0] >= range.start.nanoseconds
        && chunks[chunk].times[chunks[chunk].count - 1] <= range.end.nanoseconds
      let inside = isWhole ? 0..<chunks[chunk].count : chunks[chunk].indices(in: range)
      columns.append(contentsOf: chunks[chunk], in: inside)
      chunk += 1
    }
  }

  /// Removes the samples of a range, and returns how many they were.
  mutating func remove(in range: TimeRange) -> Int {
    guard hasSamples(in: range) else { return 0 }
    if !few.isEmpty {
      let before = few.count
      few.removeAll { $0.lies(in: range) }
      return before - few.count
    }
    var kept: [SampleColumns] = []
    var removed = 0
    for chunk in chunks {
      let hit = chunk.indices(in: range)
      if hit.isEmpty {
        kept.append(chunk)
        continue
      }
      removed += hit.count
      guard hit.count < chunk.count else { continue }
      var rest = SampleColumns()
      rest.append(contentsOf: chunk, in: 0..<hit.lowerBound)
      rest.append(contentsOf: chunk, in: hit.upperBound..<chunk.count)
      kept.append(rest)
    }
    chunks = kept
    return removed
  }
}

/// One sample in memory.
struct HeadSample: Sendable {
  let time: Int64
  var value: Double

  /// Whether it lies in a range.
  func lies(in range: TimeRange) -> Bool { range.contains(Timestamp(nanoseconds: time)) }
}
