#include <cstring>

#include "glide_fast.h"

GLIDE_API int glide_fast_join(const Joining* j) {
  int64_t bytes = j->first_bytes + j->second_bytes;
#pragma omp parallel for schedule(static) num_threads(j->threads)
  for (int64_t p = 0; p < j->pixels; p++) {
    char* to = static_cast<char*>(j->output) + p * bytes;
    const char* first = static_cast<const char*>(j->first) + p * j->first_bytes;
    const char* second = static_cast<const char*>(j->second) + p * j->second_bytes;
    std::memcpy(to, first, static_cast<size_t>(j->first_bytes));
    std::memcpy(to + j->first_bytes, second, static_cast<size_t>(j->second_bytes));
  }
  return 0;
}
