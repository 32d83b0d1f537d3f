public import TSQCore

/// What a query evaluated to on a server.
public enum RemoteValue: Sendable {
  /// One number.
  case scalar(Timestamp, Double)
  /// A text.
  case string(Timestamp, String)
  /// One value per series.
  case vector([(labels: Labels, sample: Sample)])
  /// Samples per series, ascending in time.
  case matrix([(labels: Labels, columns: SampleColumns)])
}

/// A server's answer to a query.
public struct RemoteAnswer: Sendable {
  /// The value.
  public let value: RemoteValue
  /// What the server warns of.
  public let warnings: [String]
}

/// Prometheus' envelope around every answer.
struct Envelope<Payload: Decodable>: Decodable {
  let status: String
  let data: Payload?
  let errorType: String?
  let error: String?
  let warnings: [String]?
}

/// The `data` of a query's answer.
struct QueryPayload: Decodable {
  let value: RemoteValue

  private enum Key: String, CodingKey { case resultType, result }

  private struct Series: Decodable {
    let metric: [String: String]
    let value: Point?
    let values: [Point]?
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    switch try container.decode(String.self, forKey: .resultType) {
    case "scalar":
      let point = try container.decode(Point.self, forKey: .result)
      value = .scalar(point.time, try point.number(decoder))
    case "string":
      let point = try container.decode(Point.self, forKey: .result)
      value = .string(point.time, point.text)
    case "vector":
      value = .vector(
        try container.decode([Series].self, forKey: .result).compactMap { series in
          guard let point = series.value else { return nil }
          let sample = Sample(time: point.time, value: try point.number(decoder))
          return (try QueryPayload.labels(series.metric, decoder), sample)
        })
    case "matrix":
      value = .matrix(
        try container.decode([Series].self, forKey: .result).map { series in
          var columns = SampleColumns()
          for point in series.values ?? [] {
            columns.append(time: point.time.nanoseconds, value: try point.number(decoder))
          }
          return (try QueryPayload.labels(series.metric, decoder), columns)
        })
    case let other:
      throw DecodingError.dataCorruptedError(
        forKey: .resultType, in: container, debugDescription: "unknown result type \(other)")
    }
  }

  static func labels(_ pairs: [String: String], _ decoder: any Decoder) throws -> Labels {
    guard let labels = Labels(pairs.map { Label(name: $0.key, value: $0.value) }) else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "labels without a name"))
    }
    return labels
  }
}

/// One `[seconds, "value"]` pair.
struct Point: Decodable {
  let time: Timestamp
  let text: String

  init(from decoder: any Decoder) throws {
    var container = try decoder.unkeyedContainer()
    let seconds = try container.decode(Double.self)
    text = try container.decode(String.self)
    // A double of present-day seconds is good to 0.2 µs: the nearest microsecond is what was meant.
    let micro = (seconds * 1e6).rounded()
    guard let count = Int64(exactly: micro),
      let time = Timestamp(count: count, unitNanoseconds: 1000)
    else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "\(seconds) is not an instant")
    }
    self.time = time
  }

  func number(_ decoder: any Decoder) throws -> Double {
    guard let number = NumberText.value(text) else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "`\(text)` is not a number"))
    }
    return number
  }
}
