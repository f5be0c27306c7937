//===- Fail.cpp - How generated code and primitives end a rank ------------===//
//
// Passes the message to the rank's services, which tell all other ranks.
//===----------------------------------------------------------------------===//

#include "dtc/runtime/RankServices.h"
#include "dtc/runtime/program.h"
#include <cstdio>
#include <cstdlib>

void dtc_fail(dtc_frame *frame, const char *message) {
  if (auto *services =
          static_cast<dtc::runtime::RankServices *>(frame->runtime))
    services->fail(message);
  std::fprintf(stderr, "error: %s\n", message);
  std::exit(1);
}

void dtc_fail_index(dtc_frame *frame, int64_t row, int64_t rows) {
  char message[160];
  std::snprintf(message, sizeof message,
                "a lookup wants row %lld, expected one from %lld to %lld",
                static_cast<long long>(row), -static_cast<long long>(rows),
                static_cast<long long>(rows) - 1);
  dtc_fail(frame, message);
}
