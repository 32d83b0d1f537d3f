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

/// A store opened in this process.
final class StoreImport: ImportTarget {
  private let store: Store
  /// The series of each key; `nil` where the store refused a new one.
  private var series: [SeriesID?] = []
  private var samples = SampleBatch()

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
  }

  func send(_ totals: inout ImportTotals, _ onReject: (Int, String, String) -> Void) throws {
    guard !samples.isEmpty else { return }
    let receipt = try store.appendBlocking(samples, durability: .buffered)
    totals.stored += receipt.stored
    totals.replaced += receipt.replaced
    samples = SampleBatch()
  }

  func flush(_ totals: inout ImportTotals, _ onReject: (Int, String, String) -> Void) throws {
    try send(&totals, onReject)
  }

  func take(_ declared: [MetricMetadata]) async throws {
    try await store.record(declared)
  }
}
