// What the fakes of the CUDA runtime and of libtorch share: every call is noted, and any of them can be told to fail.
#pragma once

#define FAKE_API extern "C" __attribute__((visibility("default")))

// Notes a call, such as "capture_end()".
FAKE_API void fake_note(const char* format, ...);

// Whether the function of this name shall fail this time; each order is for one call.
FAKE_API bool fake_fails(const char* function);

// The number of a stream that nobody has.
FAKE_API long fake_new_stream();
