#include "vector_avx2.h"

#include "kernel_table.h"

const Table kAvx2Float32 = kTableOf<Single<Avx2>>;
