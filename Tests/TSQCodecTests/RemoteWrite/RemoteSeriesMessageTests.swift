import Foundation
import SwiftProtobuf
import TSQTestSupport
import Testing

@testable import TSQCodec

/// The messages that are read into columns hold what the generated ones of the same name hold.
@Suite struct RemoteSeriesMessageTests {
  private static func bytes(_ random: inout SeededGenerator) -> Data {
    Data(
      (0..<Int.random(in: 0...12, using: &random)).map { _ in
        UInt8.random(in: 0...255, using: &random)
      })
  }

  private static func list(_ random: inout SeededGenerator) -> [Data] {
    (0..<Int.random(in: 0...4, using: &random)).map { _ in bytes(&random) }
  }

  private static func version1(_ random: inout SeededGenerator) -> RemoteWrite1TimeSeries {
    var message = RemoteWrite1TimeSeries()
    message.labels = list(&random)
    message.exemplars = list(&random)
    message.histograms = list(&random)
    for _ in 0..<Int.random(in: 0...6, using: &random) {
      var sample = RemoteWrite1Sample()
      sample.timestamp =
        Int64(bitPattern: random.next()) >> Int64.random(in: 0...63, using: &random)
      sample.value = Double(bitPattern: random.next())
      message.samples.append(sample)
    }
    return message
  }

  private static func version2(_ random: inout SeededGenerator) -> RemoteWrite2TimeSeries {
    var message = RemoteWrite2TimeSeries()
    message.labelsRefs = (0..<Int.random(in: 0...6, using: &random)).map { _ in
      UInt32.random(in: 0...1 << 20, using: &random)
    }
    message.exemplars = list(&random)
    message.histograms = list(&random)
    for _ in 0..<Int.random(in: 0...6, using: &random) {
      var sample = RemoteWrite2Sample()
      sample.timestamp = Int64.random(in: .min ... .max, using: &random)
      sample.value = Double(bitPattern: random.next())
      message.samples.append(sample)
    }
    if Bool.random(using: &random) {
      message.metadata.type = UInt32.random(in: 0...9, using: &random)
      message.metadata.helpRef = UInt32.random(in: 0...9, using: &random)
    }
    return message
  }

  /// A message's bytes, damaged in three of four cases.
  private static func damaged(_ whole: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
    var bytes = whole
    for _ in 0..<Int.random(in: 0...3, using: &random) where !bytes.isEmpty {
      let place = Int.random(in: bytes.indices, using: &random)
      switch Int.random(in: 0...2, using: &random) {
      case 0: bytes.remove(at: place)
      case 1: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
      default: bytes[place] = UInt8.random(in: 0...255, using: &random)
      }
    }
    return bytes
  }

  private static func rows(_ samples: RemoteSamples) -> [[UInt64]] {
    (0..<samples.count).map {
      [UInt64(bitPattern: samples[$0].milliseconds), samples[$0].value.bitPattern]
    }
  }

  @Test("1.0: the same fields, or both refuse", arguments: propertySeeds(200))
  func one(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let whole: [UInt8] = try Self.version1(&random).serializedBytes()
    let bytes = Self.damaged(whole, &random)
    let generated = try? RemoteWrite1TimeSeries(serializedBytes: bytes)
    let own = try? RemoteSeriesMessage1(serializedBytes: bytes)
    #expect((own == nil) == (generated == nil), "seed \(seed)")
    guard let own, let generated else { return }
    #expect(own.labels == generated.labels, "seed \(seed)")
    #expect(own.exemplars.count == generated.exemplars.count, "seed \(seed)")
    #expect(own.histograms.count == generated.histograms.count, "seed \(seed)")
    let expected = generated.samples.map {
      [UInt64(bitPattern: $0.timestamp), $0.value.bitPattern]
    }
    #expect(Self.rows(own.samples) == expected, "seed \(seed)")
  }

  @Test("2.0: the same fields, or both refuse", arguments: propertySeeds(200))
  func two(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let whole: [UInt8] = try Self.version2(&random).serializedBytes()
    let bytes = Self.damaged(whole, &random)
    let generated = try? RemoteWrite2TimeSeries(serializedBytes: bytes)
    let own = try? RemoteSeriesMessage2(serializedBytes: bytes)
    #expect((own == nil) == (generated == nil), "seed \(seed)")
    guard let own, let generated else { return }
    #expect(own.labelsRefs == generated.labelsRefs, "seed \(seed)")
    #expect(own.exemplars.count == generated.exemplars.count, "seed \(seed)")
    #expect(own.histograms.count == generated.histograms.count, "seed \(seed)")
    #expect((own.metadata != nil) == generated.hasMetadata, "seed \(seed)")
    #expect((own.metadata ?? .init()) == generated.metadata, "seed \(seed)")
    let expected = generated.samples.map {
      [UInt64(bitPattern: $0.timestamp), $0.value.bitPattern]
    }
    #expect(Self.rows(own.samples) == expected, "seed \(seed)")
  }
}
