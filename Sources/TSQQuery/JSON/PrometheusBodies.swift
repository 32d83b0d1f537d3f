internal import TSQCore

/// `{"resultType":...,"result":...}`.
struct ValueBody: Codable {
  let value: QueryValue

  enum CodingKeys: String, CodingKey {
    case resultType, result
  }

  init(value: QueryValue) { self.value = value }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(value.typeName, forKey: .resultType)
    switch value {
    case .scalar(let time, let number):
      try container.encode(PointBody(time, number), forKey: .result)
    case .string(let time, let text):
      try container.encode(
        PointBody(seconds: secondsToMillisecond(time), text: text), forKey: .result)
    case .vector(let samples):
      try container.encode(samples.map(SeriesBody.init), forKey: .result)
    case .matrix(let series):
      try container.encode(series.map(SeriesBody.init), forKey: .result)
    }
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    switch try container.decode(String.self, forKey: .resultType) {
    case "scalar":
      let point = try container.decode(PointBody.self, forKey: .result)
      value = .scalar(try point.time(), try point.number())
    case "string":
      let point = try container.decode(PointBody.self, forKey: .result)
      value = .string(try point.time(), point.text)
    case "vector":
      let bodies = try container.decode([SeriesBody].self, forKey: .result)
      value = .vector(try bodies.map { try $0.vectorSample() })
    case "matrix":
      let bodies = try container.decode([SeriesBody].self, forKey: .result)
      value = .matrix(try bodies.map { try $0.samples() })
    case let other:
      throw BodyError(reason: "unknown resultType \"\(other)\"")
    }
  }
}

/// Why a body cannot be understood.
struct BodyError: Error, CustomStringConvertible {
  let reason: String
  var description: String { reason }
}

/// Labels as a JSON object.
struct LabelBody: Codable {
  let labels: Labels

  init(_ labels: Labels) { self.labels = labels }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: NameKey.self)
    for pair in labels.pairs { try container.encode(pair.value, forKey: NameKey(pair.name)) }
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: NameKey.self)
    var pairs: [Label] = []
    for key in container.allKeys {
      pairs.append(
        Label(name: key.stringValue, value: try container.decode(String.self, forKey: key)))
    }
    guard let labels = Labels(pairs) else { throw BodyError(reason: "unusable label set") }
    self.labels = labels
  }

  private struct NameKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(_ name: String) { stringValue = name }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }
}

/// One series of a vector (`value`) or a matrix (`values`).
private struct SeriesBody: Codable {
  let metric: LabelBody
  let value: PointBody?
  let values: [PointBody]?

  init(_ sample: VectorSample) {
    metric = LabelBody(sample.labels)
    value = PointBody(sample.time, sample.value)
    values = nil
  }

  init(_ series: SeriesSamples) {
    metric = LabelBody(series.labels)
    value = nil
    let columns = series.columns
    var points: [PointBody] = []
    points.reserveCapacity(columns.count)
    for index in 0..<columns.count {
      let sample = columns[index]
      // Of the samples of one millisecond the last is kept.
      if index + 1 < columns.count,
        columns[index + 1].time.milliseconds == sample.time.milliseconds
      {
        continue
      }
      points.append(PointBody(sample.time, sample.value))
    }
    values = points
  }

  func vectorSample() throws -> VectorSample {
    guard let value else { throw BodyError(reason: "a vector's series has no value") }
    return VectorSample(
      labels: metric.labels, time: try value.time(), value: try value.number())
  }

  func samples() throws -> SeriesSamples {
    guard let values else { throw BodyError(reason: "a matrix' series has no values") }
    var columns = SampleColumns()
    for point in values {
      columns.append(time: try point.time().nanoseconds, value: try point.number())
    }
    return SeriesSamples(labels: metric.labels, columns: columns)
  }
}

/// `[seconds, "value"]`.
private struct PointBody: Codable {
  let seconds: Double
  let text: String

  init(_ time: Timestamp, _ value: Double) {
    self.init(seconds: secondsToMillisecond(time), text: NumberText.shortest(value))
  }

  init(seconds: Double, text: String) {
    self.seconds = seconds
    self.text = text
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.unkeyedContainer()
    try container.encode(seconds)
    try container.encode(text)
  }

  init(from decoder: any Decoder) throws {
    var container = try decoder.unkeyedContainer()
    seconds = try container.decode(Double.self)
    text = try container.decode(String.self)
  }

  func time() throws -> Timestamp {
    // Through whole milliseconds: what the other side meant is exact there.
    guard let milliseconds = Int64(exactly: (seconds * 1000).rounded()),
      let time = Timestamp(milliseconds: milliseconds)
    else { throw BodyError(reason: "time out of range: \(seconds)") }
    return time
  }

  func number() throws -> Double {
    guard let value = NumberText.value(text) else {
      throw BodyError(reason: "not a number: \"\(text)\"")
    }
    return value
  }
}

/// Seconds with at most three decimals.
private func secondsToMillisecond(_ time: Timestamp) -> Double {
  Double(time.milliseconds) / 1000
}
