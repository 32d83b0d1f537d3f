internal import TSQCodec
internal import TSQCore
internal import TSQStorage

/// Where an import's samples go: a store, a server, or nowhere.
protocol ImportTarget: AnyObject {
  /// The keys known so far mean nothing any more.
  func forgetKeys()

  /// A new key, the next one in order, and the series that it means.
  func add(key: UInt32, _ labels: Labels) throws

  /// Whether the series of a key may be written.
  func takes(key: UInt32) -> Bool

  /// Adds a sample to what is sent next.
  func add(key: UInt32, time: Int64, value: Double, line: Int)

  /// Sends what was added, or waits for more.
  func send(_ totals: inout ImportTotals, _ onReject: (Int, String, String) -> Void) async throws

  /// Sends everything that was added.
  func flush(_ totals: inout ImportTotals, _ onReject: (Int, String, String) -> Void) async throws

  /// Keeps what metrics are.
  func take(_ declared: [MetricMetadata]) async throws
}

/// Checks a file and stores nothing.
final class CheckOnly: ImportTarget {
  func forgetKeys() {}
  func add(key: UInt32, _ labels: Labels) {}
  func takes(key: UInt32) -> Bool { true }
  func add(key: UInt32, time: Int64, value: Double, line: Int) {}
  func send(_ totals: inout ImportTotals, _ onReject: (Int, String, String) -> Void) {}
  func flush(_ totals: inout ImportTotals, _ onReject: (Int, String, String) -> Void) {}
  func take(_ declared: [MetricMetadata]) {}
}

/// A server or a store did not take what was sent: what it had taken before is stored.
struct ImportInterruption: Error {
  /// Why.
  let cause: any Error
  /// The first line of the file of which nothing is promised, where a line was on its way.
  let line: Int?
  /// How many lines that were parsed are not taken, and their samples.
  let lines: Int
  let samples: Int
}

/// A store opened in this process.
final class StoreImport: ImportTarget {
  private let store: Store
  /// The series of each key; `nil` where the store refused a new one.
  private var series: [SeriesID?] = []
  private var samples = SampleBatch()
  /// The first and the last line that `samples` come from, and how many do.
  private var firstLine: Int?
  private var lastLine: Int?
  private var lineCount = 0

  init(_ store: Store) { self.store = store }

  func forgetKeys() { series.removeAll(keepingCapacity: true) }

  func add(key: UInt32, _ labels: Labels) throws {
    do {
      series.append(try store.resolve(labels))
    } catch .seriesLimit {
      series.append(nil)
    }
  }

  func takes(key: UInt32) -> Bool { series[Int(key)] != nil }

  func add(key: UInt32, time: Int64, value: Double, line: Int) {
    guard let id = series[Int(key)] else { return }
    samples.append(series: id, time: time, value: value)
    if firstLine == nil { firstLine = line }
    if lastLine != line { lineCount += 1 }
    lastLine = line
  }

  func send(_ totals: inout ImportTotals, _ onReject: (Int, String, String) -> Void) throws {
    guard !samples.isEmpty else { return }
    do throws(StoreError) {
      let receipt = try store.appendBlocking(samples, durability: .buffered)
      totals.stored += receipt.stored
      totals.replaced += receipt.replaced
    } catch {
      throw interruption(error)
    }
    samples = SampleBatch()
    (firstLine, lastLine, lineCount) = (nil, nil, 0)
  }

  func flush(_ totals: inout ImportTotals, _ onReject: (Int, String, String) -> Void) throws {
    try send(&totals, onReject)
  }

  func take(_ declared: [MetricMetadata]) async throws {
    do throws(StoreError) {
      try await store.record(declared)
    } catch {
      throw interruption(error)
    }
  }

  private func interruption(_ cause: StoreError) -> ImportInterruption {
    ImportInterruption(cause: cause, line: firstLine, lines: lineCount, samples: samples.count)
  }
}
