internal import HTTPTypes
internal import Hummingbird

/// Answers 405 to a method that a known path does not have, with those that it has.
///
/// Source: RFC 9110 §15.5.6. The router itself knows only routes, and would say that the path is not there.
enum OtherMethods {
  private static let methods: [HTTPRequest.Method] = [
    .get, .head, .post, .put, .delete, .patch, .options,
  ]

  /// Completes every path that the router has by now.
  static func add(to router: Router<WebContext>) {
    var known: [String: Set<HTTPRequest.Method>] = [:]
    for route in router.routes {
      known[route.path.description, default: []].insert(route.method)
    }
    for (path, own) in known {
      // The router answers HEAD where there is GET.
      let taken = own.contains(.get) ? own.union([.head]) : own
      let names = taken.map(\.rawValue).sorted().joined(separator: ", ")
      for method in methods where !taken.contains(method) {
        router.on(RouterPath(path), method: method) { request, _ in refusal(request, names) }
      }
    }
  }

  private static func refusal(_ request: Request, _ taken: String) -> Response {
    var response = Answer.failure(
      .methodNotAllowed, "bad_data",
      "\(request.uri.path) does not take \(request.method); it takes \(taken)")
    response.headers[.allow] = taken
    return response
  }
}
