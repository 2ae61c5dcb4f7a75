// What every file of the library needs: how a C function calls libtorch without letting an exception out.
#pragma once

#include <ATen/core/Tensor.h>
#include <torch/version.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#define GLIDE_API extern "C" __attribute__((visibility("default")))

#define GLIDE_TORCH_AT_LEAST(major, minor) \
  (TORCH_VERSION_MAJOR > (major) || (TORCH_VERSION_MAJOR == (major) && TORCH_VERSION_MINOR >= (minor)))

using at::Tensor;

namespace glide {

// libtorch's optional was a type of its own before it became the standard's.
#if GLIDE_TORCH_AT_LEAST(2, 6)
template <class T> using Optional = std::optional<T>;
#else
template <class T> using Optional = c10::optional<T>;
#endif

// Keeps the exception that is being handled as this thread's last error.
void keep_error() noexcept;

// A new handle for the result, or null and an error kept.
template <class F> Tensor* make(F&& operation) noexcept {
  try {
    return new Tensor(operation());
  } catch (...) {
    keep_error();
    return nullptr;
  }
}

// 0, or -1 and an error kept.
template <class F> int run(F&& operation) noexcept {
  try {
    operation();
    return 0;
  } catch (...) {
    keep_error();
    return -1;
  }
}

// A number that is never negative, or -1 and an error kept.
template <class F> int ask(F&& question) noexcept {
  try {
    return static_cast<int>(question());
  } catch (...) {
    keep_error();
    return -1;
  }
}

// A number as C# passes it. Kinds: 0 not given, 1 bool, 2 integer, 3 floating point.
struct Number {
  int64_t bits;
  int64_t kind;

  bool given() const { return kind != 0; }

  operator at::Scalar() const {
    if (kind == 1)
      return at::Scalar(bits != 0);
    if (kind == 2)
      return at::Scalar(bits);
    double value;
    static_assert(sizeof value == sizeof bits);
    __builtin_memcpy(&value, &bits, sizeof value);
    return at::Scalar(value);
  }

  Optional<at::Scalar> optional() const { return given() ? Optional<at::Scalar>(at::Scalar(*this)) : Optional<at::Scalar>(); }
};

inline at::IntArrayRef list(const int64_t* values, int count) {
  return at::IntArrayRef(values, static_cast<size_t>(count));
}

inline std::vector<Tensor> list(Tensor* const* tensors, int count) {
  std::vector<Tensor> result;
  result.reserve(static_cast<size_t>(count));
  for (int i = 0; i < count; i++)
    result.push_back(tensors[i] ? *tensors[i] : Tensor());
  return result;
}

// A type of -1 is "not given".
inline Optional<at::ScalarType> type(int dtype) {
  return dtype < 0 ? Optional<at::ScalarType>() : Optional<at::ScalarType>(static_cast<at::ScalarType>(dtype));
}

inline at::Device place(int device_type, int index) {
  return at::Device(static_cast<at::DeviceType>(device_type), static_cast<at::DeviceIndex>(index));
}

// Only what is given (not -1) is set.
inline at::TensorOptions options(int dtype, int device_type, int index) {
  at::TensorOptions result;
  if (dtype >= 0)
    result = result.dtype(static_cast<at::ScalarType>(dtype));
  if (device_type >= 0)
    result = result.device(place(device_type, index));
  return result;
}

inline Optional<Tensor> optional(const Tensor* tensor) {
  return tensor ? Optional<Tensor>(*tensor) : Optional<Tensor>();
}

inline Tensor* handle(Tensor tensor) { return new Tensor(std::move(tensor)); }

}  // namespace glide

using glide::Number;

// An operation that makes a tensor: its name, its parameters, its value.
#define GLIDE_MAKE(name, parameters, ...) \
  GLIDE_API Tensor* glide_##name parameters { \
    return glide::make([&]() -> Tensor { return __VA_ARGS__; }); \
  }

// An operation that changes something: its name, its parameters, what it does.
#define GLIDE_RUN(name, parameters, ...) \
  GLIDE_API int glide_##name parameters { \
    return glide::run([&] { __VA_ARGS__; }); \
  }

// A question to libtorch that is answered by a number.
#define GLIDE_ASK(name, parameters, ...) \
  GLIDE_API int glide_##name parameters { \
    return glide::ask([&] { return __VA_ARGS__; }); \
  }
