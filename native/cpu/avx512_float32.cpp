#include "vector_avx512.h"

#include "kernel_table.h"

const Table kAvx512Float32 = kTableOf<Single<Avx512>>;
