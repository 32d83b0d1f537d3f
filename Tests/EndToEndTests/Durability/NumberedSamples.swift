import Foundation
import Testing

/// What a server holds of the samples that a `NumberedSender` sent.
enum NumberedSamples {
  /// Timestamp number to value of one series; a timestamp that stands twice is an issue.
  static func held(by server: ServerProcess, _ name: String) throws -> [Int: Int] {
    var held: [Int: Int] = [:]
    for series in try result(server, "\(name)[1d]") {
      for pair in try #require(series["values"] as? [[Any]]) {
        let seconds = try #require((pair[0] as? NSNumber)?.doubleValue)
        let value = try #require((pair[1] as? String).flatMap { Int($0) })
        let number =
          Int(((seconds - Double(NumberedSender.baseSeconds)) * 1000).rounded()) - 1
        #expect(held[number] == nil, "\(name) holds \(number) twice")
        held[number] = value
      }
    }
    return held
  }

  /// Samples of all series with a name.
  static func count(of name: String, in server: ServerProcess) throws -> Int {
    try result(server, "\(name)[100y]").reduce(0) {
      $0 + (($1["values"] as? [Any])?.count ?? 0)
    }
  }

  private static func result(
    _ server: ServerProcess, _ expression: String
  ) throws -> [[String: Any]] {
    let query = expression.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    let time = NumberedSender.baseSeconds + 80_000
    let answer = try HTTP.get(
      port: server.httpPort, "/api/v1/query?query=\(query)&time=\(time)")
    try #require(answer.status == 200, "\(answer.body)")
    let json = try #require(
      try JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [String: Any])
    #expect(json["warnings"] == nil, "\(expression): \(String(describing: json["warnings"]))")
    let data = try #require(json["data"] as? [String: Any])
    return try #require(data["result"] as? [[String: Any]])
  }
}
