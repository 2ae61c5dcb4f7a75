// A CUDA runtime without a device.
#include "fake.h"

#include <cstdarg>
#include <cstdio>
#include <map>
#include <string>

namespace {

std::string notes;
std::map<std::string, int> failing;
int busy;

// How often each event will be asked for before it is done.
std::map<long, int> pending;
long last_event;
long last_stream;

int error_of(const char* function) { return fake_fails(function) ? 700 : 0; }

}  // namespace

FAKE_API void fake_note(const char* format, ...) {
  char text[256];
  std::va_list values;
  va_start(values, format);
  std::vsnprintf(text, sizeof text, format, values);
  va_end(values);
  notes += (notes.empty() ? "" : "\n") + std::string(text);
}

FAKE_API bool fake_fails(const char* function) { return failing[function] > 0 && failing[function]--; }

FAKE_API long fake_new_stream() { return ++last_stream; }

// For the tests: forgets all that was said and done before.
FAKE_API void fake_begin_anew() {
  notes.clear();
  failing.clear();
  pending.clear();
  busy = 0;
  last_event = 0;
  last_stream = 100;
}

// For the tests: the calls since the last time, one a line.
FAKE_API int fake_take(char* text, int size) {
  const int length = std::snprintf(text, static_cast<std::size_t>(size), "%s", notes.c_str());
  notes.clear();
  return length;
}

FAKE_API void fake_fail(const char* function) { failing[function]++; }

// Every event recorded from now on is found unfinished so many times.
FAKE_API void fake_keep_busy(int times) { busy = times; }

FAKE_API int cudaEventCreateWithFlags(void** event, unsigned flags) {
  *event = reinterpret_cast<void*>(++last_event);
  fake_note("create event %ld, flags %u", last_event, flags);
  return error_of("cudaEventCreateWithFlags");
}

FAKE_API int cudaEventRecord(void* event, void* stream) {
  fake_note("record event %ld on stream %ld", reinterpret_cast<long>(event), reinterpret_cast<long>(stream));
  pending[reinterpret_cast<long>(event)] = busy;
  return error_of("cudaEventRecord");
}

FAKE_API int cudaEventQuery(void* event) {
  const long number = reinterpret_cast<long>(event);
  const bool is_done = pending[number] == 0;
  if (!is_done) pending[number]--;
  fake_note("event %ld is %s", number, is_done ? "done" : "not ready");
  return is_done ? error_of("cudaEventQuery") : 600;
}

FAKE_API int cudaEventDestroy(void* event) {
  fake_note("destroy event %ld", reinterpret_cast<long>(event));
  return 0;
}

FAKE_API int cudaStreamWaitEvent(void* stream, void* event, unsigned) {
  fake_note("stream %ld waits for event %ld", reinterpret_cast<long>(stream), reinterpret_cast<long>(event));
  return error_of("cudaStreamWaitEvent");
}

FAKE_API int cudaStreamSynchronize(void* stream) {
  fake_note("wait for stream %ld", reinterpret_cast<long>(stream));
  return error_of("cudaStreamSynchronize");
}

FAKE_API int cudaSetDevice(int device) {
  fake_note("set device %d", device);
  return error_of("cudaSetDevice");
}

// Device n has compute capability 9.n, but for the last.
FAKE_API int cudaDeviceGetAttribute(int* value, int attribute, int device) {
  const int capability = device == 7 ? 121 : 90 + device;
  *value = attribute == 75 ? capability / 10 : capability % 10;
  return error_of("cudaDeviceGetAttribute");
}

FAKE_API int cudaGetLastError() {
  fake_note("forget the error");
  return 0;
}
