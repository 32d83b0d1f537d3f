import TSQCore

/// A batch's samples, brought together by series, each series' in their order of arrival.
///
/// A scrape names every series once before it names one again, so neighbouring samples of a batch
/// belong to different series, and storing them one by one visits each series' memory as often as
/// it has samples. A counting sort costs two passes.
struct SeriesGroups {
  /// Samples a series, on average, from which sorting pays; where series hardly return it does not.
  static let samplesPerSeriesMinimum = 4

  /// The times of all groups, one group after another.
  let times: [Int64]
  /// One value per time.
  let values: [Double]
  /// Where each group lies in the columns; none is empty.
  let runs: [Range<Int>]
  private let numbers: [UInt32]

  /// Groups a batch.
  ///
  /// - Returns: `nil` where it would not pay: few samples a series, or numbers spread widely.
  /// - Complexity: O(samples).
  init?(_ batch: SampleBatch) {
    let series = batch.series.span
    guard let first = batch.series.first?.rawValue else { return nil }
    var (low, high) = (first, first)
    for index in series.indices {
      let number = series[index].rawValue
      if number < low { low = number }
      if number > high { high = number }
    }
    let width = Int(high - low) + 1
    guard width <= batch.count / SeriesGroups.samplesPerSeriesMinimum else { return nil }
    var ends = [Int](repeating: 0, count: width + 1)
    for index in series.indices { ends[Int(series[index].rawValue - low) + 1] += 1 }
    var (runs, numbers): ([Range<Int>], [UInt32]) = ([], [])
    for slot in 0..<width {
      if ends[slot + 1] > 0 {
        runs.append(ends[slot]..<ends[slot] + ends[slot + 1])
        numbers.append(low + UInt32(slot))
      }
      ends[slot + 1] += ends[slot]
    }
    // From here on `ends[slot]` is where the slot's next sample goes. Every place is written once, so
    // neither column is filled beforehand.
    let (batchTimes, batchValues) = (batch.times.span, batch.values.span)
    var values: [Double] = []
    let times = unsafe [Int64](unsafeUninitializedCapacity: batch.count) { times, timeCount in
      values = unsafe [Double](unsafeUninitializedCapacity: batch.count) { values, valueCount in
        for index in series.indices {
          let slot = Int(series[index].rawValue - low)
          let place = ends[slot]
          ends[slot] = place + 1
          unsafe times[place] = batchTimes[index]
          unsafe values[place] = batchValues[index]
        }
        valueCount = batchValues.count
      }
      timeCount = batchTimes.count
    }
    (self.times, self.values, self.runs, self.numbers) = (times, values, runs, numbers)
  }

  /// The series of a group, by its place in `runs`.
  func series(_ group: Int) -> SeriesID { SeriesID(rawValue: numbers[group]) }
}
