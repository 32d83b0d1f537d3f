// RE2 behind a C face, since its own is C++. Nothing is decided here.

#include "cre2.h"

#include <re2/re2.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <string>
#include <vector>

using re2::RE2;
using re2::StringPiece;

struct tsq_regex {
  RE2 expression;
  tsq_regex(const StringPiece &pattern, const RE2::Options &options) : expression(pattern, options) {}
};

extern "C" tsq_regex *tsq_regex_make(const char *pattern, size_t length, char *reason, size_t reason_size) {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_dot_nl(true);
  auto *regex = new (std::nothrow) tsq_regex(StringPiece(pattern, length), options);
  if (regex != nullptr && regex->expression.ok()) return regex;
  const std::string why = regex == nullptr ? "no memory for it" : regex->expression.error();
  if (reason_size > 0) {
    const size_t kept = std::min(why.size(), reason_size - 1);
    std::memcpy(reason, why.data(), kept);
    reason[kept] = 0;
  }
  delete regex;
  return nullptr;
}

extern "C" void tsq_regex_free(tsq_regex *regex) { delete regex; }

extern "C" int tsq_regex_matches(const tsq_regex *regex, const char *text, size_t length) {
  return regex->expression.Match(StringPiece(text, length), 0, length, RE2::ANCHOR_BOTH, nullptr, 0);
}

extern "C" int tsq_regex_groups(
    const tsq_regex *regex, const char *text, size_t length, ptrdiff_t *starts, ptrdiff_t *ends, size_t count) {
  std::vector<StringPiece> groups(count);
  if (!regex->expression.Match(
          StringPiece(text, length), 0, length, RE2::ANCHOR_BOTH, groups.data(), static_cast<int>(count))) {
    return 0;
  }
  for (size_t index = 0; index < count; index++) {
    const char *first = groups[index].data();
    starts[index] = first == nullptr ? -1 : first - text;
    ends[index] = first == nullptr ? -1 : first - text + static_cast<ptrdiff_t>(groups[index].size());
  }
  return 1;
}

extern "C" size_t tsq_regex_group_count(const tsq_regex *regex) {
  return static_cast<size_t>(regex->expression.NumberOfCapturingGroups());
}

extern "C" ptrdiff_t tsq_regex_group_number(const tsq_regex *regex, const char *name, size_t length) {
  const auto &groups = regex->expression.NamedCapturingGroups();
  const auto found = groups.find(std::string(name, length));
  return found == groups.end() ? -1 : found->second;
}
