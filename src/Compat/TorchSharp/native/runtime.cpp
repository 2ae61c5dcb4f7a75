// The state of libtorch as a whole.
#include "glide_torch.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/core/Generator.h>
#include <c10/core/GradMode.h>
#include <c10/core/InferenceMode.h>
#include <torch/cuda.h>

#include <mutex>
#include <type_traits>

GLIDE_API const char* glide_version() { return TORCH_VERSION; }

GLIDE_ASK(get_num_threads, (), at::get_num_threads())
GLIDE_RUN(set_num_threads, (int count), at::set_num_threads(count))
GLIDE_ASK(get_num_interop_threads, (), at::get_num_interop_threads())
GLIDE_RUN(set_num_interop_threads, (int count), at::set_num_interop_threads(count))

GLIDE_API int glide_is_grad_enabled() { return c10::GradMode::is_enabled(); }
GLIDE_API void glide_set_grad_enabled(bool enabled) { c10::GradMode::set_enabled(enabled); }
GLIDE_API void* glide_inference_mode_enter(bool enabled) { return new c10::InferenceMode(enabled); }
GLIDE_API void glide_inference_mode_exit(void* guard) { delete static_cast<c10::InferenceMode*>(guard); }
GLIDE_API int glide_is_inference_mode_enabled() { return c10::InferenceMode::is_enabled(); }

GLIDE_ASK(cuda_is_available, (), torch::cuda::is_available())
GLIDE_ASK(cuda_is_cudnn_available, (), torch::cuda::cudnn_is_available())
GLIDE_ASK(cuda_device_count, (), torch::cuda::device_count())
GLIDE_RUN(cuda_manual_seed, (int64_t seed), torch::cuda::manual_seed(static_cast<uint64_t>(seed)))
GLIDE_RUN(cuda_manual_seed_all, (int64_t seed), torch::cuda::manual_seed_all(static_cast<uint64_t>(seed)))
GLIDE_RUN(cuda_synchronize, (int64_t index), torch::cuda::synchronize(index))

GLIDE_ASK(get_allow_tf32_cublas, (), at::globalContext().allowTF32CuBLAS())
GLIDE_RUN(set_allow_tf32_cublas, (bool allow), at::globalContext().setAllowTF32CuBLAS(allow))
GLIDE_ASK(get_allow_tf32_cudnn, (), at::globalContext().allowTF32CuDNN())
GLIDE_RUN(set_allow_tf32_cudnn, (bool allow), at::globalContext().setAllowTF32CuDNN(allow))

namespace {
// Later versions answer with an enum whose first value is "allowed".
template <class Answer> bool allowed(Answer answer) {
  if constexpr (std::is_enum_v<Answer>)
    return static_cast<int>(answer) == 0;
  else
    return answer;
}
}  // namespace

GLIDE_ASK(get_allow_fp16_reduction_cublas, (), allowed(at::globalContext().allowFP16ReductionCuBLAS()))
GLIDE_RUN(set_allow_fp16_reduction_cublas, (bool allow), at::globalContext().setAllowFP16ReductionCuBLAS(allow))

GLIDE_ASK(get_sdp_flash, (), at::globalContext().userEnabledFlashSDP())
GLIDE_RUN(set_sdp_flash, (bool enabled), at::globalContext().setSDPUseFlash(enabled))
GLIDE_ASK(get_sdp_math, (), at::globalContext().userEnabledMathSDP())
GLIDE_RUN(set_sdp_math, (bool enabled), at::globalContext().setSDPUseMath(enabled))

namespace {
template <class F> at::Generator* new_generator(F&& source) noexcept {
  at::Generator* result = nullptr;
  glide::run([&] { result = new at::Generator(source()); });
  return result;
}
}  // namespace

GLIDE_API at::Generator* glide_generator_new(uint64_t seed) {
  return new_generator([&] { return at::detail::createCPUGenerator(seed); });
}

GLIDE_API at::Generator* glide_generator_default() {
  return new_generator([] { return at::detail::getDefaultCPUGenerator(); });
}

GLIDE_API void glide_generator_release(at::Generator* generator) { delete generator; }

GLIDE_API int glide_generator_manual_seed(at::Generator* generator, uint64_t seed) {
  return glide::run([&] {
    std::lock_guard<std::mutex> lock(generator->mutex());
    generator->set_current_seed(seed);
  });
}

GLIDE_API uint64_t glide_generator_initial_seed(at::Generator* generator) { return generator->current_seed(); }

GLIDE_API uint64_t glide_generator_seed(at::Generator* generator) {
  std::lock_guard<std::mutex> lock(generator->mutex());
  return generator->seed();
}

GLIDE_MAKE(generator_get_state, (at::Generator* generator), generator->get_state())

GLIDE_API int glide_generator_set_state(at::Generator* generator, Tensor* state) {
  return glide::run([&] {
    std::lock_guard<std::mutex> lock(generator->mutex());
    generator->set_state(*state);
  });
}
