internal import Foundation
internal import SwiftProtobuf

/// Samples as columns, decoded one by one.
///
/// The generated message holds 32 bytes a sample, and a request of empty samples, two bytes each,
/// would grow to ten times more than its columns. The bytes are still read by the library.
struct RemoteSamples: Sendable {
  /// One sample as it came.
  struct Sample: Sendable {
    let milliseconds: Int64
    let value: Double
  }

  private var milliseconds: [Int64] = []
  private var values: [Double] = []

  /// The number of samples.
  var count: Int { milliseconds.count }

  /// A sample by its place.
  subscript(place: Int) -> Sample {
    Sample(milliseconds: milliseconds[place], value: values[place])
  }

  /// Reads the sample that the decoder stands at; both versions have the same message.
  mutating func read<D: SwiftProtobuf.Decoder>(_ decoder: inout D) throws {
    var sample: RemoteWrite1Sample?
    try decoder.decodeSingularMessageField(value: &sample)
    // A field of another wire type is none of ours, as generated code has it.
    guard let sample else { return }
    milliseconds.append(sample.timestamp)
    values.append(sample.value)
  }
}

/// Fields of which only the number counts.
struct RemoteCount: Sendable {
  private(set) var count = 0

  /// Passes over the field that the decoder stands at.
  mutating func read<D: SwiftProtobuf.Decoder>(_ decoder: inout D) throws {
    var passed: Data?
    try decoder.decodeSingularBytesField(value: &passed)
    if passed != nil { count += 1 }
  }
}

/// A message that is only ever read.
///
/// The wire format is the library's alone (`nextFieldNumber`, `decode…Field`); only where a field's
/// value goes is ours, for the sake of memory. `docs/decisions/remote-write-messages.md` has the
/// figures, and `RemoteSeriesMessageTests` compares each with the generated message of its name.
///
/// Writing and comparing, which the library asks of a message, is left to the generated ones.
protocol ReadMessage: SwiftProtobuf.Message {}

extension ReadMessage {
  func traverse<V: SwiftProtobuf.Visitor>(visitor: inout V) throws {}
  func isEqualTo(message: any SwiftProtobuf.Message) -> Bool { false }
}

/// `TimeSeries` of 1.0, as `protocols/remote-write-1.proto` has it.
struct RemoteSeriesMessage1: ReadMessage {
  static let protoMessageName = "tsq.remotewrite.v1.TimeSeries"
  var unknownFields = SwiftProtobuf.UnknownStorage()
  private(set) var labels: [Data] = []
  private(set) var samples = RemoteSamples()
  private(set) var exemplars = RemoteCount()
  private(set) var histograms = RemoteCount()

  mutating func decodeMessage<D: SwiftProtobuf.Decoder>(decoder: inout D) throws {
    while let field = try decoder.nextFieldNumber() {
      switch field {
      case 1: try decoder.decodeRepeatedBytesField(value: &labels)
      case 2: try samples.read(&decoder)
      case 3: try exemplars.read(&decoder)
      case 4: try histograms.read(&decoder)
      default: break
      }
    }
  }
}

/// `TimeSeries` of 2.0, as `protocols/remote-write-2.proto` has it.
struct RemoteSeriesMessage2: ReadMessage {
  static let protoMessageName = "tsq.remotewrite.v2.TimeSeries"
  var unknownFields = SwiftProtobuf.UnknownStorage()
  private(set) var labelsRefs: [UInt32] = []
  private(set) var samples = RemoteSamples()
  private(set) var histograms = RemoteCount()
  private(set) var exemplars = RemoteCount()
  private(set) var metadata: RemoteWrite2Metadata?

  mutating func decodeMessage<D: SwiftProtobuf.Decoder>(decoder: inout D) throws {
    while let field = try decoder.nextFieldNumber() {
      switch field {
      case 1: try decoder.decodeRepeatedUInt32Field(value: &labelsRefs)
      case 2: try samples.read(&decoder)
      case 3: try histograms.read(&decoder)
      case 4: try exemplars.read(&decoder)
      case 5: try decoder.decodeSingularMessageField(value: &metadata)
      default: break
      }
    }
  }
}
