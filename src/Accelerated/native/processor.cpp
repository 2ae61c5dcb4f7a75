// The only file that is compiled for every x86-64 processor: it says whether the others may be called.
#include "glide_fast.h"

// 0: none of the kernels run here; 1: those for float32; 2: those for bf16 too.
GLIDE_API int glide_fast_level() {
  __builtin_cpu_init();
  bool wide = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
              __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("fma");
  if (!wide) return 0;
  return __builtin_cpu_supports("avx512bf16") ? 2 : 1;
}
