internal import ArgumentParser
internal import Foundation
internal import TSQCore
internal import TSQForecast

/// A time zone on the command line, by its name in the system's zone database.
struct ZoneArgument: ExpressibleByArgument {
  private let zone: TimeZone

  /// Universal time.
  static let utc = ZoneArgument(zone: .gmt)

  private init(zone: TimeZone) { self.zone = zone }

  init?(argument: String) {
    guard let zone = TimeZone(identifier: argument) else { return nil }
    self.zone = zone
  }

  var defaultValueDescription: String { zone == .gmt ? "UTC" : zone.identifier }

  /// The most changes read: two a year for two centuries, so that a broken zone ends too.
  private static let changeLimit = 400

  /// The zone's offset and its changes between two instants.
  func offsets(from start: Timestamp, through end: Timestamp) -> ZoneOffsets {
    var changes: [ZoneOffsets.Change] = []
    var date = Date(timeIntervalSince1970: start.fractionalSeconds)
    let initial = zone.secondsFromGMT(for: date)
    while changes.count < Self.changeLimit,
      let next = zone.nextDaylightSavingTimeTransition(after: date),
      let instant = Timestamp(fractionalSeconds: next.timeIntervalSince1970), instant <= end
    {
      changes.append(.init(instant: instant, offsetSeconds: zone.secondsFromGMT(for: next)))
      date = next
    }
    return ZoneOffsets(initialOffsetSeconds: initial, changes: changes)
  }
}
