#include "entry_points.h"

GLIDE_FAST_ENTRY_POINTS(bfloat16, Brain)
