// The last error of each thread.
#include "glide_torch.h"

#include <c10/util/Exception.h>

#include <exception>

namespace {
thread_local std::string last_error;

// Empty messages would say less than this.
void keep(const char* message) {
  std::string text = message ? message : "";
  last_error = text.substr(0, text.find('\n'));
  if (last_error.empty())
    last_error = "libtorch failed without a message.";
}
}  // namespace

void glide::keep_error() noexcept {
  try {
    try {
      throw;
    } catch (const c10::Error& error) {
      keep(error.what_without_backtrace());
    } catch (const std::exception& error) {
      keep(error.what());
    } catch (...) {
      keep(nullptr);
    }
  } catch (...) {
    // No memory for the message: the one kept before stays.
  }
}

// First line of the message; stays valid until the thread's next error.
GLIDE_API const char* glide_last_error() { return last_error.c_str(); }
