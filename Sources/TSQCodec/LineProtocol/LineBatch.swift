/// One line that was accepted: where it came from and which samples it gave.
public struct AcceptedLine: Hashable, Sendable {
  /// The line's number in its input, from 1; the first where the line spans several.
  public let number: Int
  /// The line's bytes without the newline, counted from the start of the input.
  public let bytes: Range<Int>
  /// The line's samples, as indices into the batch's columns; empty for a line of strings only.
  public let samples: Range<Int>

  init(number: Int, bytes: Range<Int>, samples: Range<Int>) {
    self.number = number
    self.bytes = bytes
    self.samples = samples
  }
}

/// One line that was rejected.
public struct RejectedLine: Hashable, Sendable {
  /// The line's number in its input, from 1.
  public let number: Int
  /// Why.
  public let reason: RejectReason
  /// The line's bytes without the newline, counted from the start of the input; for a line past the
  /// length limit, what had arrived when that was noticed.
  public let bytes: Range<Int>
  /// The line's first bytes, at most `excerptBytes`, for messages.
  public let excerpt: [UInt8]

  /// What a dead letter holds where the input is no text: a line that can be imported once it is
  /// mended, at most `letterBytes`.
  public let letter: [UInt8]?

  /// The longest letter: one byte more than servers keep of a line, so that a cut one shows.
  public static let letterBytes = (16 << 10) + 1
  /// The longest excerpt; enough to recognise a line, and bounded for logs.
  public static let excerptBytes = 160

  /// A rejected line; the ingest layer makes them too, for the reasons that only it knows.
  public init(
    number: Int, reason: RejectReason, bytes: Range<Int>, excerpt: [UInt8], letter: [UInt8]? = nil
  ) {
    self.number = number
    self.reason = reason
    self.bytes = bytes
    self.excerpt = Array(excerpt.prefix(RejectedLine.excerptBytes))
    self.letter = letter.map { Array($0.prefix(RejectedLine.letterBytes)) }
  }
}

/// The samples of many lines as three columns of equal length, and what became of each line.
///
/// Samples stand in the order of their lines and fields. A field that stands twice in a line gives
/// two samples of one key and time: whoever stores them keeps the later one.
public struct LineBatch: Sendable {
  /// The most samples a batch holds; the columns are allocated once.
  public let sampleCapacity: Int
  /// The most rejected lines a batch holds before the parser stops for the caller to take them.
  ///
  /// A rejected line costs ten times a good one, since it is kept: so few that a sender of garbage
  /// lets others have their turn every few milliseconds.
  public static let rejectedCapacity = 128

  var keyColumn: [UInt32]
  var timeColumn: [Int64]
  var valueColumn: [Double]
  /// Accepted lines in order.
  public internal(set) var lines: [AcceptedLine] = []
  /// Rejected lines in order.
  public internal(set) var rejected: [RejectedLine] = []

  /// The number of samples in each column.
  public internal(set) var sampleCount = 0
  /// String fields that were well-formed and not stored.
  public internal(set) var ignoredStringFields = 0
  /// Integer fields past 2^53 that were rounded to the nearest double.
  public internal(set) var roundedIntegers = 0

  /// An empty batch.
  ///
  /// - Parameter sampleCapacity: the most samples it holds; at least a line's field limit.
  public init(sampleCapacity: Int = 65_536) {
    precondition(sampleCapacity > 0 && sampleCapacity <= 1 << 28, "a capacity within reason")
    self.sampleCapacity = sampleCapacity
    self.keyColumn = Array(repeating: 0, count: sampleCapacity)
    self.timeColumn = Array(repeating: 0, count: sampleCapacity)
    self.valueColumn = Array(repeating: 0, count: sampleCapacity)
  }

  /// Each sample's key id in the `SeriesKeyTable` it was parsed with.
  public var keyIDs: Span<UInt32> {
    @_lifetime(borrow self) get { keyColumn.span.extracting(first: sampleCount) }
  }

  /// Each sample's time, nanoseconds since the epoch.
  public var times: Span<Int64> {
    @_lifetime(borrow self) get { timeColumn.span.extracting(first: sampleCount) }
  }

  /// Each sample's value.
  public var values: Span<Double> {
    @_lifetime(borrow self) get { valueColumn.span.extracting(first: sampleCount) }
  }

  /// Accepted and rejected lines together; comments and empty lines are neither.
  public var lineCount: Int { lines.count + rejected.count }

  /// Whether it holds neither a sample nor a line.
  public var isEmpty: Bool { lines.isEmpty && rejected.isEmpty }

  /// Empties the batch and keeps its memory.
  public mutating func removeAll() {
    sampleCount = 0
    lines.removeAll(keepingCapacity: true)
    rejected.removeAll(keepingCapacity: true)
    ignoredStringFields = 0
    roundedIntegers = 0
  }

  /// Adds one sample behind the committed ones; it counts once `sampleCount` is raised past it.
  mutating func stage(_ index: Int, key: UInt32, time: Int64, value: Double) {
    keyColumn[index] = key
    timeColumn[index] = time
    valueColumn[index] = value
  }
}
