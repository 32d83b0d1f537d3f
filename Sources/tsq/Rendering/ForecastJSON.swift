internal import Foundation
internal import TSQCore
internal import TSQForecast

/// One forecast as JSON: keys in snake case, times RFC 3339, shares 0...1.
struct ForecastJSON: Encodable {
  private struct Gate: Encodable {
    let code: String
    let message: String
    let remedy: String
  }

  private struct Interval: Encodable {
    let level: Double
    let low: Double
    let high: Double
  }

  private struct Point: Encodable {
    let time: String
    let mean: Double
    let intervals: [Interval]
  }

  private struct Crossing: Encodable {
    let limit: Double
    let direction: String
    let alreadyCrossed: Bool
    let probability: Double
    let p10: String?
    let p50: String?
    let p90: String?
  }

  private struct Held: Encodable {
    let level: Double
    let coverage: Double
  }

  private struct Shift: Encodable {
    let size: Double
    let bucketsAgo: Int
  }

  private let series: String?
  private let origin: String
  private let stepSeconds: Double
  private let verdict: String
  private let gates: [Gate]
  private let model: String
  private let skill: Double?
  private let intervalCoverage: [Held]
  private let levelShift: Shift?
  private let crossings: [Crossing]
  private let points: [Point]
  private let explanation: [String]?
  private let warnings: [String]

  init(_ made: MadeForecast, _ explain: Bool) {
    let forecast = made.forecast
    series = made.labels?.description
    warnings = made.warnings
    origin = forecast.origin.description
    stepSeconds = Double(forecast.stepNanoseconds) / 1e9
    verdict = forecast.verdict.isTrusted ? "trusted" : "unknown"
    gates = forecast.verdict.gates.map {
      Gate(code: $0.code, message: $0.description, remedy: $0.remedy)
    }
    model = forecast.model
    // The backtest measured the combination; where the naive forecast is shown it says nothing of it.
    let isTrusted = forecast.verdict.isTrusted
    skill = forecast.skill.flatMap { isTrusted && $0.isFinite ? $0 : nil }
    intervalCoverage = (isTrusted ? forecast.intervalCoverage : []).map {
      Held(level: $0.level, coverage: $0.coverage)
    }
    levelShift = forecast.evidence.levelShift.map {
      Shift(size: $0.size, bucketsAgo: $0.bucketsAgo)
    }
    crossings = forecast.crossings.map {
      Crossing(
        limit: $0.threshold.limit, direction: $0.threshold.direction.rawValue,
        alreadyCrossed: $0.alreadyCrossed, probability: $0.probability,
        p10: $0.p10?.description, p50: $0.p50?.description, p90: $0.p90?.description)
    }
    points = forecast.points.map { point in
      Point(
        time: point.time.description, mean: point.mean,
        intervals: point.intervals.map {
          Interval(level: $0.level, low: $0.low, high: $0.high)
        })
    }
    explanation = explain ? ForecastExplanation.lines(made) : nil
  }

  /// The object's text.
  func text() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }
}
