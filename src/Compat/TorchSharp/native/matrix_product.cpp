// The single-precision matrix product of BLAS, for libtorch in place of the system's: libtorch's call binds to the first
// library that has the name, which is this one. Every element is summed in the order of the netlib reference
// (doi.org/10.1145/77626.79170), multiplication and addition rounded one after the other, so that a result depends
// neither on the processor nor on the number of threads, and equals that of the reference library bit for bit. Sums of
// different elements stand side by side in a vector register, which makes it fast without touching that order.
// Compiled with -ffp-contract=off: a fused multiply-add rounds once where the reference rounds twice.

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <memory>

#include <omp.h>

namespace {

constexpr int kRows = 64;     // rows of C in one block: four registers of 16
constexpr int kColumns = 4;   // columns of C in one block
constexpr int64_t kParallelWork = 1 << 15;

bool is_transposed(const char* flag) { return *flag != 'N' && *flag != 'n'; }

// One block of C: sums[c][r] += right[l][c] * left[l][r] for l = 0, 1, ...
__attribute__((target_clones("avx512f", "avx2", "default")))
void accumulate(int64_t depth, const float* left, const float* right, float* sums) {
  float block[kColumns][kRows];
  for (int c = 0; c < kColumns; c++)
    for (int r = 0; r < kRows; r++) block[c][r] = sums[c * kRows + r];
  for (int64_t l = 0; l < depth; l++) {
    for (int c = 0; c < kColumns; c++) {
      float factor = right[l * kColumns + c];
      for (int r = 0; r < kRows; r++) block[c][r] = block[c][r] + factor * left[l * kRows + r];
    }
  }
  for (int c = 0; c < kColumns; c++)
    for (int r = 0; r < kRows; r++) sums[c * kRows + r] = block[c][r];
}

// Memory that is written before it is read.
struct Buffer {
  std::unique_ptr<float[]> values;
  float* reserve(int64_t count) {
    values.reset(new float[static_cast<size_t>(count)]);
    return values.get();
  }
};

struct Product {
  bool transposed_a, transposed_b;
  int64_t m, n, k, lda, ldb, ldc;
  float alpha, beta;
  const float *a, *b;
  float* c;

  // Rows of A side by side: [k, kRows], those beyond the last one zero.
  void pack_left(int64_t first_row, int64_t height, float* packed) const {
    if (height < kRows) std::fill(packed, packed + k * kRows, 0.0f);
    if (!transposed_a) {
      for (int64_t l = 0; l < k; l++) std::copy_n(a + l * lda + first_row, height, packed + l * kRows);
      return;
    }
    for (int64_t r = 0; r < height; r++) {
      const float* row = a + (first_row + r) * lda;
      for (int64_t l = 0; l < k; l++) packed[l * kRows + r] = row[l];
    }
  }

  // Columns of B side by side, [k, kColumns], those beyond the last one zero. Without a transposed A the reference
  // multiplies B by α, with one the finished sum.
  void pack_right(int64_t first, float* packed) const {
    int64_t width = std::min<int64_t>(kColumns, n - first);
    if (width < kColumns) std::fill(packed, packed + k * kColumns, 0.0f);
    int64_t along = transposed_b ? ldb : 1, across = transposed_b ? 1 : ldb;
    float factor = transposed_a ? 1.0f : alpha;
    const float* start = b + first * across;
    for (int64_t l = 0; l < k; l++)
      for (int64_t x = 0; x < width; x++) packed[l * kColumns + x] = factor * start[l * along + x * across];
  }

  // Where the sums of a column begin: without a transposed A at β·C.
  void start(const float* column, int64_t height, float* sums) const {
    if (transposed_a || beta == 0.0f) return;
    for (int64_t r = 0; r < height; r++) sums[r] = beta == 1.0f ? column[r] : beta * column[r];
  }

  void finish(const float* sums, int64_t height, float* column) const {
    if (!transposed_a || (alpha == 1.0f && beta == 0.0f))
      std::copy_n(sums, height, column);
    else if (beta == 0.0f)
      for (int64_t r = 0; r < height; r++) column[r] = alpha * sums[r];
    else
      for (int64_t r = 0; r < height; r++) column[r] = alpha * sums[r] + beta * column[r];
  }

  void rows(int64_t first_row, float* packed_left, const float* packed_right) const {
    int64_t height = std::min<int64_t>(kRows, m - first_row);
    pack_left(first_row, height, packed_left);
    float sums[kColumns * kRows];
    for (int64_t first = 0; first < n; first += kColumns) {
      int64_t width = std::min<int64_t>(kColumns, n - first);
      std::fill(std::begin(sums), std::end(sums), 0.0f);
      for (int64_t x = 0; x < width; x++) start(c + (first + x) * ldc + first_row, height, sums + x * kRows);
      accumulate(k, packed_left, packed_right + first * k, sums);
      for (int64_t x = 0; x < width; x++) finish(sums + x * kRows, height, c + (first + x) * ldc + first_row);
    }
  }

  void compute() const {
    int64_t panels = (n + kColumns - 1) / kColumns, blocks = (m + kRows - 1) / kRows;
    Buffer all_right;
    float* packed_right = all_right.reserve(panels * kColumns * k);
    bool parallel = m * n * k > kParallelWork && !omp_in_parallel();
#pragma omp parallel if (parallel)
    {
#pragma omp for schedule(static)
      for (int64_t panel = 0; panel < panels; panel++) pack_right(panel * kColumns, packed_right + panel * kColumns * k);
      Buffer own_left;
      float* packed_left = own_left.reserve(kRows * k);
#pragma omp for schedule(static)
      for (int64_t block = 0; block < blocks; block++) rows(block * kRows, packed_left, packed_right);
    }
  }
};

}  // namespace

extern "C" __attribute__((visibility("default"))) void sgemm_(
    const char* transa, const char* transb, const int* m, const int* n, const int* k, const float* alpha,
    const float* a, const int* lda, const float* b, const int* ldb, const float* beta, float* c, const int* ldc) {
  if (*m <= 0 || *n <= 0) return;
  Product{is_transposed(transa), is_transposed(transb), *m, *n, *k, *lda, *ldb, *ldc, *alpha, *beta, a, b, c}.compute();
}
