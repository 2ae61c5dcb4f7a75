#include "entry_points.h"

GLIDE_FAST_ENTRY_POINTS(float32, Single)

GLIDE_API int glide_fast_join(const Joining* j) { return run([&] { join(*j); }); }
