extension EngineSettings {
  /// The constants that a cross-validation may set, by name.
  package static let adjustable = [
    "farPooling", "foldDecay", "inflation80", "inflation95", "keepFactor", "nearFoldDecay",
    "pathMirror", "shiftSettled", "shiftStaying", "weightPower", "windowShare",
  ]

  /// Sets one of the `adjustable` constants.
  ///
  /// - Returns: `false` where no such constant can be set, or not to that value.
  package mutating func set(_ name: String, to value: Double) -> Bool {
    guard (0...20).contains(value) else { return false }
    switch name {
    case "farPooling": farPooling = value
    case "foldDecay": foldDecay = value
    case "inflation80": inflation80 = value
    case "inflation95": inflation95 = value
    case "keepFactor": keepFactor = value
    case "nearFoldDecay": nearFoldDecay = value
    case "pathMirror": pathMirror = value
    case "shiftSettled" where value <= 1: shiftSettled = value
    case "shiftStaying" where value <= 1: shiftStaying = value
    case "weightPower": weightPower = Int(value)
    case "windowShare" where value < 1: windowShare = value
    default: return false
    }
    return true
  }
}
