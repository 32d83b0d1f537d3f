internal import Foundation

/// The value of an environment variable, or `nil`.
public func environment(_ name: String) -> String? {
  ProcessInfo.processInfo.environment[name]
}
